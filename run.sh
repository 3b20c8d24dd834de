#!/usr/bin/env bash
# Installs what is missing, builds Convoke and runs it: `./run.sh` is all there is to it. Arguments go to
# `convoke serve`, for example `./run.sh --port 9000`.
set -euo pipefail
cd "$(dirname "$0")"
source tools/setup.sh
install "${needs_run[@]}"
CONFIGURE_OPTIONS=-DCONVOKE_TESTS=OFF build release convoke convoke-demo-server
exec build/release/convoke serve "$@"
