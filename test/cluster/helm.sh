#!/usr/bin/env bash
# helm.sh: builds helm where it is not there yet, and prints its path: `export HELM=$(test/cluster/helm.sh)`. See go-program.sh.
set -euo pipefail
version=v3.22.0
exec "$(dirname "${BASH_SOURCE[0]}")/go-program.sh" helm helm.sh/helm/v3/cmd/helm $version \
  "-X helm.sh/helm/v3/internal/version.version=$version"
