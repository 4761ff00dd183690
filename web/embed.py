#!/usr/bin/env python3
"""Write files as C constants: embed.py OUT.c [--file PATH FILE]... [DIST].

OUT.c defines vg_web_built_in of api/web.h: each FILE as what PATH answers, and
web/dist; without DIST, no page. Each file is there plain and
compressed, the latter with no time of its own, so that the same sources give
the same binary.
"""
import gzip
import hashlib
import sys
from pathlib import Path

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".json": "application/json",
         ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8"}


def array(name, data):
    rows = [",".join(map(str, data[at:at + 32])) for at in range(0, len(data), 32)]
    return f"static const unsigned char {name}[] = {{\n" + ",\n".join(rows) + "};\n"


def what():
    """(path, file, whether its name changes with what is in it) of each."""
    words = sys.argv[2:]
    while words[:1] == ["--file"]:
        yield words[1], Path(words[2]), False
        words = words[3:]
    for dist in words:
        for path in sorted(p for p in Path(dist).rglob("*") if p.is_file()):
            is_page = path.name == "index.html"
            where = "/" if is_page else "/" + path.relative_to(dist).as_posix()
            yield where, path, not is_page


def main():
    out = Path(sys.argv[1])
    text, rows = ['#include "api/web.h"\n'], []
    for n, (where, path, is_for_ever) in enumerate(what()):
        plain = path.read_bytes()
        small = gzip.compress(plain, 9, mtime=0)
        text += [array(f"plain{n}", plain), array(f"gzip{n}", small)]
        rows.append(f'{{"{where}", "{TYPES[path.suffix]}", "{hashlib.sha256(plain).hexdigest()[:16]}",'
                    f" plain{n}, gzip{n}, {len(plain)}, {len(small)}, {str(is_for_ever).lower()}}},\n")
    if rows:
        text.append("static const struct vg_web_file files[] = {\n" + "".join(rows) + "};\n")
    text.append("const struct vg_web vg_web_built_in = {"
                + (f"files, {len(rows)}" if rows else "0, 0") + "};\n")
    out.write_text("".join(text))


main()
