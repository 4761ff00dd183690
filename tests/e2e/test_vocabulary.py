"""The compiled vocabulary against the clusters and ISO 3166 themselves, as facts."""
import csv
import gzip
import json
import struct
import subprocess
import unicodedata

import pytest
from harness import TOP


def texts(image, section, size, *places):
    """Rows of texts (offset and bytes at each of `places`) and all their numbers."""
    at, count = struct.unpack_from("<2I", image, 56 + 8 * section)
    base = struct.unpack_from("<I", image, 56)[0]
    for i in range(count):
        row = struct.unpack_from(f"<{size // 4}I", image, at + i * size)
        yield [image[base + row[p]:base + row[p] + row[p + 1]] for p in places], row


def key(name):
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.replace("\u0131", "i").replace("i\u0307", "i").split()).encode()


@pytest.fixture(scope="module")
def clusters(tmp_path_factory):
    def make(folder):
        out = tmp_path_factory.mktemp("vocabulary") / "vocabulary.bin"
        subprocess.run([TOP / "dev" / "vocab", out, "--clusters", folder], check=True)
        image = out.read_bytes()
        return {k: (shown.decode(), row[5]) for (k, shown), row in texts(image, 5, 24, 0, 2)}, image
    return make


def test_each_name_of_the_clusters_is_its_actors_and_27_are_ambiguous(data, clusters):
    keys, _ = clusters(data / "vocab")
    with gzip.open(data / "vocab" / "misp_threat-actor.json.gz", "rt") as text:
        rows = json.load(text)["values"]
    owners = {}
    for row in rows:
        for name in [row["value"], *row.get("meta", {}).get("synonyms", [])]:
            owners.setdefault(key(name.strip()), set()).add(row["value"].strip())
    ambiguous = {k for k, who in owners.items() if len(who) > 1}
    assert len(ambiguous) == 27
    for k, who in owners.items():
        shown, n = keys[k]
        assert n == len(who), k
        assert shown in who if n == 1 else key(shown) == k


def test_each_technique_of_the_clusters_is_listed(data, clusters):
    _, image = clusters(data / "vocab")
    with gzip.open(data / "vocab" / "misp_mitre-attack-pattern.json.gz", "rt") as text:
        want = {row["meta"]["external_id"] for row in json.load(text)["values"]}
    want = {id_ for id_ in want if id_[1:2].isdigit()}  # not tactics, TA0001
    have = set()
    for _, row in texts(image, 8, 16, 2):
        top, sub = divmod(row[0], 1001)
        have.add(f"T{top:04}" + (f".{sub - 1:03}" if sub else ""))
    assert have == want


def test_the_countries_are_those_of_iso(data, tmp_path):
    out = tmp_path / "countries.h"
    source = "/usr/share/iso-codes/json/iso_3166-1.json"
    subprocess.run(["python3", TOP / "dev" / "vocab.py", "countries", source, out], check=True)
    with gzip.open(data / "vocab" / "iso3166_all.csv.gz", "rt") as text:
        rows = list(csv.DictReader(text))
    made = out.read_text()
    for row in rows:
        assert f'\t"{row["alpha-2"]}",\n' in made
        assert f'\t{{"{row["alpha-3"].lower()}", ' in made
    assert f"COUNTRIES = {len(rows) + 1}," in made  # and XK
