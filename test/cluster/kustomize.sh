#!/usr/bin/env bash
# kustomize.sh: builds kustomize where it is not there yet, and prints its path. See go-program.sh.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/go-program.sh" kustomize sigs.k8s.io/kustomize/kustomize/v5 v5.8.1
