#!/bin/sh
# The engine for 64-bit ARM: built with Debian's cross compiler, its unit tests run under qemu, which
# has NEON with dot products. Needs root for packages that are missing, and Debian's mirror; FOLDER,
# which is kept if named, holds what is built. Exit status 77 where the packages cannot be had.
# --quick leaves whole models out.
#
#     tests/arm64/run.sh [--quick] [FOLDER]
set -eu
cd "$(dirname "$0")/../.."

tests=
if [ "${1:-}" = --quick ]; then
    tests="-LE slow"
    shift
fi
folder=${1:-}
if [ -z "$folder" ]; then
    folder=$(mktemp -d /tmp/penstock-arm64-XXXXXX)
    trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder/root" "$folder/apt/lists/partial" "$folder/apt/archives/partial"
folder=$(cd "$folder" && pwd)

skip() {
    echo "skipped: $1 cannot be had here"
    exit 77
}
command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64-static >/dev/null ||
    apt-get install -qq -y --no-install-recommends gcc-aarch64-linux-gnu libc6-dev-arm64-cross \
        qemu-user-static >/dev/null || skip "the cross compiler or qemu"

# cmocka and jansson for ARM, unpacked beside the system: its own lists of packages stay as they are.
if [ ! -e "$folder/root/usr/include/cmocka.h" ]; then
    arm() {
        apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64 \
            -o Dir::State="$folder/apt" -o Dir::Cache="$folder/apt" -o Dir::State::status=/dev/null "$@"
    }
    { arm update && (cd "$folder" && arm download libcmocka0 libcmocka-dev libjansson4 libjansson-dev); } \
        2>/dev/null || skip "cmocka and jansson for ARM"
    for package in "$folder"/*.deb; do
        dpkg-deb -x "$package" "$folder/root"
    done
fi

export PENSTOCK_ARM64_ROOT="$folder/root"
cmake -S tests/arm64 -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_TOOLCHAIN_FILE="$PWD/tests/arm64/toolchain.cmake" >/dev/null
cmake --build "$folder/build"
# shellcheck disable=SC2086 # two words or none
ctest --test-dir "$folder/build" --output-on-failure -j2 $tests
