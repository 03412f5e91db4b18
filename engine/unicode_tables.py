#!/usr/bin/python3
"""Writes engine/unicode_tables.h: general categories as ranges, for the pre-tokenizers, and for
WordPiece small letters and the letters under accents, as llama.cpp sees them: one character for one.

usage: python3 engine/unicode_tables.py > engine/unicode_tables.h   (from the top folder)
"""
import sys
import unicodedata

NAMES = {"Lu": "UPPER", "Ll": "LOWER", "Lt": "TITLE", "Lm": "MODIFIER", "Lo": "LETTER",
         "N": "NUMBER", "M": "MARK", "P": "PUNCTUATION", "S": "SYMBOL",
         "Cc": "CONTROL", "Cf": "CONTROL", "Co": "CONTROL"}


def kind(cp):
    category = unicodedata.category(chr(cp))
    return NAMES.get(category) or NAMES.get(category[0])


def ranges_of(value):
    """[first, last, value] for runs of characters whose value is the same and not None."""
    ranges = []
    for cp in range(0x110000):
        v = value(cp)
        if v is None:
            continue
        if ranges and ranges[-1][2] == v and ranges[-1][1] == cp - 1:
            ranges[-1][1] = cp
        else:
            ranges.append([cp, cp, v])
    return ranges


def lower(cp):
    """How far away the small letter is."""
    return (ord(chr(cp).lower()[0]) - cp) or None


def base(cp):
    """The first character of the decomposition."""
    first = ord(unicodedata.normalize("NFD", chr(cp))[0])
    return first if first != cp else None


def print_table(name, ranges, form):
    print("static const struct range %s[] = {" % name)
    for first, last, v in ranges:
        print("    {0x%x, 0x%x, %s}," % (first, last, form % v))
    print("};")


def main():
    print("/* Written by engine/unicode_tables.py from Unicode %s; do not edit. */"
          % unicodedata.unidata_version)
    print("/* clang-format off */")
    print_table("kinds", ranges_of(kind), "UNICODE_%s")
    print_table("lowers", ranges_of(lower), "%d")
    print_table("bases", ranges_of(base), "0x%x")


if __name__ == "__main__":
    sys.exit(main())
