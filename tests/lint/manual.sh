#!/bin/sh
# mandoc finds nothing to say about the manual pages. Exit 77 (skipped) where mandoc is missing.
command -v mandoc >/dev/null || exit 77
cd "$(dirname "$0")/../../deploy/man" || exit 1
# Whether the pages we refer to are installed here does not matter.
found=$(mandoc -Tlint -- *.[1-8] | grep -v 'referenced manual not found')
[ -z "$found" ] || { echo "$found"; exit 1; }
