#!/usr/bin/env bash
# flux.sh: builds the controller of Flux that applies what Git holds, where it is not there yet, and prints its path, beside which lies
# its definition (`….yaml`): `export KUSTOMIZE_CONTROLLER=$(test/cluster/flux.sh)`. See go-program.sh. Takes some minutes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
module=github.com/fluxcd/kustomize-controller
version=$(sed -n "s#^require $module ##p; s#^\t$module \(v[^ ]*\).*#\1#p" "$here/flux/go.mod")
export KEEP=$module@$version/config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml
exec "$here/go-program.sh" kustomize-controller "$here/flux:$module" "$version"
