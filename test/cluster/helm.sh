#!/usr/bin/env bash
# helm.sh: builds helm from its Go module, checked by Go's checksum database, and prints its path. Does nothing where it is there.
# Needs any Go from 1.19 on (Debian bookworm: golang-1.19-go); a newer Go, where helm needs one, comes as a Go module as well.
# HELM_CACHE: the folder that it is built into (default: ~/.cache/headgate); CI keeps it between runs, by the name of the program.
set -euo pipefail
helm_version=v3.22.0
go_version=1.26.8

cache=$(realpath -m "${HELM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/headgate}")
helm=$cache/helm-$helm_version
say() { printf '%s\n' "$*" >&2; }

if [ -x "$helm" ]; then
  echo "$helm"
  exit
fi

for go in "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go-1.19/bin/go ''; do
  if [ -x "$go" ]; then break; fi
done
if [ -z "$go" ]; then
  say 'helm.sh: no Go found: apt-get install golang-1.19-go'
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
  say "helm.sh: fetching Go $go_version, since $go is $have"
  module=golang.org/toolchain@v0.0.1-go$go_version.$("$go" env GOOS)-$("$go" env GOARCH)
  (cd "$work" && "$go" mod download "$module")
  # Modules hold no executable files.
  chmod +x "$GOMODCACHE/$module/bin/"* "$GOMODCACHE/$module/pkg/tool/"*/*
  go=$GOMODCACHE/$module/bin/go
fi

say "helm.sh: building helm $helm_version"
GOBIN=$work/bin "$go" install -trimpath \
  -ldflags "-s -w -X helm.sh/helm/v3/internal/version.version=$helm_version" "helm.sh/helm/v3/cmd/helm@$helm_version"
mv "$work/bin/helm" "$helm"
echo "$helm"
