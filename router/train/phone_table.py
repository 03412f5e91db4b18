#!/usr/bin/python3
"""Write router/pii_phone.def from libphonenumber's metadata (google/libphonenumber, Apache-2.0).

A row per calling code: which national lengths exist, and which first two digits a national number
can begin with, found by filling the metadata's patterns with random digits. That is a filter, not
the metadata: the full patterns would cost more than they decide.

usage: phone_table.py PhoneNumberMetadata.xml > router/pii_phone.def
"""
import random
import re
import sys
import xml.etree.ElementTree as tree

KINDS = ("fixedLine", "mobile", "tollFree", "premiumRate", "sharedCost", "personalNumber", "voip", "uan")


def lengths(text):
    for part in text.split(","):
        span = re.fullmatch(r"\[(\d+)-(\d+)\]", part)
        if span:
            yield from range(int(span[1]), int(span[2]) + 1)
        else:
            yield int(part)


def main():
    random.seed(20261121)
    codes = {}
    for territory in tree.parse(sys.argv[1]).getroot().iter("territory"):
        code = int(territory.get("countryCode"))
        entry = codes.setdefault(code, {"lengths": 0, "heads": 0, "trunk": "", "names": []})
        entry["names"].append(territory.get("id"))
        entry["trunk"] = entry["trunk"] or territory.get("nationalPrefix") or ""
        for kind in KINDS:
            element = territory.find(kind)
            if element is None:
                continue
            possible = element.find("possibleLengths").get("national")
            pattern = re.compile(re.sub(r"\s", "", element.find("nationalNumberPattern").text))
            for length in lengths(possible) if possible != "-1" else ():
                for head in range(100):
                    if length <= 15 and any(
                        pattern.fullmatch(f"{head:02d}" + "".join(random.choices("0123456789", k=length - 2)))
                        for _ in range(150)
                    ):
                        entry["lengths"] |= 1 << length
                        entry["heads"] |= 1 << head
    print("/*\n * X-macro: PHONE(code, lengths, heads_low, heads_high, trunk), ascending by code. Made by\n"
          " * router/train/phone_table.py from libphonenumber's metadata (Apache-2.0).\n */")
    for code, entry in sorted(codes.items()):
        if entry["lengths"]:
            low, high = entry["heads"] & (2**50 - 1), entry["heads"] >> 50
            trunk = entry["trunk"] if entry["trunk"].isdigit() else ""
            print(f"PHONE({code}, 0x{entry['lengths']:x}, 0x{low:x}, 0x{high:x}, \"{trunk}\")"
                  f" /* {entry['names'][0]} */")


main()
