"""The corpora that the tagger is trained and measured on, made running text again: see tagger_data.py for what a text is."""

import csv
import glob
import json
import os
import random
import re
import zlib

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


# What novels call people by; alone none of it is a name.
CALLED = {"Old", "Young", "Poor", "Little", "Dear", "Master", "Mother", "Father", "Cousin"}
NOBODY = {"God", "Nobody", "Everybody", "Everyone", "People", "Men", "Women", "Man", "Boy", "Son", "Mother", "Father", "Papa", "Mamma", "Madam",
          "Ma’am", "Brothers", "Brother", "Sister", "Boss", "Mistress", "Lawyer", "Doctor", "Indians", "Americans", "Jews", "Huns", "Darkies", "Master"}
DETERMINERS = {"The", "His", "Her", "A", "My", "Our", "I", "He", "She", "You", "This"}


def _in_mention(words, kind, known):
    """(first, label) of the name at the end of a mention of a novel, or None: "old Pontifex", "the late Irene Adler"; what
    may be a name or "the Accountant" is not to be trusted."""
    first = 0
    while first < len(words) and (words[first] in TITLES or first + 1 < len(words) and words[first] in CALLED):
        first += 1
    name = words[first:]
    if name and name[0][:1].isupper() and name[0].capitalize() not in DETERMINERS and len(name) <= 5:
        if any(not w[:1].isupper() and w not in SMALL_WORDS for w in name) or name[0] in NOBODY and kind == PERSON:
            return None
        return first, kind
    if kind != PERSON:
        return None
    while first < len(words) and (not words[first][:1].isupper() or words[first] in TITLES | DETERMINERS | CALLED):
        first += 1
    name = words[first:]
    if not name or len(words) > 5 or any(not w[:1].isupper() for w in name) or name[0] in NOBODY:
        return None
    return first, PERSON if words[first - 1] in TITLES or any(w in known for w in name) else IGNORED


def read_litbank(folder, forenames):
    kinds = {"PER": PERSON, "GPE": LOCATION, "LOC": LOCATION, "ORG": ORGANIZATION}
    texts = []
    for path in sorted(glob.glob(os.path.join(folder, "*.txt"))):
        raw = open(path, encoding="utf-8").read()
        labels, mentions, unsure = {}, [], []
        for line in open(path[:-4] + ".ann", encoding="utf-8"):
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 3 or not fields[0].startswith("T"):
                continue
            kind, begin, end = fields[1].split()[:3]
            if kind in kinds:
                mentions.append((int(begin), int(end), kinds[kind]))
        alone = {raw[begin:end] for begin, end, kind in mentions if kind == PERSON}
        known = {name.capitalize() for name in forenames} | {name for name in alone if name.istitle() and name not in NOBODY}
        for begin, end, kind in sorted(mentions, key=lambda m: m[0] - m[1]):
            found = _in_mention(raw[begin:end].split(), kind, known)
            if found is None:
                continue
            begin += sum(len(word) + 1 for word in raw[begin:end].split()[:found[0]])
            if found[1] == IGNORED:
                unsure.append((begin, end))
            elif not any(at in labels for at in range(begin, end)):
                labels |= {at: (found[1], at == begin) for at in range(begin, end)}
        for begin, end in unsure:
            labels = {at: (IGNORED, at == begin) for at in range(begin, end)} | labels
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
MARKED_PASSES = 4  # of them an epoch: they are few, and the nearest to what is asked for
MARKS = {"P": PERSON, "L": LOCATION, "O": ORGANIZATION, "A": ADDRESS}


MARK = re.compile(r"\[([PLOA])\|([^]]+)\]")


def read_marked():
    """Texts of the folder `marked`, in which names stand as [P|Ada Lovelace]: those to train on, and {set: those
    kept apart}, one in eight by a hash of the line's text."""
    train, kept = [], {}
    for name in sorted(os.listdir(MARKED)):
        for line in open(os.path.join(MARKED, name), encoding="utf-8"):
            text, at = Text(), 0
            raw = json.loads(line)["text"]
            for mark in MARK.finditer(raw):
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
