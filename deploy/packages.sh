#!/bin/sh
# Install the Debian 12 packages that Penstock needs: `deploy/packages.sh build` to build and run
# it, `deploy/packages.sh test` for the tests as well. DEPENDENCIES.md says why each one.
set -eu

build="build-essential cmake ninja-build pkg-config libevent-dev libcurl4-openssl-dev libssl-dev
    libyaml-dev libjansson-dev node-llhttp libutf8proc-dev libjemalloc-dev ca-certificates"
test="libcmocka-dev python3 python3-pytest python3-yaml openssl nginx-light wrk mandoc
    clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14"

case "${1:-}" in
build) wanted=$build ;;
test)
    wanted="$build $test"
    # The SDK test runs on any Node.js; Debian's is installed where there is none.
    command -v npm >/dev/null || wanted="$wanted nodejs npm"
    ;;
*)
    echo "usage: deploy/packages.sh build|test" >&2
    exit 2
    ;;
esac

missing=
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    root=
elif command -v sudo >/dev/null; then
    root=sudo
else
    echo "packages.sh: run this as root, or install sudo; missing:$missing" >&2
    exit 1
fi
$root apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $root apt-get install -qq -y --no-install-recommends $missing \
    >/dev/null
