#!/usr/bin/python3
"""Write router/pii_tld.def: the top-level domains of three letters and more, from the public suffix
list (publicsuffix.org, MPL-2.0; Debian's package publicsuffix), and the names that RFC 2606 and
RFC 6762 keep. Left out: names that are file extensions first.

usage: tld_table.py /usr/share/publicsuffix/public_suffix_list.dat > router/pii_tld.def
"""
import re
import sys

RESERVED = {"example", "test", "invalid", "local", "internal", "localhost"}
FILES = {"zip", "mov"}


def main():
    names = set(RESERVED)
    for line in open(sys.argv[1], encoding="utf-8"):
        if "END ICANN DOMAINS" in line:
            break
        if re.fullmatch(r"[a-z]{3,}", line.strip()):
            names.add(line.strip())
    print("/*\n * X-macro: TLD(name), ascending. Made by router/train/tld_table.py from the public suffix\n"
          " * list (publicsuffix.org, MPL-2.0).\n */")
    row = ""
    for name in sorted(names - FILES):
        if len(row) + len(name) > 92:
            print(row.rstrip())
            row = ""
        row += 'TLD("%s") ' % name
    print(row.rstrip())


if __name__ == "__main__":
    main()
