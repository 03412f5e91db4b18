"""Texts with spans for the tagger: corpora made raw text again, and generated texts.

A text is (bytes, [(start, end, type)], [(start, end)]): spans by byte offset, type 0 person,
1 location, 2 organisation, 3 street address, and stretches whose labels are not to be trusted.
"""

import csv
import glob
import json
import os
import random
import re
import zlib

import chat_templates
import identity_templates
import name_forms
import news_grammar
import templates
import world_organisations
from gazetteers import FOREIGN_STREETS, NOUN_STREETS, STREET_NOUNS, STREETS, Gazetteers, SomeNames
from identities import Identities

PERSON, LOCATION, ORGANIZATION, ADDRESS = range(4)
KIND_NAMES = ("PERSON", "LOCATION", "ORGANIZATION", "STREET_ADDRESS")
IGNORED = -1
TYPES = {
    "PER": PERSON, "person": PERSON, "writer": PERSON, "scientist": PERSON, "politician": PERSON,
    "musicalartist": PERSON, "researcher": PERSON,
    "LOC": LOCATION, "location": LOCATION, "country": LOCATION,
    "ORG": ORGANIZATION, "organisation": ORGANIZATION, "university": ORGANIZATION,
    "band": ORGANIZATION, "politicalparty": ORGANIZATION, "corporation": ORGANIZATION,
    "group": ORGANIZATION,
    "magazine": IGNORED, "academicjournal": IGNORED, "conference": IGNORED,
}


class Text:
    """Pieces put together, with the labels of the pieces."""

    def __init__(self):
        self.parts, self.size, self.spans, self.ignored = [], 0, [], []

    def add(self, piece, label=None):
        data = piece.encode()
        if label == IGNORED:
            self.ignored.append((self.size, self.size + len(data)))
        elif label is not None and data:
            self.spans.append((self.size, self.size + len(data), label))
        self.parts.append(data)
        self.size += len(data)

    def done(self):
        return b"".join(self.parts), self.spans, self.ignored


# ---- corpora ----

NO_SPACE_BEFORE = set(".,;:!?)]}%'’”…") | {"'s", "n't", "'re", "'ve", "'ll", "'m", "'d", "’s", "n’t"}
NO_SPACE_AFTER = set("([{$#@“‘")


def text_of_tokens(words, labels, rng, keep_spaces=False):
    """words with labels (type or None, begins) to running text with spans."""
    text, previous, quote_open, index = Text(), "", False, 0
    while index < len(words):
        label = labels[index][0]
        stop = index + 1
        if label is not None:
            while stop < len(words) and labels[stop][0] == label and not labels[stop][1]:
                stop += 1
        span = ""
        for word in words[index:stop]:
            glue = (word in NO_SPACE_BEFORE or word.startswith("'") and len(word) < 4 or
                    previous in NO_SPACE_AFTER or
                    (word in "-/" or previous in "-/") and rng.random() < 0.5)
            if word in ('"', "''", "``"):
                glue = quote_open
                quote_open = not quote_open
            elif previous in ('"', "``") and quote_open:
                glue = True
            gap = "" if not previous or (glue and not keep_spaces) else " "
            if span:
                span += gap + word
            else:
                text.add(gap)
                span = word
            previous = word
        if label is None and span.startswith("@") and len(span) > 1:
            label = IGNORED
        text.add(span, label)
        index = stop
    return text.done()


def _labels(tags):
    out, last = [], None
    for tag in tags:
        prefix, _, name = tag.partition("-")
        kind = TYPES.get(name) if prefix in "BI" else None
        # BTC and Tweebank tag user handles; a handle is not a name here.
        out.append((kind, prefix == "B" or kind != last))
        last = kind
    return out


ROLES = {"borrower", "borrowers", "lender", "lenders"}


def _without_roles(words, labels):
    """SEC filings call parties to a contract persons: nineteen of twenty of its persons are "Borrower" or "Lender"."""
    return [(None, False) if label[0] == PERSON and word.lower() in ROLES else label for word, label in zip(words, labels)]


def _without_titles(words, labels):
    """Corpora disagree on whether "President" is part of the name; here it is not."""
    for at in range(len(words) - 1):
        if labels[at] == (PERSON, True) and words[at] in TITLES and labels[at + 1] == (PERSON, False):
            labels[at], labels[at + 1] = (None, False), (PERSON, True)
    return labels


def read_columns(path, *joined, titles=True):
    """Files with a token and a tag per line; one of `joined`, else four, is how many sentences make a text."""
    sentences, words, tags = [], [], []
    for line in list(open(path, encoding="utf-8", errors="replace")) + [""]:
        fields = line.split()
        if not fields or line.startswith("-DOCSTART-"):
            if words:
                sentences.append((words, tags))
            words, tags = [], []
        elif not line.startswith("# ") or len(fields) == 2:
            words.append(fields[0])
            tags.append(fields[-1])
    rng = random.Random(path)
    texts = []
    index = 0
    while index < len(sentences):
        words, labels, count = [], [], rng.choice(joined or (4,))
        index += count
        for sentence, tag in sentences[index - count:index]:
            given = _without_roles(sentence, _labels(tag))
            given = given if titles else _without_titles(sentence, given)
            for at, word in enumerate(sentence):
                handle = word.startswith("@") or (at > 0 and sentence[at - 1] == "@")
                words.append(word)
                labels.append((IGNORED, True) if handle else given[at])
        texts.append(text_of_tokens(words, labels, rng, rng.random() < 0.1))
    return texts


def read_universal(path):
    """UniversalNER: the raw text is in a comment, so nothing has to be guessed."""
    texts, raw, rows = [], None, []
    for line in list(open(path, encoding="utf-8")) + [""]:
        line = line.rstrip("\n")
        if line.startswith("# text = "):
            raw = line[9:]
        elif line.startswith("#"):
            continue
        elif line:
            fields = line.split("\t")
            rows.append((fields[1], fields[2]))
        elif raw is not None:
            at, spans, last = 0, [], None
            for word, tag in rows:
                begin = raw.find(word, at)
                if begin < 0:
                    continue
                at = begin + len(word)
                prefix, _, name = tag.partition("-")
                kind = TYPES.get(name)
                if kind is None or prefix == "O":
                    last = None
                    continue
                start, end = len(raw[:begin].encode()), len(raw[:at].encode())
                if prefix == "I" and last == kind and spans:
                    spans[-1] = (spans[-1][0], end, kind)
                else:
                    spans.append((start, end, kind))
                last = kind
            texts.append((raw.encode(), spans, []))
            raw, rows = None, []
    return texts


def read_gum(folder):
    kinds = {"person": PERSON, "place": LOCATION, "organization": ORGANIZATION}
    texts = []
    for path in sorted(glob.glob(os.path.join(folder, "*.tsv"))):
        sentences, rows = [], []
        for line in list(open(path, encoding="utf-8")) + [""]:
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 3:
                if rows:
                    sentences.append(rows)
                rows = []
            elif fields[1] != "_":
                rows.append(fields)
        rng = random.Random(path)
        for index in range(0, len(sentences), 4):
            words, labels = [], []
            for rows in sentences[index:index + 4]:
                words += [r[0] for r in rows]
                labels += _gum_labels(rows, kinds)
            texts.append(text_of_tokens(words, labels, rng))
    return texts


def _proper_run(rows, begin, end, kind):
    """The name within a mention: its proper nouns in front or at its end, without the title."""
    def proper(at):
        return rows[at][1].startswith("NNP")

    if kind != "person":
        whole = all(proper(at) or rows[at][0] in ("of", "the", "and", "de", "&", ".")
                    for at in range(begin, end))
        return (begin, end if whole and any(map(proper, range(begin, end))) else begin)
    stop = begin
    while stop < end and proper(stop):
        if rows[stop][0] in TITLES:
            begin = stop + 1  # "U.S. Senator", "Environment Minister"
        stop += 1
    stop = begin
    while stop < end and proper(stop):
        stop += 1
    if stop > begin and (stop == end or rows[stop][0] in (",", "'s", "(")):
        return begin, stop
    begin = end
    while begin > 0 and proper(begin - 1) and rows[begin - 1][0] not in TITLES:
        begin -= 1
    return begin, end


def _gum_labels(rows, kinds):
    open_spans, spans = {}, []
    for at, row in enumerate(rows):
        for match in re.finditer(r"\((\d+)-(\w+)-[^()]*?(?:\)|(?=\()|$)|(\d+)\)", row[2]):
            if match.group(1):
                if row[2][match.start():match.end()].endswith(")"):
                    spans.append((at, at + 1, match.group(2)))
                else:
                    open_spans.setdefault(match.group(1), []).append((at, match.group(2)))
            elif open_spans.get(match.group(3)):
                begin, kind = open_spans[match.group(3)].pop()
                spans.append((begin, at + 1, kind))
    labels = [(None, False)] * len(rows)
    # Longest first: a name inside the name of an organisation belongs to the organisation.
    for begin, end, kind in sorted(spans, key=lambda s: s[0] - s[1]):
        if kind not in kinds:
            continue
        begin, stop = _proper_run(rows, begin, end, kind)
        if kind == "person" and rows[stop - 1][1] == "NNPS":
            continue  # "Texans"
        if begin < stop and all(label[0] is None for label in labels[begin:stop]):
            for at in range(begin, stop):
                labels[at] = (kinds[kind], at == begin)
    return labels


TITLES = {"Mr.", "Mrs.", "Ms.", "Dr.", "Mr", "Mrs", "Ms", "Dr", "Sir", "Lady", "Miss", "Professor",
          "President", "Judge", "Justice", "Senator", "Captain", "Colonel", "Lord", "General",
          "Prof.", "Minister", "Secretary", "Governor", "Gov.", "Sen.", "Rep.", "Mayor", "Ambassador", "Chancellor",
          "Premier", "Administrator", "Commissioner", "Chairman", "Director", "Bishop", "Archbishop", "Cardinal", "Pope",
          "Emperor", "Sheikh", "Imam", "Reverend", "Rev.", "Sergeant", "Sgt.", "Lieutenant", "Major", "Capt.", "Col.", "Gen.",
          "Countess", "Duke", "Princess", "Baron", "Sister", "Brother", "Coach", "Doctor", "Uncle", "Aunt", "Madame", "Mademoiselle", "Count", "Prince", "King", "Queen"}
SMALL_WORDS = {"of", "the", "'s", "'", "and", "de", "van", "von", ".", "-"}


def read_litbank(folder):
    kinds = {"PER": PERSON, "GPE": LOCATION, "LOC": LOCATION, "ORG": ORGANIZATION}
    texts = []
    for path in sorted(glob.glob(os.path.join(folder, "*.txt"))):
        raw = open(path, encoding="utf-8").read()
        labels, mentions = {}, []
        for line in open(path[:-4] + ".ann", encoding="utf-8"):
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 3 or not fields[0].startswith("T"):
                continue
            kind, begin, end = fields[1].split()[:3]
            mentions.append((int(begin), int(end), kind))
        for begin, end, kind in sorted(mentions, key=lambda m: m[0] - m[1]):
            words = raw[begin:end].split()
            while words and words[0] in TITLES:
                begin += len(words.pop(0)) + 1
            proper = [w for w in words if w[:1].isupper()]
            if (not words or len(words) > 5 or not words[0][:1].isupper() or
                    words[0] in ("The", "His", "Her", "A", "My", "Our", "I", "He", "She", "You", "This") or
                    any(not w[:1].isupper() and w not in SMALL_WORDS for w in words)):
                continue
            if len(proper) and kind in kinds and not any(at in labels for at in range(begin, end)):
                for at in range(begin, end):
                    labels[at] = (kinds[kind], at == begin)
        rng = random.Random(path)
        words, tags, at = [], [], 0
        for line in raw.split("\n"):
            for word in line.split(" "):
                if word:
                    # Some texts are typed with underscores for italics.
                    words.append(word)
                    tags.append(labels.get(at, (None, False)))
                at += len(word) + 1
            if len(words) > 120:
                texts.append(text_of_tokens(words, tags, rng))
                words, tags = [], []
        if words:
            texts.append(text_of_tokens(words, tags, rng))
    return texts


MARKED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "marked")
MARKED_PASSES = 3  # of them an epoch: they are few, and the nearest to what is asked for
MARKS = {"P": PERSON, "L": LOCATION, "O": ORGANIZATION, "A": ADDRESS}


def read_marked():
    """Texts of the folder `marked`, in which names stand as [P|Ada Lovelace]: those to train on, and {set: those
    kept apart}, one in eight by a hash of the line's text."""
    train, kept = [], {}
    for name in sorted(os.listdir(MARKED)):
        for line in open(os.path.join(MARKED, name), encoding="utf-8"):
            text, at = Text(), 0
            raw = json.loads(line)["text"]
            for mark in re.finditer(r"\[([PLOA])\|([^]]+)\]", raw):
                text.add(raw[at:mark.start()])
                text.add(mark.group(2), MARKS[mark.group(1)])
                at = mark.end()
            text.add(raw[at:])
            if zlib.crc32(raw.encode()) % 8 == 0:
                kept.setdefault("marked: " + name.removesuffix(".jsonl"), []).append(text.done())
            else:
                train.append(text.done())
    return train, kept


TITLED = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Doctor|Miss)\.? ([A-Z][a-z]+(?: [A-Z][a-z]+)?)")


def read_negatives(pii, complexity, names):
    """Medicine and mathematics: what is not certainly a name is one label short, not wrong."""
    texts = []
    for text, _, _ in read_columns(os.path.join(pii, "bc5cdr.train.tsv"), 6):
        texts.append((text, [], []))
    for name, share in (("gsm8k_train_steps", 0.4), ("math_levels", 0.5), ("zeroeval_gain", 1.0)):
        rng = random.Random(name)
        for line in open(os.path.join(complexity, name + ".jsonl"), encoding="utf-8"):
            if rng.random() < share:
                texts.append(weak_names(json.loads(line)["prompt"][:2000], names))
    for path, column in (("mts-dialog.train.csv", "dialogue"), ("mts-dialog.train.csv", "section_text"),
                         ("aci-bench.train.csv", "note")):
        for row in csv.DictReader(open(os.path.join(pii, path), encoding="utf-8")):
            texts.append(weak_names(row[column][:3000], names, TITLED))
    return texts


def weak_names(raw, names, titled=None):
    """Common forenames in capitals are persons; other capitalised words inside a sentence unsure."""
    spans, ignored = [], []
    taken = []
    for match in titled.finditer(raw) if titled else ():
        taken.append((match.start(1), match.end(1), PERSON))
    for match in re.finditer(r"(?<![\\$_A-Za-z])[A-Z][a-z]+", raw):
        if any(begin <= match.start() < end for begin, end, _ in taken):
            continue
        if match.group().lower() in names and match.group() not in ("Will", "May", "Mark", "Art", "In", "So"):
            taken.append((match.start(), match.end(), PERSON))
        elif match.start() > 1 and raw[match.start() - 1] == " " and raw[match.start() - 2] not in ".?!:\n":
            taken.append((match.start(), match.end(), IGNORED))
    for begin, end, kind in sorted(taken):
        place = (len(raw[:begin].encode()), len(raw[:end].encode()))
        if kind == IGNORED:
            ignored.append(place)
        else:
            spans.append((*place, kind))
    return raw.encode(), spans, ignored


# ---- generated texts ----

class Generator:
    def __init__(self, gazetteers, pii, seed):
        self.g, self.rng = gazetteers, random.Random(seed)
        self.templates = templates.parsed() | chat_templates.parsed()
        self.groups = ["mail", "support", "clinic", "legal", "forms", "news", "news", "news", "chat", "chat", "abroad", "abroad", "things"]
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
            if rng.random() < 0.25:
                street += rng.choice([f", Apt {rng.randint(1, 99)}", f" Apt. {rng.randint(1, 999)}",
                                      f", Suite {rng.randint(100, 999)}", f", Flat {rng.randint(1, 40)}", f" #{rng.randint(1, 99)}"])
            return street
        name = self.g.name_pair(rng)[1]
        return rng.choice(FOREIGN_STREETS).format(L=name, n=rng.randint(1, 250))

    def organisation(self):
        return world_organisations.organisation(self.g, self.rng, self.city)

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
        source = {"k": chat_templates.KIN, "T": chat_templates.THINGS, "D": chat_templates.DEITIES, "E": chat_templates.EPONYMS,
                  "dx": self.g.diagnoses if rng.random() < 0.3 else self.g.diseases, "rx": self.g.drugs,
                  "sx": self.g.symptoms, "job": self.g.occupations, "DO": news_grammar.DOERS, "nat": self.g.nationalities}[slot]
        return rng.choice(source)

    def fill(self, text, template):
        rng = self.rng
        template = template.replace("{F} {L}", "{FL}")  # one name, not two
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
        for at in range(rng.randint(1, 5)):
            if at:
                text.add(rng.choice(["\n", " ", "\n\n", " "]))
            roll = rng.random()
            if group == "news" and roll > 0.4:
                self.fill(text, news_grammar.sentence(rng))
            elif roll < 0.2:
                self.fill(text, rng.choice(self.templates["plain"]))
            elif group == "clinic" and roll < 0.5:
                self.carrier(text)
            elif group == "abroad" and roll < 0.5:
                self.fill(text, rng.choice(self.templates["abroad plain"]))
            else:
                self.fill(text, rng.choice(self.templates[group]))
        return rebuilt(text.done(), chat_templates.hasty(rng)) if group == "chat" else text.done()


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

def rebuilt(text, change, names=None):
    """The text with every piece put through `change`, spans following."""
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
        out.add(change(piece), kind)
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
    novels = read_litbank(os.path.join(pii, "litbank"))
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
