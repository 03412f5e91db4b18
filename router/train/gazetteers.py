"""Names of people, places and organisations to plant into generated texts."""

import csv
import json
import os

from identities import held_out
from world_names import WORLD

class Gazetteers:
    def __init__(self, folder):
        self.folder = folder
        self.forenames, self.surnames = {}, {}
        for row in self._csv("forenames-by-country.csv"):
            names = self.forenames.setdefault(row["Country"], [])
            for key in ("Romanized Name", "Localized Name"):
                names.extend(n.strip() for n in row[key].split("/") if n.strip())
        for row in self._csv("surnames-by-country.csv"):
            names = self.surnames.setdefault(row["Country"], [])
            for key in ("Romanized Name", "Localized Name"):
                names.extend(n.strip() for n in row[key].split("/") if n.strip())
        for place, (_, first, last) in WORLD.items():
            self.forenames[place], self.surnames[place] = first, last
        self.countries_with_both = sorted(set(self.forenames) & set(self.surnames))
        self.census_first = self._census("female") + self._census("male")
        self.census_last = self._census("last")
        self.common_first = {n.lower() for n, _ in self._census("female")[:700] +
                             self._census("male")[:500]}
        cities = list(self._csv("world-cities.csv"))
        self.cities = sorted({c["name"] for c in cities})
        self.regions = sorted({c["subcountry"] for c in cities if c["subcountry"]})
        self.city_country = [(c["name"], c["country"]) for c in cities]
        us = list(self._csv("us-cities.csv"))
        self.us_cities = [(c["CITY"], c["STATE_NAME"], c["STATE_CODE"]) for c in us]
        self.states = sorted({c["STATE_NAME"] for c in us})
        self.addresses = self._json("us-addresses.json")["addresses"]
        self.countries = self._json("corpora-countries.json")["countries"]
        towns = self._json("corpora-english_towns_cities.json")
        self.towns = towns["towns"] + towns["cities"]
        self.hospitals = self._json("corpora-hospitals.json")["hospitals"]
        self.companies = (self._json("corpora-fortune500.json")["companies"] +
                          [c["name"] for c in self._json("corpora-nasdaq.json")["corporations"]])
        self.nationalities = self._json("corpora-nationalities.json")["nationalities"]
        self.occupations = self._json("corpora-occupations.json")["occupations"]
        self.drugs = self._json("corpora-drugs.json")["drugs"]
        self.diagnoses = [c["desc"] for c in self._json("corpora-diagnoses.json")["codes"]]
        self.symptoms = self._json("corpora-symptoms.json")["symptoms"]
        self.diseases = sorted({d for group in self._json("corpora-diseases.json")["diseases"]
                                for d in group})

    def _csv(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8-sig") as file:
            yield from csv.DictReader(file)

    def _json(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return json.load(file)

    def _census(self, part):
        names = []
        with open(os.path.join(self.folder, f"us-census-1990-{part}.txt")) as file:
            for line in file:
                fields = line.split()
                if len(fields) >= 2:
                    name = fields[0].capitalize()
                    if name.startswith("Mc") and len(name) > 4:
                        name = "Mc" + name[2:].capitalize()
                    names.append((name, float(fields[1])))
        return names

    @staticmethod
    def _weighted(rng, names):
        # Half by frequency, half uniform: the tail is where a tagger fails.
        if rng.random() < 0.5:
            return names[int(len(names) * rng.random() ** 3)][0]
        return rng.choice(names)[0]

    def name_pair(self, rng):
        """A forename and a surname that go together."""
        roll = rng.random()
        if roll < 0.4:
            return self._weighted(rng, self.census_first), self._weighted(rng, self.census_last)
        if roll < 0.92:
            # Public lists are longest for Europe and America.
            country = rng.choice(self.countries_with_both if roll < 0.7 else sorted(WORLD))
            return rng.choice(self.forenames[country]), rng.choice(self.surnames[country])
        first = rng.choice(self.forenames[rng.choice(sorted(self.forenames))])
        last = rng.choice(self.surnames[rng.choice(sorted(self.surnames))])
        return first, last


INVENTED = 0.12  # of the surnames: no list holds every name


def blend(first, second):
    """A name that nobody bears: the beginning of one and the end of another."""
    if min(len(first), len(second)) < 5 or " " in first + second or not (first + second).isascii():
        return first
    return first[:(len(first) + 1) // 2] + second[len(second) // 2:].lower()


class SomeNames:
    """The same lists with some names left to the other side: what is measured was never trained on."""

    def __init__(self, gazetteers, side):
        self._all, self._measure = gazetteers, side == "measure"

    def __getattr__(self, name):
        return getattr(self._all, name)

    def name_pair(self, rng):
        for _ in range(5000):
            first, last = self._all.name_pair(rng)
            if not self._measure and rng.random() < INVENTED:
                last = blend(last, self._all.name_pair(rng)[1])
            pair = first, last
            if all(held_out(name) == self._measure for name in pair):
                return pair
        raise LookupError("no such names")


STREETS = ("Street St St. Avenue Ave Ave. Road Rd Rd. Lane Ln Drive Dr Court Ct Way Boulevard Blvd "
           "Place Terrace Close Crescent Square Gardens Parkway").split()
FOREIGN_STREETS = ["{L}straße {n}", "{L}str. {n}", "Rue {L} {n}", "{n} rue de {L}", "{n} Rue {L}",
                   "Via {L} {n}", "Calle {L} {n}", "Avenida {L} {n}", "Rua {L}, {n}", "{L}gatan {n}",
                   "{L}straat {n}", "ul. {L} {n}", "{L} utca {n}", "{L}vej {n}", "Plaza {L} {n}"]
# Called by what they lead past or remember; {N} one of STREET_NOUNS.
NOUN_STREETS = ["{n} rue de la {N}", "{n}, rue de la {N}", "{n} bis rue de la {N}", "{n} avenue de la {N}", "{n} place de la {N}", "{n} rue de l'Église", "{n} rue du Moulin",
                "{n} rue des Lilas", "{n} place du Marché", "Bahnhofstraße {n}", "Hauptstr. {n}", "Am Markt {n}", "An der Kirche {n}", "Im Wiesengrund {n}",
                "Lange Reihe {n}", "Calle de la Luna {n}", "C/ del Sol, {n}", "Av. de la Constitución {n}", "Plaza Mayor {n}", "Via della Repubblica {n}",
                "Via dei Mille, {n}", "Piazza del Duomo {n}", "Rua da Alegria, {n}", "Praça da Liberdade {n}", "Kerkstraat {n}", "Dorpsplein {n}", "Storgatan {n}",
                "ul. Długa {n}", "ul. Kościelna {n}", "Cumhuriyet Cad. No: {n}", "Jl. Merdeka No. {n}", "Jalan Ampang {n}", "{n}, Station Road", "{n} The Green"]
STREET_NOUNS = "Gare République Liberté Fontaine Poste Mairie Montagne Forêt Plage Croix Vigne Chapelle Tour Victoire Source Colline Prairie Rivière Bourse Soif Harpe Huchette".split()
