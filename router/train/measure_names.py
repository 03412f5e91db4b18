"""Measures how many persons the whole scanner finds by how their names are written and where they come
from: names kept from training, in sentences of news_grammar.py whose deeds were trained on."""

import argparse
import random

import news_grammar
from gazetteers import Gazetteers, SomeNames
from identities import held_out
from scanner import Scanner
from tagger_data import PERSON, Generator, Text
from world_names import WORLD

REGIONS = {
    "Africa": "DZ EG ET GH KE MA NG SN TN ZA UG TZ CM CD SD LY", "East Asia": "CN JP KR TW HK MN VN TH",
    "South Asia": "IN PK BD LK NP", "South-east Asia": "ID MY PH SG", "Middle East": "IR IQ IL TR SA SY LB JO AE YE AF",
    "Latin America": "AR BR CL CO MX PE VE EC UY BO CU DO", "Eastern Europe": "RU UA PL CZ HU RO BG RS HR SK BY LT LV EE",
    "Central Asia": "KZ KG TJ MN", "Western Europe": "DE FR IT ES PT NL BE AT CH SE NO DK FI IS IE GR", "North America": "US CA",
}
SENTENCES = 500


class RegionNames(SomeNames):
    """Names of some countries that were kept from training."""

    def __init__(self, gazetteers, countries):
        super().__init__(gazetteers, "measure")
        self.first = self._kept(gazetteers.forenames, countries)
        self.last = self._kept(gazetteers.surnames, countries)

    @staticmethod
    def _kept(lists, countries):
        return sorted({name for country in countries for name in lists.get(country, []) if held_out(name) and name.isascii()})

    def name_pair(self, rng):
        return rng.choice(self.first), rng.choice(self.last)


def mistyped(name, rng):
    at = rng.randrange(len(name) - 1) if len(name) > 2 else 0
    return name[:at] + name[at + 1:at + 2] + name[at:at + 1] + name[at + 2:]


def measure(scanner, generator, change, template=None):
    """Share of the persons touched, and found to the byte."""
    rng, hit, whole, real = generator.rng, 0, 0, 0
    for _ in range(SENTENCES):
        text = Text()
        generator.fill(text, template or news_grammar.sentence(rng))
        data, spans, _ = text.done()
        names = [(b, e) for b, e, kind in spans if kind == PERSON]
        data = change(data.decode(), rng).encode()
        if names and names[-1][1] > len(data):
            continue
        found = [(b, e) for b, e, kind, score, _, _ in scanner.scan(data)[0] if kind == "PERSON" and score >= 0.5]
        real += len(names)
        hit += sum(any(b < y and e > x for x, y in found) for b, e in names)
        whole += sum(name in found for name in names)
    return real, hit / max(real, 1), whole / max(real, 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    options = parser.parse_args()
    gazetteers = Gazetteers(options.data + "/gazetteers")
    pii, scanner = options.data + "/pii", Scanner()
    kept = SomeNames(gazetteers, "measure")

    def same(text, _):
        return text

    def typo(text, rng):
        words = text.split(" ")
        return " ".join(mistyped(w, rng) if w[:1].isupper() and rng.random() < 0.5 else w for w in words)

    print("| names | persons | touched | to the byte |\n|---|---|---|---|")
    for title, change, template in (("as written", same, None), ("small letters", lambda t, _: t.lower() if len(t.lower().encode()) == len(t.encode()) else t, None),
                                    ("capitals", lambda t, _: t.upper() if len(t.upper().encode()) == len(t.encode()) else t, None),
                                    ("two letters of half of the capitalised words swapped", typo, None), ("a bare surname", same, "{L} declined to comment."),
                                    ("a bare surname, possessive", same, "The report names {L}'s firm.")):
        print("| %s | %d | %.3f | %.3f |" % (title, *measure(scanner, Generator(kept, pii, 77), change, template)))
    for region, countries in REGIONS.items():
        names = RegionNames(gazetteers, countries.split() + [place for place in WORLD if WORLD[place][0] == region])
        if min(len(names.first), len(names.last)) < 3:
            print(f"| {region}: too few names | | | |")
            continue
        print("| %s | %d | %.3f | %.3f |" % (region, *measure(scanner, Generator(names, pii, 78), same, None)))


if __name__ == "__main__":
    main()
