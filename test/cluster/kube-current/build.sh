#!/usr/bin/env bash
# build.sh: builds the API server of a current Kubernetes where it is not there yet, and prints its path. See README.md here and
# ../go-program.sh.
set -euo pipefail
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
version=$(sed -n 's|^\tk8s.io/kubernetes ||p' "$here/go.mod")
minor=${version#v1.}
flags=
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  flags+=" -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*} -X $package.gitTreeState=clean"
done
"$here/../go-program.sh" kube-apiserver "$here" "$version" "$flags"
