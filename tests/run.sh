#!/usr/bin/env bash
# Installs, builds and runs every test. Ends with ctest's closing lines.
#   bash tests/run.sh [preset]      dev (default), asan or tsan
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-dev}

bash tests/install.sh
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset"
ctest --test-dir ".build/$preset" --output-on-failure -j "$(($(nproc) + 1))"  # one more than cores: many tests wait for links and browsers
