"""Invented identities: the values that templates are filled with, by the rules of each kind.

Nothing here is anybody's: names are drawn from the gazetteers one part at a time, numbers at random
with the check digits that make them valid.
"""

import random
import string
import zlib

HELD_OUT = 12  # one name in so many is for measuring only


def held_out(name):
    return zlib.crc32(name.lower().encode()) % HELD_OUT == 0


def luhn_digit(digits):
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if at % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


IBAN_SHAPES = {"DE": "n18", "GB": "a4n14", "FR": "n10x11n2", "ES": "n20", "IT": "a1n10x12", "NL": "a4n10", "BE": "n12",
               "AT": "n16", "CH": "n5x12", "PL": "n24", "SE": "n20", "DK": "n14", "FI": "n14", "NO": "n11", "PT": "n21",
               "IE": "a4n14", "CZ": "n20", "HU": "n24", "RO": "a4x16", "TR": "n6x16", "GR": "n7x16", "IL": "n19", "AE": "n19"}
PHONES = """(###) ###-####|###-###-####|###.###.####|+1 ### ### ####|+1-###-###-####|1 ### ### ####|(###)###-####x###|
+44 20 #### ####|020 7### ####|07### ######|+44 7### ######|01### ######|+49 30 #######|+49 151 ########|0171 #######|
030/#######|+33 6 ## ## ## ##|06 ## ## ## ##|01 ## ## ## ##|+34 6## ### ###|+39 3## ### ####|06 #### ####|+31 6 ########|
+41 44 ### ## ##|+43 664 #######|+46 70 ### ## ##|+47 4## ## ###|+48 6## ### ###|+61 4## ### ###|04## ### ###|(02) 9### ####|
+91 98### #####|098### #####|+81 90 #### ####|090-####-####|+82 10-####-####|+86 138 #### ####|+55 11 9####-####|(11) 9####-####|
+27 82 ### ####|+234 803 ### ####|+52 55 #### ####|+7 916 ###-##-##|+90 532 ### ## ##|+353 86 ### ####|+64 21 ### ####"""
MONTHS = "January February March April May June July August September October November December".split()
MAIL_HOSTS = """gmail.com hotmail.com outlook.com yahoo.com web.de gmx.net icloud.com proton.me mail.ru orange.fr libero.it
telenet.be comcast.net btinternet.com rediffmail.com naver.com qq.com""".split()
WORDS = """river north bright solar green metro prime alpha summit harbor crystal falcon maple delta orbit copper
sterling horizon vertex cedar lumen quartz beacon atlas pioneer granite willow ember""".split()
TLDS = "com com com net org co.uk de fr io info eu ca com.au in biz nl it es ch".split()
TITLES = "Mr. Mrs. Ms. Dr. Mr Mrs Ms Dr Miss Prof. Professor Sir Rev.".split()
NATIONS = """American British German French Spanish Italian Dutch Polish Turkish Russian Ukrainian Nigerian Kenyan Ghanaian Egyptian
Indian Pakistani Bangladeshi Chinese Japanese Korean Vietnamese Thai Indonesian Filipino Australian Canadian Mexican Brazilian
Argentinian Chilean Colombian Peruvian Swedish Norwegian Danish Finnish Greek Portuguese Romanian Bulgarian Hungarian Czech Slovak
Croatian Serbian Albanian Iranian Iraqi Syrian Lebanese Israeli Moroccan Algerian Tunisian Somali Ethiopian Irish Scottish Welsh
Catholic Muslim Jewish Buddhist Hindu Protestant""".split()


class Identities:
    def __init__(self, gazetteers, seed):
        self.g, self.rng = gazetteers, random.Random(seed)

    def names(self):
        return self.g.name_pair(self.rng)

    def digits(self, shape):
        return "".join(self.rng.choice("123456789" if at == 0 and c == "#" else string.digits) if c == "#" else c
                       for at, c in enumerate(shape))

    def card(self):
        rng = self.rng
        prefix, size = rng.choice([("4", 16), ("51", 16), ("5412", 16), ("2321", 16), ("34", 15), ("37", 15), ("6011", 16), ("3589", 16), ("36", 14)])
        number = prefix + "".join(rng.choice(string.digits) for _ in range(size - len(prefix) - 1))
        number += luhn_digit(number)
        if rng.random() < 0.5:
            return number
        gap = rng.choice(" -")
        parts = [number[i:i + 4] for i in range(0, 16, 4)] if size == 16 else [number[:4], number[4:10], number[10:]]
        return gap.join(parts)

    def iban(self):
        rng = self.rng
        country = rng.choice(sorted(IBAN_SHAPES))
        body, shape = "", IBAN_SHAPES[country]
        while shape:
            kind, size = shape[0], ""
            shape = shape[1:]
            while shape and shape[0].isdigit():
                size, shape = size + shape[0], shape[1:]
            alphabet = {"n": string.digits, "a": string.ascii_uppercase, "x": string.digits}[kind]
            body += "".join(rng.choice(alphabet) for _ in range(int(size)))
        rearranged = "".join(str(int(c, 36)) for c in body + country + "00")
        text = f"{country}{98 - int(rearranged) % 97:02}{body}"
        return text if rng.random() < 0.6 else " ".join(text[i:i + 4] for i in range(0, len(text), 4))

    def ssn(self):
        rng = self.rng
        area = rng.choice([rng.randint(1, 665), rng.randint(667, 899)])
        return f"{area:03}-{rng.randint(1, 99):02}-{rng.randint(1, 9999):04}"

    def phone(self):
        return self.digits(self.rng.choice(PHONES.replace("\n", "").split("|")))

    def date(self, first=1995, last=2026):
        rng = self.rng
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(first, last)
        name = MONTHS[month - 1]
        return rng.choice([f"{day:02}/{month:02}/{year}", f"{month}/{day}/{year}", f"{year}-{month:02}-{day:02}", f"{name} {day}, {year}",
                           f"{day} {name} {year}", f"{name[:3]} {day}, {year}", f"{day}.{month}.{year}", f"{day}.{month:02}.{year}",
                           f"{name} {year}", f"{day} {name[:3]} {year}", f"{month:02}-{day:02}-{year}", f"{name} {day}{'th' if 3 < day < 21 else 'st' if day % 10 == 1 else 'nd' if day % 10 == 2 else 'rd' if day % 10 == 3 else 'th'}, {year}"])

    def email(self):
        rng = self.rng
        first, last = (n.lower().replace(" ", "").replace("'", "") for n in self.names())
        if not (first + last).isascii():
            first, last = "anna", "keller"
        host = rng.choice(MAIL_HOSTS) if rng.random() < 0.6 else rng.choice(WORDS) + rng.choice(["", "-", ""]) + rng.choice(WORDS) + "." + rng.choice(TLDS)
        return rng.choice([f"{first}.{last}", f"{first}{rng.randint(1, 99)}", f"{first[0]}{last}", f"{first}_{last}", f"{last}.{first[0]}"]) + "@" + host

    def url(self):
        rng = self.rng
        host = rng.choice(WORDS) + rng.choice(WORDS) + "." + rng.choice(TLDS)
        return rng.choice([f"https://www.{host}/", f"http://{host}/{rng.choice(WORDS)}", f"www.{host}", f"https://{host}/users/{rng.randint(10, 9999)}", host])

    def username(self):
        first, last = self.names()
        name = (first if first.isascii() else "kim").lower().replace(" ", "")
        return self.rng.choice([f"{name}{self.rng.randint(1, 999)}", f"{name}_{self.rng.choice(WORDS)}", f"{self.rng.choice(WORDS)}{name}"])

    def postcode(self):
        rng, a = self.rng, "ABDEFGHJLNPQRSTUWXYZ"
        return rng.choice([f"{rng.randint(501, 99950):05}", f"{rng.randint(501, 99950):05}", f"{rng.choice('BLMNESW')}{rng.randint(1, 20)} {rng.randint(1, 9)}{rng.choice(a)}{rng.choice(a)}",
                           f"{rng.choice(['SW', 'EC', 'LS', 'BS', 'EH', 'CF'])}{rng.randint(1, 9)} {rng.randint(1, 9)}{rng.choice(a)}{rng.choice(a)}",
                           f"{rng.choice('KLMTV')}{rng.randint(1, 9)}{rng.choice('ABCEGHJ')} {rng.randint(1, 9)}{rng.choice('ABCEGHJ')}{rng.randint(1, 9)}"])

    def age(self):
        return str(self.rng.choice([self.rng.randint(18, 95), self.rng.randint(1, 99)]))

    def initials(self):
        letters = self.rng.sample("ABCDEFGHJKLMNPRSTVW", 2)
        return self.rng.choice([f"{letters[0]}.{letters[1]}.", f"{letters[0]}. {letters[1]}.", "".join(letters)])

    def value(self, slot):
        """(text, entity) of the slots that tagger_data.Generator does not know itself; None for others."""
        rng = self.rng
        make = {"card": lambda: (self.card(), "CREDIT_CARD"), "iban": lambda: (self.iban(), "IBAN_CODE"),
                "ssn": lambda: (self.ssn(), "US_SSN"), "tel": lambda: (self.phone(), "PHONE_NUMBER"),
                "mail": lambda: (self.email(), "EMAIL_ADDRESS"), "url": lambda: (self.url(), "URL"),
                "ip": lambda: (".".join(str(rng.randint(11, 223)) for _ in range(4)), "IP_ADDRESS"),
                "date": lambda: (self.date(), "DATE_TIME"), "dob": lambda: (self.date(1935, 2015), "DATE_OF_BIRTH"),
                "year": lambda: (str(rng.randint(1938, 2006)), "DATE_TIME"), "age": lambda: (self.age(), "AGE"),
                "zip": lambda: (self.postcode(), "POSTAL_CODE"), "user": lambda: (self.username(), "USERNAME"),
                "title": lambda: (rng.choice(TITLES), "TITLE"), "nrp": lambda: (rng.choice(NATIONS), "NRP"),
                "mrn": lambda: (rng.choice(["", "", "M", "H-"]) + str(rng.randint(10**5, 10**8)), "MEDICAL_RECORD_NUMBER"),
                "acct": lambda: (str(rng.randint(10**7, 10**11)), "US_BANK_NUMBER"),
                "dl": lambda: (rng.choice("ABCDEFGHKLMNPRSTW") + str(rng.randint(10**6, 10**7 - 1)), "US_DRIVER_LICENSE"),
                "pass": lambda: (rng.choice(["", "", "C", "X"]) + str(rng.randint(10**7, 10**8 - 1)) + str(rng.randint(0, 9)), "US_PASSPORT"),
                "case": lambda: (f"{rng.randint(100, 99999)}/{rng.randint(2, 25):02}", "CASE_NUMBER"),
                "init": lambda: (self.initials(), "INITIALS")}.get(slot)
        return make() if make else None
