#!/usr/bin/env bash
# Installs what is missing, builds, and runs the benchmarks: all of them, or those named (turn start idle store loops mcp tokens limits).
# docs/benchmarks.md tells what they measure.
set -euo pipefail
cd "$(dirname "$0")"
source tools/setup.sh
install "${needs_run[@]}" "${needs_bench[@]}"
[[ -e build/release/build.ninja ]] && cmake -B build/release -DCONVOKE_BENCH=ON >build/configure.log
CONFIGURE_OPTIONS="-DCONVOKE_TESTS=OFF -DCONVOKE_BENCH=ON" build release convoke convoke-fakellm convoke-demo-server benchmarks
tests/prepare.sh
[[ $# -eq 0 || " $* " == *" turn "* ]] && tests/bench/gateway.sh
exec python3 tests/bench/run.py "$@"
