"""Definitions of WordNet by subject: words that no outcome data and no list of ours holds."""

import os

# Categories that WordNet itself gives (a synset's domain), and the subjects that they belong to.
CATEGORIES = {
    "professional law|jurisprudence|international law": "law|criminal law|contract|crime|jurisprudence|civil law|tort|Roman law|corporation",
    "high school chemistry|college chemistry|graduate science": "chemistry|biochemistry|organic chemistry|physical chemistry|chemical",
    "college computer science|high school computer science|computer security|machine learning": "computer science|computer|computing|program|telecommunication",
    "high school biology|college biology": "biology|botany|zoology|ecology|organism|microorganism|cell|cytology|embryology|physiology|animal|plant|mammal|bird|fungus|bryophyte|mycology|microbiology",
    "medical genetics|high school biology|college biology": "genetics",
    "high school physics|college physics|conceptual physics": "physics|optics|mechanics|acoustics|thermodynamics|atomic physics|quantum physics|nuclear physics|relativity",
    "electrical engineering": "electronics|electricity|electrical engineering|circuit",
    "high school mathematics|college mathematics|abstract algebra": "mathematics|geometry|algebra|topology|calculus|trigonometry",
    "elementary mathematics": "arithmetic",
    "high school statistics|econometrics": "statistics|probability",
    "clinical knowledge|professional medicine|college medicine": "medicine|pathology|surgery|dentistry|obstetrics|ophthalmology|cardiology|drug|pharmacology|immunology|neurology|hematology|veterinary",
    "anatomy": "anatomy",
    "high school psychology|professional psychology": "psychology|psychoanalysis|psychiatry|psychotherapy|psychophysics",
    "astronomy": "astronomy|cosmology|astrophysics",
    "formal logic|logical fallacies": "logic",
    "philosophy|moral disputes": "philosophy|ethics|metaphysics",
    "world religions": "Roman Catholic|Old Testament|Judaism|religion|Islam|Hinduism|Christianity|New Testament|theology|Buddhism|church service|Bible|Roman Catholic Church|Eastern Church",
    "miscellaneous": "music|Greek mythology|baseball|sport|cooking|golf|art|Norse mythology|football|Roman mythology|card game|chess|basketball|tennis|poetry|literature|ballet|television|theater|boxing|cricket|dancing|Arthurian legend|American football|photography|performing arts|heraldry|printing|grammar|linguistics|classical mythology|architecture|dramaturgy|handicraft|astrology|folklore",
    "high school macroeconomics|high school microeconomics|finance and business": "economics|stock exchange|commerce|finance|banking|investment|commercial enterprise",
    "professional accounting": "accounting|tax|bookkeeping",
    "high school government": "politics|government|election|parliament",
    "security studies": "military|terrorism|warfare",
    "high school geography|everyday science": "geology|meteorology|geography",
    "prehistory": "archeology|anthropology|paleontology|antiquity",
    "engineering|electrical engineering": "engineering|mining|automobile|metallurgy",
}
# Lexicographer files of nouns.
FILES = {5: "high school biology|college biology|miscellaneous|everyday science", 8: "anatomy|clinical knowledge", 13: "nutrition|miscellaneous",
         15: "high school geography|miscellaneous", 20: "high school biology|college biology|miscellaneous", 27: "high school chemistry|college chemistry|everyday science"}
# Everything below these nouns.
ROOTS = {"disease": "clinical knowledge|professional medicine|virology|medical genetics", "mental disorder": "high school psychology|professional psychology",
         "medicine": "professional medicine|clinical knowledge", "virus": "virology", "philosopher": "philosophy", "religious person": "world religions",
         "war": "high school European history|high school world history|high school US history|US foreign policy", "economic theory": "high school macroeconomics",
         "legal document": "professional law", "crime": "professional law", "tax": "professional accounting|high school macroeconomics", "hormone": "college medicine|anatomy|college biology",
         "celestial body": "astronomy", "monarch": "high school European history|high school world history|miscellaneous", "actor": "miscellaneous", "writer": "miscellaneous", "vitamin": "nutrition",
         "doctrine": "philosophy|world religions|sociology", "emotion": "high school psychology|professional psychology", "kinship": "sociology"}


def _synsets(folder):
    found = {}
    for part in ("noun", "verb", "adj"):
        with open(os.path.join(folder, "data." + part), encoding="utf-8") as file:
            for line in file:
                if line.startswith("  "):
                    continue
                head, _, gloss = line.partition("|")
                field = head.split()
                count = int(field[3], 16)
                words = [field[4 + 2 * i].replace("_", " ") for i in range(count)]
                at = 5 + 2 * count
                pointers = [field[at + 4 * i:at + 4 * i + 3] for i in range(int(field[at - 1]))]
                found[part[0], field[0]] = (words, pointers, gloss.strip(), int(field[1]))
    return found


def definitions(folder):
    """[(text, subjects)]"""
    synsets = _synsets(folder)
    by_category = {name: subjects for subjects, names in CATEGORIES.items() for name in names.split("|")}
    under = {}

    def subjects_above(key, depth=0):
        if key not in under:
            words, pointers, _, _ = synsets[key]
            under[key] = ROOTS.get(words[0]) or next(
                (s for kind, target, part in pointers if kind in ("@", "@i") and depth < 20
                 for s in (subjects_above((part, target), depth + 1),) if s), None)
        return under[key]

    rows = []
    for key, (words, pointers, gloss, lexicon) in synsets.items():
        subjects = next((by_category[name] for kind, target, part in pointers if kind == ";c"
                         for name in synsets[part, target][0] if name in by_category), None)
        if key[0] == "n":
            subjects = subjects or subjects_above(key) or FILES.get(lexicon)
        if subjects:
            rows.append((f"{', '.join(words[:3])}: {gloss[:400]}", tuple(subjects.split("|"))))
    return rows
