#!/bin/sh
# compile.sh: has Node keep in .compiled, in the program that it lies in, what it compiles of that, so that a Pod need not do it at each
# start (docs/decisions/0028-compiled-code.md). Node keeps that apart by user and by flags: first what Pods of pipelines load, then
# all, with the flags of the server. Needs root; nobody else may write there afterwards.
set -eu
app=$(CDPATH= cd "$(dirname "$0")/../.." && pwd)
compile() {
  setpriv --reuid=65532 --regid=65532 --clear-groups \
    env NODE_COMPILE_CACHE="$app/.compiled" NODE_COMPILE_CACHE_PORTABLE=1 "${NODE:-node}" "$@"
}
rm -rf "$app/.compiled"
install -d -o 65532 -g 65532 "$app/.compiled"
compile "$app/charts/image/compile.ts" foundation crds store runner
compile --max-semi-space-size=8 --heap-growing-percent=60 "$app/charts/image/compile.ts" foundation crds store runner controller api cli
chown -R 0:0 "$app/.compiled"
chmod -R a+rX "$app/.compiled"
