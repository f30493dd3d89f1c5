#!/usr/bin/env bash
# image.sh NAME: makes the image of this tree for the cluster of kube/, with the contents and the command of the Dockerfile, and prints
# its name. Needs root, `npm ci`, and what kube/build.sh leaves behind.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
name=${1:?usage: image.sh NAME}
contents=$(mktemp -d)
trap 'rm -rf "$contents"' EXIT
npx --prefix "$here/../.." node "$here/image-contents.ts" "$contents" >&2
# The Node of the test image is the one of the project; it needs no init process in front.
IMAGE_ENV=$(sed -n 's/^ENV //p' "$here/../../Dockerfile" | paste -sd ' ')
export IMAGE_ENV
entry=$(sed -n 's/^ENTRYPOINT //p' "$here/../../Dockerfile" | sed 's/"tini", "--", //')
"$here/kube/image.sh" "$name" "$contents" "$entry"
