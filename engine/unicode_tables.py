#!/usr/bin/python3
"""Writes engine/unicode_tables.h: general categories as ranges, for the pre-tokenizers.

usage: python3 engine/unicode_tables.py > engine/unicode_tables.h   (from the top folder)
"""
import sys
import unicodedata

NAMES = {"Lu": "UPPER", "Ll": "LOWER", "Lt": "TITLE", "Lm": "MODIFIER", "Lo": "LETTER",
         "N": "NUMBER", "M": "MARK", "P": "PUNCTUATION", "S": "SYMBOL"}


def kind(cp):
    category = unicodedata.category(chr(cp))
    return NAMES.get(category) or NAMES.get(category[0])


def main():
    ranges = []
    for cp in range(0x110000):
        k = kind(cp)
        if k is None:
            continue
        if ranges and ranges[-1][2] == k and ranges[-1][1] == cp - 1:
            ranges[-1][1] = cp
        else:
            ranges.append([cp, cp, k])
    print("/* Written by engine/unicode_tables.py from Unicode %s; do not edit. */"
          % unicodedata.unidata_version)
    print("/* clang-format off */")
    print("static const struct range ranges[] = {")
    for first, last, k in ranges:
        print("    {0x%x, 0x%x, UNICODE_%s}," % (first, last, k))
    print("};")


if __name__ == "__main__":
    sys.exit(main())
