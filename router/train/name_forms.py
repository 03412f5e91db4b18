"""How persons' names are written: the forms of a full name, and what stands beside a name and is no part of it."""

import chat_templates

MIDDLE = "ABCDEFGHJKLMNPRSTVW"
PARTICLES = ["van", "de", "von", "van der", "de la", "al", "bin", "di", "O’", "Le"]
JOINED = ["al-", "Al-", "el-", "bin ", "bint ", "abu ", "ibn ", "ter ", "do ", "dos ", "da ", "zu ", "ap ", "Mc", "Mac", "St. "]
QUOTES = ['""', '""', '""', "“”", "“”", "''", "‘’"]

TITLES = ["Mr. ", "Ms. ", "Mrs. ", "Dr. ", "Dr ", "Mr ", "Ms ", "Prof. ", "Miss ", "Doctor ", "Professor "]
# Of other languages, churches, courts, forces and families.
TITLES_ABROAD = """Herr|Frau|Fräulein|Monsieur|Mme|Mlle|Maître|Señor|Señora|Señorita|Sr.|Sra.|Srta.|Doña|Seu|Signor|Signora|Dott.|Avv.|Ing.|Lic.|Dra.|Mevrouw|Meneer|Mijnheer|Pan|Pani|
Pán|Paní|Gospodin|Gospođa|Kyrios|Kyria|Bayan|Sayın|Ustad|Ustaz|Ustadz|Pandit|Shri|Sri|Smt|Smt.|Kumari|Swami|Guru|Acharya|Maulana|Mullah|Mufti|Hafiz|Qari|Haji|Hajji|
Hajjah|Alhaji|Alhaja|Sheikh|Sheikha|Shaykh|Imam|Ayatollah|Hojatoleslam|Sayyid|Agha|Khanum|Pir|Rabbi|Rav|Rebbetzin|Archimandrite|Metropolitan|Patriarch|Abbot|Abuna|
Father|Fr.|Sister|Brother|Mother|Pastor|Deacon|Canon|Monsignor|Msgr.|Ven.|Venerable|Rev.|Lama|Rinpoche|Ajahn|Luang Por|Phra|Datuk|Datuk Seri|Dato'|Tan Sri|Tun|
Tengku|Tunku|Puan|Encik|Cik|Pak|Bu|Bapak|Ibu|Mbak|Kyai|Khun|Nong|Daw|Chị|Ông|Bà|Lolo|Lola|Kuya|Tito|Tita|Manong|Aling|Mang|Togbe|Chief|Oba|Otunba|Mzee|Bwana|Mama|
Baba|Bibi|Ras|Ato|Woizero|Oom|Tannie|Tata|Ntate|Mwalimu|Kabaka|Induna|Inkosi|Babcia|Wujek|Ciocia|Dziadek|Oma|Opa|Onkel|Tante|Tonton|Papi|Abuela|Abuelo|Tía|Tío|Nonna|
Nonno|Zio|Teta|Khalto|Ammo|Nani|Dadi|Chacha|Mami|Uncle|Auntie|Aunty|Taoiseach|Tánaiste|Deputy|Deputado|Deputada|Delegado|Vereador|Prefeito|Senador|Diputada|Alcalde|
Concejal|Bundeskanzler|Bürgermeister|Ratu|Afioga|Toshao|Cacique|MP|MEP|MK|MLA|TD|SSP|DSP|DIG|ASP|ACP|SHO|PC|PSI|Insp.|Sub-Inspector|Constable|Cpl.|Cpt.|Lt.|Lt. Col.|
Maj. Gen.|Brig.|Adm.|Cdr|Wing Commander|Subedar|Havildar|Magistrate|Advocate|Adv.|Barrister|Attorney|Justice|Lord Justice|Provost|Rector|Headmaster|Matron|Vicar|
Skipper|Capt.|Prof. Dr.|Herr Dr.|Frau Dr.|Frau Prof.|Hon.|Rt Hon.|Mr Justice|Sir|Dame|Hj.|Hjh.|Dr Hj.|Mgr.|Most Rev.|Rev. Fr.|Lt Gen.|Sgt|Cllr|Councillor|Ambassador|Premier|Ombudsman""".replace("\n", "").split("|")
BEHIND = ["-san", "-sama", "-kun", "-chan", "-ssi", " sensei", " Bey", " Hanım", " Efendi", " Abi", " ji", "-ji", " sahib", " Saheb", " bhai", " didi", " Thero", " Rinpoche", " PhD", ", MD", ", QC"]

ALONE = "BCDEFGHJKLMNOPRSTUVW"  # "Mrs K.": what stands for a name


def nickname(rng):
    return rng.choice(chat_templates.SHORT if rng.random() < 0.4 else chat_templates.NICKNAMES)


def person(gazetteers, rng):
    """A full name as somebody might write it."""
    first, last = gazetteers.name_pair(rng)

    def other(part):
        return gazetteers.name_pair(rng)[part]

    roll = rng.random()
    if roll < 0.01:
        return rng.choice(["John Doe", "Jane Doe", "Jane Roe", "Max Mustermann", "John Smith", "John Q. Public"])
    if roll < 0.08:
        return f"{first} {rng.choice(MIDDLE)}. {last}"
    if roll < 0.14:
        return f"{first} {other(0)} {last}"
    if roll < 0.18:
        return f"{first} {last}-{other(1)}"
    if roll < 0.21:
        return f"{first} {rng.choice(PARTICLES)} {last}"
    if roll < 0.24:
        return f"{first} {last} {other(1)}"
    if roll < 0.26:
        return f"{first} {last} {rng.choice(['Jr.', 'Sr.', 'II', 'III'])}"
    if roll < 0.30 and first.isascii():
        return f"{first[0]}. {last}"
    if roll < 0.33 and first.isascii():
        return rng.choice(["{a}.{b}. {l}", "{a}. {b}. {l}", "{a} {b} {l}", "{a}{b} {l}", "{f} {b} {l}"]).format(
            a=first[0], b=rng.choice(MIDDLE), f=first, l=last)
    if roll < 0.36:
        return f"{first} {rng.choice(JOINED)}{last}"
    if roll < 0.38:
        return f"{last.upper()} {first}" if rng.random() < 0.5 else f"{first} {last.upper()}"
    if roll < 0.40:
        before, after = rng.choice(QUOTES)
        return f"{first} {before}{nickname(rng)}{after} {last}"
    if roll < 0.425:
        return f"{first}-{other(0)} {last}"
    if roll < 0.435:
        return f"{first}-{rng.choice(['ul', 'ur', 'al', 'un', 'e', 'ud'])}-{other(0)} {last}"
    if roll < 0.445:
        return f"{first} {rng.choice(['d’', 'D’', 'd' + chr(39), 'D' + chr(39), 'O' + chr(39), 'M' + chr(39), 'N' + chr(39)])}{last}"
    if roll < 0.455:
        return f"{first} {last} {rng.choice(['y', 'e', 'i'])} {other(1)}"
    if roll < 0.465:
        return f"{first} {other(0)} {last}-{other(1)}"
    return f"{first} {last}"


def titled(gazetteers, rng):
    """What stands before a name, the name, and what stands behind it."""
    roll = rng.random()
    first, last = gazetteers.name_pair(rng)
    if roll < 0.06:
        return rng.choice(TITLES), rng.choice(ALONE) + rng.choice(["", ".", "."]), ""
    if roll < 0.6:
        return rng.choice(TITLES), last if rng.random() < 0.6 else person(gazetteers, rng), ""
    name = rng.choice([first, last, f"{first} {last}", person(gazetteers, rng)])
    return ("", name, rng.choice(BEHIND)) if roll < 0.68 else (rng.choice(TITLES_ABROAD) + " ", name, "")
