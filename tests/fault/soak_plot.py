"""The report of a soak as one picture: memory of each process, records counted, and the faults."""
from html import escape

WIDTH, HIGH, LEFT, TOP = 860, 150, 70, 28
COLOURS = {"alert and api": "#0b6e99", "ingest": "#b3541e", "redis": "#5a5f66"}


def scale(values, low, high):
    least, most = min(values), max(values)
    span = (most - least) or 1
    return [high - (v - least) * (high - low) / span for v in values], least, most


def panel(rows, name, top, end):
    """One line over time, with its least and most at the left."""
    points = [(r["at"], r[name]["rss"] / 1e6) for r in rows if r.get(name)]
    heights, least, most = scale([v for _, v in points], top + 4, top + HIGH - 4)
    path = " ".join(f"{LEFT + (WIDTH - LEFT - 10) * at / end:.1f},{y:.1f}"
                    for (at, _), y in zip(points, heights, strict=True))
    return (f'<text x="{LEFT}" y="{top - 6}" class="t">{escape(name)}: resident memory, MB</text>'
            f'<text x="{LEFT - 6}" y="{top + 12}" class="n">{most:.1f}</text>'
            f'<text x="{LEFT - 6}" y="{top + HIGH - 4}" class="n">{least:.1f}</text>'
            f'<rect x="{LEFT}" y="{top}" width="{WIDTH - LEFT - 10}" height="{HIGH}" class="b"/>'
            f'<polyline points="{path}" fill="none" stroke="{COLOURS[name]}"/>')


def draw(found, path):
    rows, end = found["rows"], found["rows"][-1]["at"]
    parts, top = [], TOP + 10
    for name in COLOURS:
        parts.append(panel(rows, name, top, end))
        top += HIGH + 36
    for fault in found["faults"]:
        x = LEFT + (WIDTH - LEFT - 10) * fault["at"] / end
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP + 10}" y2="{top - 36}" class="f">'
                     f'<title>{escape(fault["what"])}</title></line>')
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" '
        'font-family="sans-serif">'
        '<style>.t{font-size:12px}.n{font-size:10px;text-anchor:end}.b{fill:#fff;stroke:#ccc}'
        '.f{stroke:#c00;stroke-dasharray:2 3;stroke-width:.7}</style>'
        f'<rect width="{WIDTH}" height="{top}" fill="#fff"/>'
        f'<text x="{LEFT}" y="16" class="t">{found["minutes"]:g} minutes at {found["rate"]:,} '
        f'events a second; a dashed line is a fault</text>{"".join(parts)}'
        f'<text x="{LEFT}" y="{top - 12}" class="n" style="text-anchor:start">0</text>'
        f'<text x="{WIDTH - 10}" y="{top - 12}" class="n">{end / 60:.0f} min</text></svg>\n')
