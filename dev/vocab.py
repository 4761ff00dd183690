#!/usr/bin/env python3
"""Compile the vocabulary from packages; docs/vocabulary.md describes all of it.

usage: vocab.py countries ISO_3166-1.json OUT.h
       vocab.py actors WHEEL|FOLDER OUT

countries: ISO 3166-1 (Debian's iso-codes) to a C header of const tables.
actors:    the MISP galaxy clusters of the wheel pymispgalaxies, or of a folder
           of cluster files, to the file that vigie maps; its licence notes go
           to OUT with .LICENSE in place of the suffix.
"""
import gzip
import hashlib
import json
import re
import struct
import sys
import unicodedata
import zipfile
from pathlib import Path

# What sensors write for a country and ISO does not. Ours.
COUNTRY_ALIASES = {
    "UK": "GB", "Great Britain": "GB", "Britain": "GB", "England": "GB", "Scotland": "GB",
    "Wales": "GB", "Northern Ireland": "GB", "UAE": "AE", "Emirates": "AE", "EL": "GR",
    "Hellas": "GR", "USA": "US", "U.S.": "US", "U.S.A.": "US", "America": "US",
    "United States of America": "US", "Russia": "RU", "South Korea": "KR", "North Korea": "KP",
    "Republic of Korea": "KR", "DPRK": "KP", "ROK": "KR", "PRC": "CN", "Mainland China": "CN",
    "KSA": "SA", "Iran": "IR", "Syria": "SY", "Vietnam": "VN", "Laos": "LA", "Brunei": "BN",
    "Bolivia": "BO", "Venezuela": "VE", "Tanzania": "TZ", "Moldova": "MD", "Palestine": "PS",
    "Palestinian Territories": "PS", "Taiwan": "TW", "Macau": "MO", "Macedonia": "MK",
    "Swaziland": "SZ", "Cape Verde": "CV", "Ivory Coast": "CI", "Burma": "MM",
    "East Timor": "TL", "Turkey": "TR", "Turkiye": "TR", "Czech Republic": "CZ",
    "Holland": "NL", "Vatican": "VA", "Vatican City": "VA", "Micronesia": "FM",
    "DR Congo": "CD", "DRC": "CD", "Congo-Kinshasa": "CD", "Congo-Brazzaville": "CG",
    "Republic of the Congo": "CG", "Falkland Islands": "FK", "Virgin Islands": "VI",
    "British Virgin Islands": "VG", "Saint Martin": "MF", "Sint Maarten": "SX",
    "Reunion": "RE", "Curacao": "CW", "Aland": "AX", "XKX": "XK", "Republic of Kosovo": "XK",
}
# What stands where a country should and is none.
NO_COUNTRY = {
    "EU": "European Union", "EZ": "Eurozone", "AP": "Asia and Pacific", "UN": "United Nations",
    "A1": "Anonymous proxy", "A2": "Satellite provider", "O1": "Other", "T1": "Tor",
    "XX": "Unknown", "ZZ": "Unknown", "AA": "Unknown", "--": "Unknown", "N/A": "Unknown",
    "None": "Unknown", "Europe": "Europe", "Asia": "Asia", "Africa": "Africa",
    "North America": "North America", "South America": "South America", "Oceania": "Oceania",
    "Middle East": "Middle East", "Private": "Private network", "Reserved": "Reserved network",
    "International": "International", "NATO": "NATO", "Satellite Provider": "Satellite provider",
    "Anonymous Proxy": "Anonymous proxy", "Global": "Global", "Worldwide": "Global",
}

# Words in an actor's place that name nobody, whatever a cluster calls so.
NOBODY = {"unknown", "none", "other", "test", "generic", "unattributed", "n/a", "null"}
NAME_MAX = 128  # bytes, as the event format allows
# Default-ignorable code points that are not of category Cf.
IGNORED = {0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)}


def fold(text):
    """The key of a name, as core/fold.c makes it; tests hold them together."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = "".join(c for c in text
                   if unicodedata.category(c) != "Cf" and ord(c) not in IGNORED)
    # Turkish: a name meets itself in each of its casings.
    text = unicodedata.normalize("NFKC", text.replace("\u0131", "i").replace("i\u0307", "i"))
    spaced = "".join(" " if unicodedata.category(c)[0] == "Z" else c for c in text)
    return re.sub(" +", " ", spaced).strip(" ")


def squeeze(key):
    """The key without spaces and punctuation, for a second try."""
    return "".join(c for c in key if unicodedata.category(c)[0] not in "ZP")


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


# Countries

def country_key(text):
    """Two letters are a code and stay in capitals; what is longer is a name."""
    return text if len(text) == 2 else squeeze(fold(text))


def countries(path):
    rows = json.loads(Path(path).read_text(encoding="utf-8"))["3166-1"]
    names = {r["alpha_2"]: r.get("common_name", r["name"]) for r in rows}
    names.setdefault("XK", "Kosovo")
    for code in names:
        if not (len(code) == 2 and code.isascii() and code.isupper()):
            raise SystemExit(f"{path}: not an alpha-2 code: {code!r}")
    written = {}
    for r in rows:
        for member in ("alpha_3", "name", "common_name", "official_name"):
            if member in r:
                written.setdefault(country_key(r[member]), r["alpha_2"])
    for alias, code in {**COUNTRY_ALIASES, "Kosovo": "XK"}.items():
        if alias in names or written.setdefault(country_key(alias), code) != code:
            raise SystemExit(f"{alias!r} is a country already, and not {code}")
    for alias in NO_COUNTRY:
        if alias in names or written.setdefault(country_key(alias), "") != "":
            raise SystemExit(f"{alias!r} is a country")
    return sorted(names.items()), sorted(written.items(), key=lambda x: x[0].encode())


def header(rows, written):
    index = {code: i for i, (code, _) in enumerate(rows)}
    letters = [chr(ord("A") + i) for i in range(26)]
    yield "/* Made by dev/vocab.py from iso-codes; do not edit. */"
    yield f"enum {{ COUNTRIES = {len(rows)}, COUNTRY_KEYS = {len(written)} }};"
    yield "static const char *const country_code[COUNTRIES] = {"
    for code, _ in rows:
        yield f"\t{c_string(code)},"
    yield "};"
    yield "static const char *const country_name[COUNTRIES] = {"
    for _, name in rows:
        yield f"\t{c_string(name)},"
    yield "};"
    yield "/* [first letter][second letter]: index above, or -1 */"
    yield "static const int16_t country_at[26][26] = {"
    for a in letters:
        cells = ", ".join(str(index.get(a + b, -1)) for b in letters)
        yield f"\t{{{cells}}},"
    yield "};"
    yield "/* Folded spellings in the order of their bytes; -1: no country */"
    yield "static const struct {\n\tconst char *key;\n\tint16_t index;\n} country_key[COUNTRY_KEYS] = {"
    for key, code in written:
        yield f"\t{{{c_string(key)}, {index.get(code, -1)}}},"
    yield "};"


# Actors and techniques

WHEEL_CLUSTERS = "pymispgalaxies/data/misp-galaxy/clusters/"
LICENCE = "CC0-1.0 or BSD-2-Clause (MISP galaxy)"
MITRE = "CC0-1.0 or BSD-2-Clause (MISP galaxy); ATT&CK is (c) The MITRE Corporation"
# In order of precedence: the first that knows a name decides whose it is.
SOURCES = [("threat-actor", LICENCE), ("mitre-intrusion-set", MITRE), ("ransomware", LICENCE)]
TECHNIQUES = ("mitre-attack-pattern", MITRE)


class Clusters:
    """Cluster files of a wheel, or of a folder (NAME.json, misp_NAME.json.gz)."""

    def __init__(self, where):
        self.where = Path(where)
        self.wheel = None if self.where.is_dir() else zipfile.ZipFile(self.where)

    def read(self, name):
        if self.wheel:
            return json.loads(self.wheel.read(f"{WHEEL_CLUSTERS}{name}.json"))
        plain = self.where / f"{name}.json"
        if plain.exists():
            return json.loads(plain.read_text(encoding="utf-8"))
        with gzip.open(self.where / f"misp_{name}.json.gz", "rt", encoding="utf-8") as text:
            return json.load(text)

    def licence(self):
        if self.wheel:
            return self.wheel.read("pymispgalaxies/data/misp-galaxy/LICENSE.md").decode()
        return "see the folder that the clusters came from\n"


def usable(name):
    return (isinstance(name, str) and 0 < len(name.encode()) <= NAME_MAX
            and fold(name) not in {"", *NOBODY}
            and not any(ord(c) < 0x20 or ord(c) == 0x7F for c in name))


class Actor:
    def __init__(self, name, source):
        self.name, self.id, self.sources, self.spellings = name, "", 1 << source, {}


class Names:
    """key -> actors in the order found, with the spelling and source of the first."""

    def __init__(self, actors):
        self.actors, self.rows = actors, {}

    def add(self, key, spelling, actor, source):
        text, known, whose = self.rows.setdefault(key, (spelling, source, []))
        if known == source and actor not in whose:
            whose.append(actor)

    def of(self, name):
        return self.rows.get(fold(name).encode(), ("", 0, []))[2]

    def spell(self, actor, spelling, source):
        if not usable(spelling):
            return
        self.actors[actor].spellings.setdefault(spelling, source)
        self.actors[actor].sources |= 1 << source
        key = fold(spelling)
        self.add(key.encode(), spelling, actor, source)
        if squeeze(key):
            self.add(b"\x01" + squeeze(key).encode(), spelling, actor, source)


def synonyms(row):
    return [s.strip() for s in row.get("meta", {}).get("synonyms", []) if isinstance(s, str)]


def join(found, title, id_):
    """The actor that an earlier source has already, or -1: by the group's id, else by name."""
    for key in (fold(id_), fold(title), "\x01" + squeeze(fold(title))):
        if len(found.get(key, [])) == 1:
            return found[key][0]
    return -1


def collect(clusters):
    actors, versions = [], []
    names = Names(actors)
    for source, (cluster, licence) in enumerate(SOURCES):
        doc = clusters.read(cluster)
        versions.append((cluster, str(doc.get("version", "")), licence))
        found = {key.decode(): row[2][:] for key, row in names.rows.items()}
        for row in doc["values"]:
            title = row["value"].strip()
            id_ = row.get("meta", {}).get("external_id", "") if cluster.startswith("mitre") else ""
            plain = re.sub(rf" - {id_}$", "", title) if id_ else title
            if not usable(plain):
                continue
            actor = join(found, plain, id_)
            if actor < 0:
                actor = len(actors)
                actors.append(Actor(plain, source))
            actors[actor].id = actors[actor].id or id_
            for spelling in [plain, *synonyms(row), *([title, id_] if id_ else [])]:
                names.spell(actor, spelling, source)
    doc = clusters.read(TECHNIQUES[0])
    versions.append((TECHNIQUES[0], str(doc.get("version", "")), TECHNIQUES[1]))
    techniques = {}
    for row in doc["values"]:
        id_ = row.get("meta", {}).get("external_id", "")
        if re.fullmatch(r"T\d{4}(\.\d{3})?", id_):
            techniques[code_of(id_)] = re.sub(rf" - {re.escape(id_)}$", "", row["value"].strip())
    return actors, names, sorted(techniques.items()), versions


def code_of(id_):
    """T1234 -> 1234000 + 0; T1234.567 -> 1234000 + 567 + 1."""
    top, _, sub = id_[1:].partition(".")
    return int(top) * 1001 + (int(sub) + 1 if sub else 0)


MASK = (1 << 64) - 1


def hash_of(key):
    h = (len(key) * 0x9E3779B97F4A7C15) & MASK
    for i in range(0, len(key), 8):
        h = ((h ^ int.from_bytes(key[i:i + 8], "little")) * 0x9FB21C651E98DF25) & MASK
        h ^= h >> 32
    return h


class Text:
    def __init__(self):
        self.blob, self.at = bytearray(), {}

    def ref(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        if data not in self.at:
            self.at[data] = len(self.blob)
            self.blob += data
        return self.at[data], len(data)


def slots_of(keys):
    size = 1
    while size < 3 * len(keys):
        size *= 2
    slots = [0] * size
    for i, key in enumerate(keys):
        at = hash_of(key) & (size - 1)
        while slots[at]:
            at = (at + 1) & (size - 1)
        slots[at] = i + 1
    return slots


MAGIC, ORDER, VERSION, HEADER, SECTIONS = b"VGLEXIC\n", 0x01020304, 1, 128, 9


def shown_as(actors, key, spelling, whose):
    """What to count a name under: its actor, or itself as one of its actors is spelt."""
    if len(whose) == 1:
        return actors[whose[0]].name
    own = [actors[a].name for a in whose
           if key in (fold(actors[a].name).encode(),
                      b"\x01" + squeeze(fold(actors[a].name)).encode())]
    return own[0] if own else spelling


def pack(actors, names, techniques, versions, notes):
    text = Text()
    sources = b"".join(struct.pack("<6I", *text.ref(n), *text.ref(v), *text.ref(lic))
                       for n, v, lic in versions)
    actor_rows, spelling_rows, n_spellings = b"", b"", 0
    for a in actors:
        actor_rows += struct.pack("<8I", *text.ref(a.name), *text.ref(a.id), n_spellings,
                                  len(a.spellings), a.sources, 0)
        n_spellings += len(a.spellings)
        for spelling, source in a.spellings.items():
            spelling_rows += struct.pack("<4I", *text.ref(spelling), source, 0)
    keys = sorted(names.rows)
    key_rows, refs = b"", []
    for key in keys:
        spelling, _, whose = names.rows[key]
        shown = shown_as(actors, key, spelling, whose)
        key_rows += struct.pack("<6I", *text.ref(key), *text.ref(shown), len(refs), len(whose))
        refs += whose
    slots = slots_of(keys)
    technique_rows = b"".join(struct.pack("<4I", code, 0, *text.ref(name))
                              for code, name in techniques)
    sections = [(bytes(text.blob), 1), (notes.encode(), 1), (sources, 24), (actor_rows, 32),
                (spelling_rows, 16), (key_rows, 24), (struct.pack(f"<{len(refs)}I", *refs), 4),
                (struct.pack(f"<{len(slots)}I", *slots), 4), (technique_rows, 16)]
    assert len(sections) == SECTIONS
    table, body = b"", bytearray()
    for data, size in sections:
        table += struct.pack("<2I", HEADER + len(body), len(data) // size)
        body += data + b"\0" * (-len(data) % 8)
    rest = struct.pack("<2IQ", ORDER, VERSION, HEADER + len(body)) + table + bytes(body)
    return MAGIC + hashlib.sha256(rest).digest() + rest


def notes_of(clusters, versions):
    lines = ["This vocabulary was compiled from the following, unchanged but for the choice of",
             "names, synonyms and identifiers.", ""]
    lines += [f"{name} {version}: {licence}" for name, version, licence in versions]
    return "\n".join(lines) + "\n\nLicence of the MISP galaxy:\n\n" + clusters.licence()


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("countries", "actors"):
        raise SystemExit(__doc__)
    source, out = sys.argv[2], Path(sys.argv[3])
    if sys.argv[1] == "countries":
        out.write_text("\n".join(header(*countries(source))) + "\n", encoding="utf-8")
        return
    clusters = Clusters(source)
    actors, names, techniques, versions = collect(clusters)
    notes = notes_of(clusters, versions)
    # Whole or not at all: a running vigie may have the old one mapped.
    fresh = out.with_name(out.name + ".new")
    fresh.write_bytes(pack(actors, names, techniques, versions, notes))
    out.with_suffix(".LICENSE").write_text(notes, encoding="utf-8")
    fresh.replace(out)


main()
