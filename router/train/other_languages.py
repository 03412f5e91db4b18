"""Texts word by word in another language, by the glossaries: no sentences, but the words that nets count, and names among
words that are none."""

import re

from words_table import glossaries

ALPHABETIC = ("de", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr")  # whose names are written with capitals
CYRILLIC = [("shch", "щ"), ("sch", "ш"), ("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("kh", "х"), ("ph", "ф"), ("th", "т"),
            ("ts", "ц"), ("ya", "я"), ("yu", "ю"), ("yo", "ё"), ("ck", "к"), ("oo", "у"), ("ee", "и"), ("x", "кс")]
CYRILLIC += zip("abcdefghijklmnopqrstuvwyz", "абкдефгхийклмнопкрстуввыз")


def in_cyrillic(name):
    small = name.lower()
    for latin, cyrillic in CYRILLIC:
        small = small.replace(latin, cyrillic)
    return "".join(c.upper() if at < len(name) and name[at].isupper() and (at == 0 or not name[at - 1].isalpha()) else c
                   for at, c in enumerate(small)) if len(small) == len(name) else small.title()


class OtherLanguages:
    """Of words that no glossary has the letters are changed, so that nothing knows them, as with many words of a real text."""

    WORD = re.compile(r"[^\W\d_]+")
    SHIFTED = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ecdfighjoklmnpuqrstvawxyzb")

    def __init__(self):
        self.forms = {}
        for language, words in glossaries().items():
            forms = self.forms[language] = {}
            for form, english in words.items():
                forms.setdefault(english, []).append(form)

    def language(self, rng, some=None):
        return rng.choice(some or list(self.forms))

    def said(self, text, language, rng):
        forms, known = self.forms[language], rng.uniform(0.7, 1)

        def other(match):
            word = match.group()
            begins = match.string[:match.start()].rstrip(" ")[-1:] in ("", ".", "!", "?", "\n", '"', ":")
            small = word.lower()
            if word[0].isupper() and len(word) > 1 and small not in forms:
                return word
            out = rng.choice(forms[small]) if small in forms and rng.random() < known else small.translate(self.SHIFTED)
            return out.capitalize() if begins or language == "de" and rng.random() < 0.3 else out

        out = self.WORD.sub(other, text)
        return out.replace(" ", "") if language in ("ja", "zh") else out
