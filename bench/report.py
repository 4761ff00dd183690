#!/usr/bin/env python3
"""Tables and plots of docs/ from bench/results/*.json: `dev/bench report`.

What stands between `<!-- NAME -->` and `<!-- /NAME -->` in a page is written
anew; so are the plots. `--check` writes nothing and ends with 1 when a page or
plot is not what the results say.
"""
import argparse
import re
import sys
from math import ceil
from pathlib import Path

import plots
import record
from model import PARTS, machines, model

TOP = Path(__file__).resolve().parent.parent
DOCS = TOP / "docs"
WHO = ["vigie", "vigie-2", "flink-heap", "flink-rocksdb", "kafka-streams", "rsigma"]
STATE = {"small": "200 actors", "large": "200,000 actors"}
RATE, LOADED = 1_000_000, 0.6
SPEED = [("events/s", "events_per_s", "{:,.0f}"), ("a CPU-second", "per_cpu_s", "{:,.0f}"),
         ("with Redis and broker", "per_cpu_s_all", "{:,.0f}"), ("peak MB", "peak_mb", "{:,.0f}"),
         ("start, s", "start_s", "{:.1f}")]


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def table(*heads):
    return [row(*heads), row("---", *["--:"] * (len(heads) - 1))]


def three(spread, form):
    if spread is None:
        return "-"
    said = [form.format(spread[w]) for w in ("min", "median", "max")]
    return " / ".join(said) if len(set(said)) > 1 else said[0]


def loads(runs):
    low, high = min(r["load"][0] for r in runs), max(r["load"][0] for r in runs)
    return f"{low:.1f}" if low == high else f"{low:.1f} to {high:.1f}"


def loads_of(kept):
    """(state, events) of every load that was run, small states and short loads first."""
    found = {(r["state"], r["events"]) for r in kept.find(kind="speed")}
    return sorted(found, key=lambda load: (load[0] != "small", load[1]))


def speed_table(kept, state, count):
    out = table("program", "rounds", *[title for title, _, _ in SPEED], "load at start")
    for who in WHO:
        runs = kept.find(kind="speed", state=state, events=count, who=who)
        if runs:
            cells = [three(record.spread(runs, f), form) for _, f, form in SPEED]
            out.append(row(who, str(len(runs)), *cells, loads(runs)))
    return out if len(out) > 2 else []


def ratio(kept, mine, peer, load):
    """Medians of one of vigie's rows over a peer's: wall, and CPU with all counted."""
    found = []
    for figure in ("events_per_s", "per_cpu_s_all"):
        both = [record.spread(kept.find(kind="speed", state=load[0], events=load[1], who=who), figure)
                for who in (mine, peer)]
        if None in both:
            return "-"
        found.append(f"{both[0]['median'] / both[1]['median']:.2f}")
    return ", ".join(found)


def against(kept):
    """Each of vigie's rows beside each peer's that does the same job."""
    every = loads_of(kept)
    out = table("wall, CPU", *[f"{STATE[s]}, {plots.short(n)}" for s, n in every])
    for peer in WHO[2:5]:
        for mine in WHO[:2]:
            out.append(row(f"{mine} / {peer}", *[ratio(kept, mine, peer, load) for load in every]))
    return out


def speed(kept):
    out = []
    for state, count in loads_of(kept):
        found = speed_table(kept, state, count)
        if found:
            out += [f"**{STATE[state]}, {count:,} events** (min / median / max)", "", *found, ""]
    return out + against(kept)


def milliseconds(runs, what):
    runs = [r for r in runs if r.get(what)]
    if not runs:
        return ["-"] * 3
    return [three(record.spread([r[what] for r in runs], q), "{:,.0f}") for q in
            ("p50_ms", "p99_ms", "max_ms")]


def live(kept):
    out = table("program", "rounds", "alert p50, ms", "p99", "max", "count p50, ms", "p99", "max",
                "first alert after start, s", "first after kill -9, s", "settled, s", "load at start")
    for who in WHO:
        runs = kept.find(kind="live", who=who)
        if runs:
            out.append(row(who, str(len(runs)), *milliseconds(runs, "alert"), *milliseconds(runs, "count"),
                           *[three(record.spread(runs, f), "{:.1f}")
                             for f in ("start_s", "recovery_s", "settled_s")], loads(runs)))
    return out if len(out) > 2 else ["Not measured yet."]


def machine(kept):
    m = kept.read()["machine"]
    return [f"{m['processors']} processors ({m['processor']}), {m['memory_gib']} GiB, {m['system']}, "
            f"Linux {m['kernel']}; {m['java']}; vigie at `{m['vigie']}`; first run "
            f"{min(r['at'] for r in kept.read()['runs'])}."]


def bars_of(kept, what):
    panels = []
    for state, count in loads_of(kept):
        rows = [(who, record.spread(kept.find(kind="speed", state=state, events=count, who=who), what))
                for who in WHO]
        rows = [(who, found) for who, found in rows if found]
        if rows:
            panels.append((f"{STATE[state]}, {plots.short(count)} events", rows))
    return panels


def processes(kept):
    first = kept.find(kind="processes", processes=1, shards=1)[0]
    cores = kept.read()["machine"]["processors"]
    out = table("ingest processes", "Redis", "events/s", "model", "what ends it", "us an event: ingest",
                "alert", "Redis", "broker", "load at start")
    for run in kept.find(kind="processes"):
        said = model(first["us"], run["processes"], run["shards"], cores)
        out.append(row(str(run["processes"]), str(run["shards"]), f"{run['events_per_s']:,.0f}",
                       f"{said['model_per_s']:,.0f}", said["model_limit"],
                       *[f"{run['us'][w]:.2f}" for w in ("ingest", "alert", "redis", "broker")],
                       f"{run['load'][0]:.1f}"))
    return out


def coalition(kept):
    """What RATE events/s need, nothing loaded beyond LOADED, at the costs of one process."""
    costs = kept.find(kind="processes", processes=1, shards=1)[0]["us"]
    need = machines(costs, RATE, LOADED)
    pieces = {"ingest": lambda n: f"{ceil(n / 2)} processes of 2 workers",
              "alert": lambda n: f"{ceil(n)} leaders, each of its own deployment",
              "redis": lambda n: f"{ceil(n)} primaries, each of one thread",
              "broker": lambda n: "as the brokers are: from 3 for safety"}
    out = table("part", "us an event", f"processors at {LOADED:.0%} load", "which is")
    for part in PARTS:
        out.append(row(part, f"{costs[part]:.2f}", f"{need[part]:.1f}", pieces[part](need[part])))
    return [*out, row("all", f"{sum(costs[p] for p in PARTS):.2f}", f"{need['cores']:.1f}", "")]


def cardinality(kept):
    out = table("pairs", "events", "cells", "events/s", "us an event: ingest", "alert", "Redis",
                "Redis, bytes a cell", "alert's process, bytes a cell", "Redis, MB", "load at start")
    for run in sorted(kept.find(kind="cardinality"), key=lambda r: r["pairs"]):
        out.append(row(f"{run['pairs']:,}", f"{run['events']:,}",
                       f"{run['cells_series'] + run['cells_tracks']:,}", f"{run['events_per_s']:,.0f}",
                       *[f"{run['us'][w]:.2f}" for w in ("ingest", "alert", "redis")],
                       f"{run['redis_bytes_a_cell']:.0f}", f"{run['view_bytes_a_cell']:.0f}",
                       f"{run['redis_bytes'] / (1 << 20):,.0f}", f"{run['load'][0]:.1f}"))
    return out if len(out) > 2 else ["Not measured yet."]


def scaling_plots(kept):
    first = kept.find(kind="processes", processes=1, shards=1)
    cores, found = kept.read()["machine"]["processors"], {}
    one = sorted((r["processes"], r["events_per_s"]) for r in kept.find(kind="processes", shards=1))
    if first:
        found["scaling-processes.svg"] = plots.lines(
            "Ingest processes on 64 partitions, one Redis", "ingest processes", "events/s",
            {"measured": one, "model": [(n, model(first[0]["us"], n, 1, cores)["model_per_s"])
                                        for n, _ in one]})
    grown = sorted(kept.find(kind="cardinality"), key=lambda r: r["pairs"])
    if len(grown) > 1:
        found["scaling-cardinality.svg"] = plots.lines(
            "What an event costs as names grow", "pairs of actor and country", "us of CPU an event",
            {w: [(r["pairs"], r["us"][w]) for r in grown] for w in ("ingest", "redis", "alert")})
    return found


def made(results):
    """{file: (what each section is now)} and {plot: text} of the results that are there."""
    pages, drawn = {}, {}
    compared, scaled = (record.Record(results / f"{n}.json") for n in ("compare", "scaling"))
    if compared.path.exists():
        pages["performance.md"] = {"compare": speed(compared), "live": live(compared),
                                   "machine": machine(compared)}
        for what, title in (("events_per_s", "Events a second"), (
                "per_cpu_s_all", "Events a CPU-second, Redis and broker counted"), (
                "peak_mb", "Peak memory of the program, MB")):
            drawn[f"compare-{what.replace('_', '-')}.svg"] = plots.bars(
                title + ": median, least to most", bars_of(compared, what))
    if scaled.path.exists():
        pages["scaling.md"] = {"processes": processes(scaled), "coalition": coalition(scaled),
                               "cardinality": cardinality(scaled),
                               "machine": machine(scaled)}
        drawn.update(scaling_plots(scaled))
    return pages, drawn


def filled(page, sections):
    for name, lines in sections.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
        assert mark.search(page), f"no section {name}"
        body = "\n".join(lines) + "\n"
        page = mark.sub(lambda m: f"{m[1]}\n{body}\n{m[2]}", page)  # noqa: B023
    return page


def main():
    args = argparse.ArgumentParser(prog="dev/bench report", description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--check", action="store_true")
    args.add_argument("--results", type=Path, default=record.RESULTS)
    args.add_argument("--docs", type=Path, default=DOCS)
    opt = args.parse_args()
    pages, drawn = made(opt.results)
    want = {name: filled((opt.docs / name).read_text(), sections) for name, sections in pages.items()}
    stale = [name for name, text in {**want, **drawn}.items()
             if not (opt.docs / name).exists() or (opt.docs / name).read_text() != text]
    for name in stale:
        print(f"docs/{name}: {'not what the results say; run dev/bench report' if opt.check else 'written'}")
        if not opt.check:
            (opt.docs / name).write_text({**want, **drawn}[name])
    return 1 if stale and opt.check else 0


if __name__ == "__main__":
    sys.exit(main())
