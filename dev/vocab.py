#!/usr/bin/env python3
"""Compile ISO 3166-1 (Debian's iso-codes) to a C header of const tables.

usage: vocab.py iso_3166-1.json OUT.h

XK (Kosovo) is added: the event format allows it, ISO reserves it.
"""
import json
import sys


def countries(path):
    with open(path, encoding="utf-8") as f:
        rows = json.load(f)["3166-1"]
    names = {r["alpha_2"]: r.get("common_name", r["name"]) for r in rows}
    names.setdefault("XK", "Kosovo")
    for code in names:
        if not (len(code) == 2 and code.isascii() and code.isupper()):
            raise SystemExit(f"{path}: not an alpha-2 code: {code!r}")
    return sorted(names.items())


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def header(rows):
    index = {code: i for i, (code, _) in enumerate(rows)}
    letters = [chr(ord("A") + i) for i in range(26)]
    yield "/* Made by dev/vocab.py from iso-codes; do not edit. */"
    yield f"enum {{ COUNTRIES = {len(rows)} }};"
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


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    text = "\n".join(header(countries(sys.argv[1]))) + "\n"
    with open(sys.argv[2], "w", encoding="utf-8") as out:
        out.write(text)


main()
