#!/usr/bin/env bash
# go-program.sh NAME PACKAGE VERSION [LDFLAGS]: builds a program from its Go module, checked by Go's checksum database, and prints its
# path. Does nothing where it is there. PACKAGE is that of a published module, or the absolute path of a folder with a go.mod, which may
# be followed by `:` and the package, of a module that it requires, to build instead of its own. KEEP: a file of such a module
# (`module@version/path`), which is put beside the program with `.` and its ending behind its name. Needs any Go from 1.19 on (Debian
# bookworm: golang-1.19-go); the newer Go that the programs need comes as a Go module as well.
# GO_PROGRAMS: the folder that they are built into (default: ~/.cache/headgate); CI keeps it between runs.
set -euo pipefail
name=$1 package=$2 version=$3 ldflags=${4:-}
go_version=1.26.8

cache=$(realpath -m "${GO_PROGRAMS:-${XDG_CACHE_HOME:-$HOME/.cache}/headgate}")
program=$cache/$name-$version
say() { printf '%s\n' "${0##*/}: $*" >&2; }

if [ -x "$program" ]; then
  echo "$program"
  exit
fi

for go in "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go-1.19/bin/go ''; do
  if [ -x "$go" ]; then break; fi
done
if [ -z "$go" ]; then
  say 'no Go found: apt-get install golang-1.19-go'
  exit 1
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/build.XXXXXX")
# Go makes the folders of its module cache read-only.
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
export GO111MODULE=on GOFLAGS=-buildvcs=false GOENV=off GOTOOLCHAIN=local CGO_ENABLED=0
export GOPATH=$work/gopath GOMODCACHE=$work/gopath/pkg/mod GOCACHE=$work/gocache GOTMPDIR=$work
unset GOROOT

have=$("$go" env GOVERSION)
if [ "$(printf '%s\n' "${have#go}" "$go_version" | sort -V | head -n 1)" != "$go_version" ]; then
  say "fetching Go $go_version, since $go is $have"
  module=golang.org/toolchain@v0.0.1-go$go_version.$("$go" env GOOS)-$("$go" env GOARCH)
  (cd "$work" && "$go" mod download "$module")
  # Modules hold no executable files.
  chmod +x "$GOMODCACHE/$module/bin/"* "$GOMODCACHE/$module/pkg/tool/"*/*
  go=$GOMODCACHE/$module/bin/go
fi

say "building $name $version"
flags=(-trimpath -ldflags "-s -w $ldflags")
case $package in
  /*:*) (cd "${package%%:*}" && "$go" build "${flags[@]}" -o "$work/bin/$name" "${package#*:}") ;;
  /*) (cd "$package" && "$go" build "${flags[@]}" -o "$work/bin/$name" .) ;;
  *) GOBIN=$work/bin "$go" install "${flags[@]}" "$package@$version" ;;
esac
if [ -n "${KEEP:-}" ]; then install -m 644 "$GOMODCACHE/$KEEP" "$program.${KEEP##*.}"; fi
mv "$work/bin/$name" "$program"
echo "$program"
