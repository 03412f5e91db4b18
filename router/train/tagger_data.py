"""Texts with spans for the tagger: corpora made raw text again, and generated texts.

A text is (bytes, [(start, end, type)], [(start, end)]): spans by byte offset, type 0 person,
1 location, 2 organisation, 3 street address, and stretches whose labels are not to be trusted.
"""

import csv
import os
import random
import re

import chat_templates
import identity_templates
import name_forms
import news_grammar
import templates
import web_templates
import world_organisations
from corpora import (ADDRESS, IGNORED, KIND_NAMES, LOCATION, MARKED_PASSES, ORGANIZATION, PERSON, TITLED, Text, read_columns, read_gum, read_litbank,
                     read_marked, read_negatives, read_universal)
from gazetteers import FOREIGN_STREETS, NOUN_STREETS, STREET_NOUNS, STREETS, Gazetteers, SomeNames
from identities import Identities
from other_languages import ALPHABETIC, in_cyrillic

# ---- generated texts ----

class Generator:
    def __init__(self, gazetteers, pii, seed):
        self.g, self.rng = gazetteers, random.Random(seed)
        self.templates = templates.parsed() | chat_templates.parsed()
        self.groups = ["mail", "support", "clinic", "legal", "forms", "news", "news", "news", "chat", "chat", "abroad", "abroad", "things",
                       "letter", "post", "post", "novel"]
        self.carriers = []
        for row in csv.DictReader(open(os.path.join(pii, "mts-dialog.train.csv"), encoding="utf-8")):
            self.carriers += [s for s in re.split(r"(?<=[.?!])\s+", row["section_text"])
                              if s.startswith(("The patient ", "She ", "He ", "This is ")) and len(s) < 300]

    def city(self):
        rng = self.rng
        roll = rng.random()
        if roll < 0.55:
            return rng.choice(self.g.cities)
        if roll < 0.8:
            return rng.choice(self.g.us_cities)[0]
        return rng.choice(self.g.towns) if roll < 0.92 else rng.choice(self.g.regions)

    def street(self):
        rng = self.rng
        roll = rng.random()
        if roll < 0.45:
            return rng.choice(self.g.addresses)["address1"]
        last = self.g._weighted(rng, self.g.census_last)
        if roll < 0.53:
            return rng.choice(NOUN_STREETS).format(n=rng.randint(1, 250), N=rng.choice(STREET_NOUNS))
        if roll < 0.75:
            street = f"{rng.randint(1, 9999 if roll < 0.6 else 300)} {last} {rng.choice(STREETS)}"
            if rng.random() < 0.1:
                street = rng.choice(["Unit {}/", "{}/", "Flat {}, ", "Unit {}, ", "Apt {}, "]).format(rng.randint(1, 40)) + street
            elif rng.random() < 0.25:
                street += rng.choice([f", Apt {rng.randint(1, 99)}", f" Apt. {rng.randint(1, 999)}",
                                      f", Suite {rng.randint(100, 999)}", f", Flat {rng.randint(1, 40)}", f" #{rng.randint(1, 99)}"])
            return street
        name = self.g.name_pair(rng)[1]
        return rng.choice(FOREIGN_STREETS).format(L=name, n=rng.randint(1, 250))

    def organisation(self):
        return world_organisations.organisation(self.g, self.rng, self.city)

    def old_or_new(self, surname):
        old = news_grammar.OLD_SURNAMES if surname else news_grammar.OLD_FORENAMES
        return self.rng.choice(old) if self.rng.random() < 0.5 else self.g.name_pair(self.rng)[surname]

    def plain(self, slot):
        rng = self.rng
        if slot == "d":
            day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1930, 2026)
            names = "January February March April May June July August September October November December".split()
            return rng.choice([f"{day:02}/{month:02}/{year}", f"{year}-{month:02}-{day:02}", f"{names[month - 1]} {day}, {year}",
                               f"{day} {names[month - 1]} {year}", f"{names[month - 1][:3]} {day}", f"{day}.{month}.{year}"])
        if slot == "t":
            return rng.choice([f"{rng.randint(0, 23)}:{rng.randint(0, 59):02}", f"{rng.randint(1, 12)} pm", f"{rng.randint(1, 12)}:{rng.randint(0, 59):02} AM"])
        if slot == "y":
            return str(rng.randint(1900, 2026))
        if slot == "day":
            return rng.choice("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
        if slot == "n":
            return str(rng.randint(1, rng.choice([12, 99, 900])))
        if slot == "m":
            return rng.choice(["$", "€", "£", "USD "]) + f"{rng.randint(1, 9999):,}" + rng.choice(["", ".00", ".99"])
        if slot == "ph":
            return rng.choice([f"({rng.randint(200, 999)}) {rng.randint(200, 999)}-{rng.randint(0, 9999):04}",
                               f"+{rng.randint(1, 99)} {rng.randint(10, 999)} {rng.randint(100000, 9999999)}",
                               f"{rng.randint(200, 999)}-{rng.randint(200, 999)}-{rng.randint(0, 9999):04}"])
        if slot == "em":
            first, last = self.g.name_pair(rng)
            return re.sub(r"\s", "", f"{first}.{last}@{rng.choice(['gmail.com', 'example.com', 'yahoo.com', 'web.de', 'company.org'])}".lower())
        if slot == "id":
            return rng.choice(["", "#", "AB-", "INV", "MRN", "C"]) + str(rng.randint(1000, 99999999))
        if slot == "z":
            return rng.choice([f"{rng.randint(10000, 99999)}", f"{rng.choice('BCDEGHKLMNPRSW')}{rng.randint(1, 20)} {rng.randint(1, 9)}{rng.choice('ABDEFGHJLN')}{rng.choice('ABDEFGHJLN')}"])
        if slot == "w":
            part = ["flex", "nova", "tron", "sync", "core", "data", "zen", "pix", "volt", "micro", "auto", "hyper", "link", "cloud", "max", "lite"]
            word = rng.choice(part) + rng.choice(part)
            return word if rng.random() < 0.5 else word.capitalize()
        source = {"BR": web_templates.MAKERS, "k": chat_templates.KIN, "T": chat_templates.THINGS, "D": chat_templates.DEITIES, "E": chat_templates.EPONYMS,
                  "dx": self.g.diagnoses if rng.random() < 0.3 else self.g.diseases, "rx": self.g.drugs,
                  "sx": self.g.symptoms, "job": self.g.occupations, "DO": news_grammar.DOERS, "nat": self.g.nationalities}[slot]
        return rng.choice(source)

    def fill(self, text, template):
        rng = self.rng
        for two in ("{F} {L}", "{AF} {AL}", "{WN} {L}"):  # one name, not two
            template = template.replace(two, two.replace("} {", ""))
        for piece in re.split(r"(\{\{|\}\}|\{\w+\})", template):
            if piece in ("{{", "}}"):
                text.add(piece[0])
            elif not (piece.startswith("{") and piece.endswith("}") and len(piece) > 2):
                text.add(piece)
            else:
                self.slot(text, piece[1:-1], rng)

    def slot(self, text, slot, rng):
        if slot == "P":
            text.add(name_forms.person(self.g, rng), PERSON)
        elif slot == "FL":
            text.add(" ".join(self.g.name_pair(rng)), PERSON)
        elif slot == "F":
            text.add(self.g.name_pair(rng)[0], PERSON)
        elif slot == "N":
            text.add(rng.choice(chat_templates.SHORT), PERSON)
        elif slot in ("AFAL", "WNL"):
            text.add(f"{self.old_or_new(0) if slot == 'AFAL' else rng.choice(web_templates.WORD_NAMES)} {self.old_or_new(1)}", PERSON)
        elif slot in ("WN", "ST"):
            text.add(rng.choice(web_templates.WORD_NAMES if slot == "WN" else web_templates.STARS), PERSON)
        elif slot in ("AF", "AL"):
            text.add(self.old_or_new(slot == "AL"), PERSON)
        elif slot == "UAFL":
            text.add(f"{self.old_or_new(0)} {self.old_or_new(1)}".upper(), PERSON)
        elif slot == "SH":
            text.add(web_templates.shop(rng, self.g.name_pair), ORGANIZATION)
        elif slot == "L":
            text.add(self.g.name_pair(rng)[1], PERSON)
        elif slot == "LF":
            first, last = self.g.name_pair(rng)
            text.add(f"{last}, {first}" + rng.choice(["", "", f" {rng.choice('ABCDEFJKLMRST')}."]), PERSON)
        elif slot == "I":
            first, last = self.g.name_pair(rng)
            first = first if first.isascii() else rng.choice("ABCDEFGJKLMNRST")
            text.add(f"{first[:1]}. " + (f"{rng.choice('ABCDEHJLMRST')}. " if rng.random() < 0.3 else "") + last, PERSON)
        elif slot == "RN":
            text.add(self.g.name_pair(rng)[0] + rng.choice([" I", " II", " III", " IV", " V", " VI", " the Great", " the Elder", " of " + self.city()]), PERSON)
        elif slot == "TP":
            before, name, behind = name_forms.titled(self.g, rng)
            text.add(before)
            text.add(name, PERSON)
            text.add(behind)
        elif slot == "x":
            text.add(self.g.name_pair(rng)[rng.random() < 0.3])
        elif slot == "C":
            text.add(self.city(), LOCATION)
        elif slot == "UC":
            text.add(self.city().upper(), LOCATION)
        elif slot == "U":
            text.add(rng.choice(news_grammar.UNIONS), LOCATION)
        elif slot == "G":
            before, name = news_grammar.of_nature(rng, self.city(), self.g.name_pair(rng)[1])
            text.add(before)
            text.add(name, LOCATION)
        elif slot == "W":
            text.add(rng.choice(news_grammar.AGENCIES), ORGANIZATION)
        elif slot == "S":
            text.add(rng.choice(self.g.states), LOCATION)
        elif slot == "K":
            text.add(rng.choice(self.g.countries), LOCATION)
        elif slot == "A":
            text.add(self.street(), ADDRESS)
        elif slot == "CS":
            city, state, code = rng.choice(self.g.us_cities)
            text.add(city, LOCATION)
            text.add(", ")
            text.add(state if rng.random() < 0.5 else code, LOCATION)
        elif slot == "O":
            text.add(self.organisation(), ORGANIZATION)
        elif slot == "H":
            text.add(rng.choice(self.g.hospitals), ORGANIZATION)
        else:
            text.add(self.plain(slot))

    def carrier(self, text):
        """A clinical sentence whose subject is made a named person."""
        rng = self.rng
        sentence = rng.choice(self.carriers)
        for subject in ("The patient ", "She ", "He "):
            if sentence.startswith(subject):
                roll = rng.random()
                self.slot(text, "TP" if roll < 0.5 else "P" if roll < 0.8 else "F", rng)
                sentence = sentence[len(subject) - 1:]
                break
        at = 0
        for match in TITLED.finditer(sentence):
            text.add(sentence[at:match.start(1)])
            text.add(sentence[match.start(1):match.end(1)], PERSON)
            at = match.end(1)
        text.add(sentence[at:])

    def text(self):
        rng, text = self.rng, Text()
        group = rng.choice(self.groups)
        grammar = {"news": news_grammar.sentence, "post": web_templates.post, "novel": news_grammar.told, "letter": web_templates.letter}.get(group)
        for at in range(1 if group == "letter" else rng.randint(1, 5)):
            if at:
                text.add(rng.choice(["\n", " ", "\n\n", " "]))
            roll = rng.random()
            if grammar and (roll > 0.4 or group != "news"):
                self.fill(text, grammar(rng))
            elif roll < 0.2:
                self.fill(text, rng.choice(self.templates["plain"]))
            elif group == "clinic" and roll < 0.5:
                self.carrier(text)
            elif group == "abroad" and roll < 0.5:
                self.fill(text, rng.choice(self.templates["abroad plain"]))
            else:
                self.fill(text, rng.choice(self.templates[group]))
        hasty = group == "chat" or group == "post" and rng.random() < 0.4
        return rebuilt(text.done(), chat_templates.hasty(rng)) if hasty else text.done()


class IdentityGenerator(Generator):
    """Texts of identity_templates.py; labels are the tagger's kinds, or names of other entities."""

    def __init__(self, gazetteers, pii, seed, side):
        super().__init__(SomeNames(gazetteers, side), pii, seed)
        self.identities = Identities(self.g, seed + 1)
        self.registers = identity_templates.parsed(side)

    def slot(self, text, slot, rng):
        value = self.identities.value(slot)
        if value is None:
            super().slot(text, slot, rng)
        else:
            text.add(*value)

    def example(self, register=None):
        """(register, private, bytes, [(start, end, entity)])"""
        rng, text = self.rng, Text()
        register = register or rng.choice(list(self.registers))
        private, lines = self.registers[register]
        prose = register in ("sentences", "court", "clinical", "law", "news")
        count = rng.choice([1, 1, 2, 3]) if prose else 1
        for at, line in enumerate(rng.sample(lines, min(count, len(lines)))):
            text.add((" " if register != "clinical" else "\n") if at else "")
            self.fill(text, line)
        spans = [(b, e, KIND_NAMES[k] if isinstance(k, int) else k) for b, e, k in text.spans]
        return register, private, b"".join(text.parts), spans

    def text(self):
        _, private, data, spans = self.example()
        kinds = {name: kind for kind, name in enumerate(KIND_NAMES)}
        ignored = [(b, e) for b, e, k in spans if k in ("INITIALS", "USERNAME")]
        if not private:
            # Templates about nobody name Einstein and Everest without saying so.
            ignored += [m.span() for m in re.finditer(rb"(?<![.?!:\n] )(?<=[ \"'(])[A-Z][\w'.-]+", data)
                        if not any(b < m.end() and e > m.start() for b, e, _ in spans)]
        return data, [(b, e, kinds[k]) for b, e, k in spans if k in kinds], ignored


# ---- variations ----

def rebuilt(text, change, names=None, marked=None):
    """The text with every piece put through `change`, spans following; what is marked through `marked` instead, if given."""
    data, spans, ignored = text
    out = Text()
    marks = sorted([(b, e, k) for b, e, k in spans] + [(b, e, IGNORED) for b, e in ignored])
    at = 0
    for begin, end, kind in marks:
        if begin < at:
            continue
        out.add(change(data[at:begin].decode(errors="replace")))
        piece = data[begin:end].decode(errors="replace")
        if names and kind != IGNORED:
            piece = names(piece, kind)
        out.add((marked or change)(piece), kind)
        at = end
    out.add(change(data[at:].decode(errors="replace")))
    return out.done()


def varied(text, rng, generator):
    """One random variation: other names, other letter case, typing mistakes."""
    def other_name(piece, kind):
        words = piece.split()
        if kind == ADDRESS:
            return piece
        if kind == LOCATION:
            if rng.random() < 0.6 or not piece[:1].isupper():
                return piece
            return generator.city() if rng.random() < 0.75 else rng.choice(generator.g.countries)
        if kind == ORGANIZATION:
            return generator.organisation() if rng.random() < 0.3 and piece[:1].isupper() else piece
        if rng.random() < 0.5 or len(words) > 2 or not piece[:1].isupper():
            return piece
        first, last = generator.g.name_pair(rng)
        if len(words) == 2:
            roll = rng.random()
            if roll < 0.35:  # what stands beside a full name stands beside a surname as well
                return words[1] if roll < 0.15 else last
            return f"{first} {last}"
        return first if piece.lower() in generator.g.common_first else rng.choice([first, last])

    def mistyped(piece):
        letters = list(piece)
        for _ in range(max(1, len(letters) // 60)):
            if len(letters) > 3 and rng.random() < 0.5:
                at = rng.randrange(len(letters) - 1)
                roll = rng.random()
                if roll < 0.4:
                    letters[at], letters[at + 1] = letters[at + 1], letters[at]
                elif roll < 0.7:
                    letters[at] = ""
                else:
                    letters[at] += letters[at]
        return "".join(letters)

    roll = rng.random()
    if roll < 0.16:
        change = str.lower
    elif roll < 0.21:
        change = str.upper
    elif roll < 0.29:
        change = mistyped
    else:
        change = str
    return rebuilt(text, change, other_name)


def in_another_language(text, rng, languages):
    """The text word by word in a language that writes names with capitals; the names as they are, or in its letters."""
    language = languages.language(rng, ALPHABETIC)
    return rebuilt(text, lambda piece: languages.said(piece, language, rng),
                   marked=in_cyrillic if language == "ru" else str)


TRAINING = ["btc.train.conll", "btc.dev.conll", "wnut17.train.conll", "wnut17.dev.conll", "tweebank.train.bio",
            "tweebank.dev.bio", "wikigold.conll", "sec-filings.train.conll"] + \
    [f"crossner.{domain}.{part}.txt" for domain in ("ai", "literature", "music", "politics", "science")
     for part in ("train", "test", "dev")]
DEVELOPMENT = ["btc.test.conll", "wnut17.test.conll", "tweebank.test.bio", "sec-filings.test.conll"]


JOINED = (1, 1, 2, 3, 4, 6)


def read_all(data):
    pii, complexity = os.path.join(data, "pii"), os.path.join(data, "complexity")
    gazetteers = Gazetteers(os.path.join(data, "gazetteers"))
    train = []
    for name in TRAINING:
        train += read_columns(os.path.join(pii, name), *JOINED, titles=False)
    novels = read_litbank(os.path.join(pii, "litbank"), gazetteers.common_first)
    gum = read_gum(os.path.join(pii, "gum"))
    train += 2 * novels[: len(novels) * 9 // 10] + gum[: len(gum) * 9 // 10]
    marked, kept = read_marked()
    train += MARKED_PASSES * marked
    negatives = read_negatives(pii, complexity, gazetteers.common_first)
    development = kept | {"litbank": novels[len(novels) * 9 // 10:], "gum": gum[len(gum) * 9 // 10:]}
    for name in DEVELOPMENT:
        development[name.rsplit(".", 1)[0]] = read_columns(os.path.join(pii, name))
    for name in ("uner-ewt.dev.iob2", "uner-pud.iob2"):
        development[name.split(".")[0]] = read_universal(os.path.join(pii, name))
    return train, negatives, development, gazetteers
