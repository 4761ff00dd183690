#!/usr/bin/env python3
"""Draw a terminal: picture.py < TEXT > FILE.svg. docs/demo.svg is made with
`dev/demo --once 2>/dev/null | dev/demo.d/picture.py > docs/demo.svg`."""
import re
import sys
from html import escape

LINE, CHAR, PAD = 19, 8.2, 22
INK, PAPER, BAR, ALERT, DIM = "#d7dde8", "#10151f", "#4aa3df", "#ffb454", "#7d8899"


def colour(line):
    if line.lstrip().startswith("ALERT"):
        return ALERT
    if re.match(r"\s+(events in|https?:)", line):
        return DIM
    return INK


def spans(line):
    """The line, its bar in a colour of its own."""
    m = re.match(r"(.*?)(#+)$", line)
    if not m:
        return escape(line)
    bar = "\u2588" * len(m[2])
    return f'{escape(m[1])}<tspan fill="{BAR}">{bar}</tspan>'


def main():
    lines = ["$ ./dev/demo", *[line.rstrip() for line in sys.stdin]]
    lines = [re.sub(r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:8080", line) for line in lines]
    width = max(len(line) for line in lines) * CHAR + 2 * PAD
    height = len(lines) * LINE + 2 * PAD
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
          f'role="img" aria-label="the demo in a terminal">')
    print(f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>')
    print('<g font-family="ui-monospace,Menlo,Consolas,monospace" font-size="13.6" '
          'xml:space="preserve">')
    for n, line in enumerate(lines):
        print(f'<text x="{PAD}" y="{PAD + 14 + n * LINE}" fill="{colour(line)}">{spans(line)}</text>')
    print("</g></svg>")


main()
