#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test. Arguments go to ctest, for example `./test.sh -R Turn`.
set -euo pipefail
cd "$(dirname "$0")"
source tools/setup.sh
install "${needs_run[@]}" "${needs_test[@]}"
[[ -e build/release/build.ninja ]] && cmake -B build/release -DCONVOKE_TESTS=ON >build/configure.log
build release
tests/prepare.sh
ctest --test-dir build/release --output-on-failure -j "${JOBS:-$(nproc)}" --no-label-summary "$@"
