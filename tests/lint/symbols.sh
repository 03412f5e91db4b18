#!/bin/sh
# No two of our libraries define the same symbol: the linker would notice only in a program that
# happens to need both. Arguments: the archives.
for archive in "$@"; do
    nm -g --defined-only "$archive" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u
done | sort | uniq -d | grep -v '^__' | {
    found=$(cat)
    [ -z "$found" ] || { echo "defined in more than one library: $found"; exit 1; }
}
