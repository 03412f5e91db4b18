#!/bin/sh
# clang-tidy 14 finds nothing, by the checks in .clang-tidy. Usage: tidy.sh BUILD_FOLDER, which holds
# compile_commands.json. Exit 77: there is no clang-tidy here.
set -u
cd "$(dirname "$0")/../.." || exit 1
command -v clang-tidy-14 >/dev/null || exit 77
# llama.c is built only where libllama is, and elsewhere its header is missing.
find gateway router engine -name '*.c' ! -path engine/llama.c -print0 |
    xargs -0 -n 8 -P 2 clang-tidy-14 --quiet -p "$1" 2>/dev/null
