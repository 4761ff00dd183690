#!/usr/bin/env python3
"""Write web/dist as C constants: embed.py DIST OUT.c; without DIST, no page.

OUT.c defines vg_web_built_in of api/web.h. Each file is there plain and
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


def main():
    out = Path(sys.argv[-1])
    files = sorted(p for p in Path(sys.argv[1]).rglob("*") if p.is_file()) if sys.argv[2:] else []
    text, rows = ['#include "api/web.h"\n'], []
    for n, path in enumerate(files):
        plain = path.read_bytes()
        small = gzip.compress(plain, 9, mtime=0)
        text += [array(f"plain{n}", plain), array(f"gzip{n}", small)]
        is_page = path.name == "index.html"
        where = "/" if is_page else "/" + path.relative_to(sys.argv[1]).as_posix()
        rows.append(f'{{"{where}", "{TYPES[path.suffix]}", "{hashlib.sha256(plain).hexdigest()[:16]}",'
                    f" plain{n}, gzip{n}, {len(plain)}, {len(small)}, {str(not is_page).lower()}}},\n")
    if rows:
        text.append("static const struct vg_web_file files[] = {\n" + "".join(rows) + "};\n")
    text.append("const struct vg_web vg_web_built_in = {"
                + (f"files, {len(rows)}" if rows else "0, 0") + "};\n")
    out.write_text("".join(text))


main()
