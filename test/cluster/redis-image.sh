#!/bin/bash
# redis-image.sh [NAME]: makes the image localhost/NAME (default: redis:7) for the cluster of kube/ from this machine's Debian package
# redis-server, with the libraries that it needs, over the base layer of kube/image.sh. Prints the image's name.
# Needs root, and what kube/image.sh leaves behind: run that once before.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=kube/lib.sh
. "$here/kube/lib.sh"
[ "$(id -u)" = 0 ] || die "run as root"
name=${1:-redis:7}
[[ $name == */* ]] || name=localhost/$name
[[ ${name##*/} == *:* ]] || die "$name needs a tag"
[ -s "$R/base.tar" ] || die "no base layer in $R: make any image with kube/image.sh first"
server=$(readlink -f "$(command -v redis-server)") || die "no redis-server here: apt-get install redis-server"
cli=$(readlink -f "$(command -v redis-cli)") || die "no redis-cli here: apt-get install redis-tools"

tmp=$(mktemp -d "$R/image.XXXXXX"); trap 'rm -rf --one-file-system "$tmp"' EXIT
lib=usr/lib/redis
mkdir -p "$tmp/files/$lib" "$tmp/files/usr/local/bin" "$tmp/files/data"
# The libraries beside the programs; those of the C library are the base's own, since its loader fits no others.
ldd "$server" "$cli" | awk '$3 ~ /^\// { print $3 }' | sort -u | grep -vE '/lib(c|m|dl|pthread|rt)\.so' | while read -r library; do
  install -m 0644 "$(readlink -f "$library")" "$tmp/files/$lib/${library##*/}"
done
install -m 0755 "$server" "$tmp/files/$lib/redis-server"
install -m 0755 "$cli" "$tmp/files/$lib/redis-cli"
for program in redis-server redis-cli; do
  printf '#!/bin/sh\nLD_LIBRARY_PATH=/%s exec /%s/%s "$@"\n' $lib $lib $program >"$tmp/files/usr/local/bin/$program"
  chmod 0755 "$tmp/files/usr/local/bin/$program"
done
tar -C "$tmp/files" --owner=0 --group=0 --mtime=@0 --sort=name -cf "$tmp/redis.tar" usr data
make_image "$name" '["redis-server"]' /data "$R/base.tar" "$tmp/redis.tar"
echo "$name"
