#!/bin/sh
# All tests: lint, then the release, address+undefined and thread sanitizer builds, each with its
# unit tests, replayed fuzz corpora and end-to-end tests; then the corpora once more as clang
# builds the fuzz targets, whose undefined-behaviour sanitizer sees what gcc's does not (an offset
# from a null pointer); at last the engine's kernels for ARM under qemu, and the engine on libllama
# in a Debian forky root, where these can be had. `tests/check.sh release` runs one of them.
set -eu
cd "$(dirname "$0")/.."

deploy/packages.sh test
[ -d tests/e2e/sdk/node_modules/openai ] ||
    (cd tests/e2e/sdk && npm ci --no-audit --no-fund --loglevel=error)
export PATH="/usr/bin:$PATH" # Debian's python3 is the one that has pytest

for preset in ${1:-release asan tsan fuzz arm64 llama}; do
    echo "== $preset"
    case "$preset" in
    arm64) elsewhere="tests/arm64/run.sh --quick" ;;
    llama) elsewhere=tests/llama/run.sh ;;
    *) elsewhere= ;;
    esac
    if [ -n "$elsewhere" ]; then
        $elsewhere || [ $? -eq 77 ]
        continue
    fi
    # Sanitized code makes gcc warn of conversions that the source does not hold: its warnings count
    # where nothing is added to it.
    case "$preset" in
    asan | tsan) strict=OFF ;;
    *) strict=ON ;;
    esac
    cmake --preset "$preset" -DPENSTOCK_TESTS=ON -DPENSTOCK_WERROR=$strict >/dev/null
    cmake --build --preset "$preset"
    ctest --preset "$preset"
done
