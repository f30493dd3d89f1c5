#!/usr/bin/env bash
# test.sh [report]: types and tests of the Python SDK as it is installed, in an environment made for it and removed again. The report is one of
# JUnit. Where there is no Python this is skipped, unless HEADGATE_NEEDS_PYTHON is set.
set -euo pipefail
report=${1:-}
[ -z "$report" ] || report=$(realpath "$report")
cd "$(dirname "$0")"

skip() {
  if [ -n "${HEADGATE_NEEDS_PYTHON:-}" ]; then
    printf 'failed: %s\n' "$1"
    exit 1
  fi
  printf 'skipped: %s\n' "$1"
  exit 0
}

python=${PYTHON:-python3}
command -v "$python" >/dev/null || skip 'there is no python3'
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"$python" -m venv "$place/venv" >"$place/log" 2>&1 || skip 'python3 has no venv: apt-get install python3-venv'
cp -r pyproject.toml README.md LICENSE src "$place/"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check "$place[test]" || skip 'its packages could not be installed'
"$place/venv/bin/mypy" --cache-dir "$place/mypy"
"$place/venv/bin/pytest" -p no:cacheprovider ${report:+--junitxml="$report"}
