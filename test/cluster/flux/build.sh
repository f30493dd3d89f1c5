#!/usr/bin/env bash
# build.sh: builds the controllers of Flux that apply what Git holds, from their Go modules, and prints the folder with them and their
# definitions: `export FLUX=$(test/cluster/flux/build.sh)`. Does nothing where it is there. Takes some minutes, and the Go that they need.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kustomize=v1.7.3 source=v1.8.5
folder=$(realpath -m "${GO_PROGRAMS:-${XDG_CACHE_HOME:-$HOME/.cache}/headgate}/flux-$kustomize-$source")
if [ -d "$folder" ]; then
  echo "$folder"
  exit
fi
mkdir -p "$folder.new/definitions"
for wanted in "kustomize-controller $kustomize" "source-controller $source"; do
  read -r name version <<<"$wanted"
  sources=$("$here/module.sh" "github.com/fluxcd/$name" "$version" "$folder.new/$name.src")
  ln -f "$("$here/../go-program.sh" "$name" "$sources" "$version")" "$folder.new/$name"
  cp "$sources"/config/crd/bases/*.yaml "$folder.new/definitions/"
  rm -rf "$sources"
done
mv "$folder.new" "$folder"
echo "$folder"
