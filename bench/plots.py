"""Small plots as SVG: text that a diff shows, and no library to pin.

Bars lie, with their least and most as a whisker; lines have both axes as they
are told. Both are the same for the same figures.
"""
from html import escape
from math import floor, log, log10

FONT = 'font-family="system-ui, sans-serif" font-size="12"'
OURS, OTHERS, INK, PALE = "#0b7285", "#adb5bd", "#212529", "#dee2e6"
LINES = ["#0b7285", "#e8590c", "#5f3dc4", "#2b8a3e"]
LABEL, BAR, ROW, WIDTH = 120, 380, 22, 640


def short(value):
    """430k, 1.2M, 12, 0.35: three figures at most."""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def text(x, y, words, anchor="start", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}" {more}>{escape(words)}</text>'


def line(x1, y1, x2, y2, colour=INK, more=""):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {more}/>')


def page(height, title, parts):
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
            f'viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}" {FONT}>')
    ground = f'<rect width="{WIDTH}" height="{height:.0f}" fill="#ffffff"/>'
    return "\n".join([head, ground, text(12, 22, title, more='font-size="15" font-weight="600"'),
                      *parts, "</svg>"]) + "\n"


def one_bar(y, most, name, spread):
    scale = BAR / most
    end, low, high = (spread[w] * scale for w in ("median", "min", "max"))
    middle, colour = y + ROW / 2 - 2, OURS if name.startswith("vigie") else OTHERS
    return [text(LABEL - 8, y + 13, name, "end"),
            f'<rect x="{LABEL}" y="{y}" width="{max(end, 1):.1f}" height="{ROW - 5}" fill="{colour}"/>',
            line(LABEL + low, middle, LABEL + high, middle, more='stroke-width="2"'),
            text(LABEL + max(end, high) + 6, y + 13, short(spread["median"]))]


def bars(title, panels):
    """Panels of (title, [(name, spread)]), each with a scale of its own."""
    parts, y = [], 38
    for heading, rows in panels:
        parts.append(text(LABEL, y + 12, heading, more='font-weight="600"'))
        y += 20
        most = max(spread["max"] for _, spread in rows)
        for name, spread in rows:
            parts += one_bar(y, most, name, spread)
            y += ROW
        y += 8
    return page(y + 4, title, parts)


def by_factor(values, length):
    """Where each value lies on an axis that grows by factors."""
    low = min(values)
    whole = log(max(values) / low) or 1
    return {v: log(v / low) / whole * length for v in values}


def steps_of(most):
    """Round steps from 0 to beyond `most`, six at the most."""
    size = 10.0 ** floor(log10(most))
    step = next(size * m for m in (0.2, 0.5, 1, 2) if most / (size * m) <= 5)
    return [step * n for n in range(int(most / step) + 2)]


def lines(title, across, down, series):
    """Across by factors, down from 0. `series`: {name: [(x, y)]}; `across`, `down`: what axes are."""
    left, top, width, height = 70, 60, 430, 230
    at_x = by_factor(sorted({x for points in series.values() for x, _ in points}), width)
    steps = steps_of(max(y for points in series.values() for _, y in points))
    down_at = lambda y: top + height - y / steps[-1] * height  # noqa: E731
    parts = [text(left, 44, down), text(left + width / 2, top + height + 36, across, "middle")]
    for value in steps:
        parts += [line(left, down_at(value), left + width, down_at(value), PALE),
                  text(left - 6, down_at(value) + 4, short(value), "end")]
    for value, x in at_x.items():
        parts.append(text(left + x, top + height + 18, short(value), "middle"))
    for n, (name, points) in enumerate(series.items()):
        dots = [(left + at_x[x], down_at(y)) for x, y in points]
        colour = LINES[n % len(LINES)]
        drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
        parts.append(f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in dots]
        parts += [line(left + width + 12, top + 12 + n * 20, left + width + 30, top + 12 + n * 20, colour,
                       'stroke-width="2"'), text(left + width + 36, top + 16 + n * 20, name)]
    return page(top + height + 50, title, parts)
