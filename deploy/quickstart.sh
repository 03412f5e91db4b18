#!/bin/sh
# Everything from a fresh Debian 12 to a gateway that answers: install, build, serve.
set -eu
cd "$(dirname "$0")/.."

echo "quickstart: installing packages" >&2
deploy/packages.sh build
echo "quickstart: building" >&2
cmake --preset release -DPENSTOCK_TESTS=OFF >build.log 2>&1 &&
    cmake --build --preset release >>build.log 2>&1 || {
    tail -n 40 build.log >&2
    echo "quickstart: the build failed; all of it is in build.log" >&2
    exit 1
}
rm -f build.log
exec build/release/gateway/penstock serve -c policies/penstock.yaml --examples
