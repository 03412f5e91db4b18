#!/bin/sh
# The second backend (engine/llama.c) against the tests that know engine.h alone, in a Debian forky
# root made with debootstrap: libllama-dev is in forky and later. Needs root, Debian's mirror and
# about three minutes; less when FOLDER, which is kept if named, has the root already. Exit status 77
# where such a root cannot be made.
#
#     tests/llama/run.sh [FOLDER]
set -eu
cd "$(dirname "$0")/../.."

root=${1:-}
if [ -z "$root" ]; then
    root=$(mktemp -d /tmp/penstock-forky-XXXXXX)
    trap 'umount "$root/proc" 2>/dev/null; rm -rf --one-file-system "$root"' EXIT
else
    trap 'umount "$root/proc" 2>/dev/null' EXIT
fi
skip() {
    echo "skipped: $1"
    exit 77
}
[ "$(id -u)" = 0 ] || skip "a forky root needs root"
export PATH="$PATH:/usr/sbin"
command -v debootstrap >/dev/null ||
    apt-get install -qq -y --no-install-recommends debootstrap >/dev/null ||
    skip "debootstrap cannot be had here"
if [ ! -e "$root/usr/include/llama.h" ]; then
    # Bookworm's debootstrap has no script for forky by name; that of sid is the same.
    timeout 900 debootstrap --variant=minbase \
        --include=build-essential,cmake,ninja-build,pkg-config,libllama-dev,libcmocka-dev,libjansson-dev \
        forky "$root" http://deb.debian.org/debian /usr/share/debootstrap/scripts/sid >/dev/null ||
        skip "a forky root cannot be made here"
fi
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc" || skip "/proc cannot be mounted here"

rm -rf "$root/src"
mkdir -p "$root/src" "$root/shared"
tar --exclude=./build --exclude=./.git --exclude=node_modules -cf - . | tar -xf - -C "$root/src"
shared=${PENSTOCK_SHARED:-../shared}
[ ! -d "$shared/models" ] || [ -d "$root/shared/models" ] || cp -r "$shared/models" "$root/shared/"
chroot "$root" sh -euc '
    cd /src
    cmake -S tests/llama -B build -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo >/dev/null
    cmake --build build
    ctest --test-dir build --output-on-failure'
