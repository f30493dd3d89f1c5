#!/usr/bin/env bash
# s3.sh: builds a server of the S3 protocol (versitygw, Apache-2.0) where it is not there yet, and prints its path:
# `export VERSITYGW=$(test/servers/s3.sh)`. See ../cluster/go-program.sh.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/../cluster/go-program.sh" versitygw github.com/versity/versitygw/cmd/versitygw v1.8.0
