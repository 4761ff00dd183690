#!/usr/bin/env python3
"""Decoders against facts about real records, CEF's against a parser that shares no idea with it, and
the order of the tables that a walk relies on.

usage: oracle_formats.py DECODE_CLI DATA [CASES]

Facts are counts by field and a few whole events, written by hand from the records. Without the
folder DATA that part is left out, but with CI=true it fails.
"""
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path


def decode(cli, name, lines):
    done = subprocess.run([cli, name], input="".join(f"{line}\n" for line in lines),
                          text=True, capture_output=True, check=True, encoding="utf-8")
    return [json.loads(line) for line in done.stdout.splitlines()]


def same(got, want, what):
    if got != want:
        sys.exit(f"oracle_formats: {what}:\n  got  {got}\n  want {want}")


def counts(events, member):
    return dict(Counter(e[member] for e in events))


def ms(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def is_within(want, got, what):
    """Every member of `want` is in `got`; of fields, those that are named."""
    for name, value in want.items():
        mine = got[name]
        if name == "fields":
            mine = {k: mine.get(k) for k in value}
        same(mine, value, f"{what}: {name}")


def check_idea(cli, data):
    lines = (data / "idea" / "nemea_idea_examples.ndjson").read_text().splitlines()
    events = decode(cli, "idea0", lines)
    same(counts(events, "verdict"), {"counted": 18}, "idea: verdicts")
    same(counts(events, "category"),
         {"intrusion-attempts": 9, "other": 1, "information-gathering": 4, "availability": 2,
          "intrusions": 2}, "idea: categories")
    same(counts(events, "sensor_kind"), {"netflow": 17, "": 1}, "idea: sensor kinds")
    same(len({e["id"] for e in events}), 18, "idea: ids")
    same(sum(e["count"] for e in events),
         4364 + 15620 + 71 + 62 + 11 + 243 + 34 + 11, "idea: connections")
    same(sum(e["trimmed"] for e in events), 0, "idea: trimmed")
    same(dict(Counter(v for e in events for _, v in e["indicators"])),
         {"1.2.3.6": 2, "6.1.2.7": 2, "128.149.253.8": 2, "1.1.1.1": 3, "1.1.2.1": 1,
          "11.22.12.22": 1, "43.202.103.135": 1, "47.5.21.82": 1, "195.113.82.246": 1,
          "157.7.170.62": 2}, "idea: indicators (no target, no private address)")
    is_within({"id": "b7f0a3b6-05b1-4583-bc46-6e97157d07d3", "sensor": "sipbf", "count": 4364,
               "time_ms": ms("2017-01-05T16:07:41+00:00"), "severity": 5,
               "indicators": [["ipv4", "128.149.253.8"]],
               "fields": {"source.port": "5171", "destination.ip": "84.22.53.170",
                          "destination.port": "5060", "network.transport": "udp",
                          "network.protocol": "sip", "observer.product": "Nemea"}},
              events[4], "idea: line 5")
    is_within({"time_ms": ms("2015-12-14T23:18:50+00:00"), "count": 1,
               "fields": {"destination.port": "22", "rule.category": "Attempt.Login"}},
              events[0], "idea: line 1, without EventTime, with a number for a port")
    is_within({"category": "availability", "fields": {"rule.category": "Availibility.DDoS",
                                                      "network.bytes": "3882916"}},
              events[15], "idea: line 16, whose category is misspelt")


def check_intelmq(cli, data):
    lines = (data / "intelmq" / "aggregate_events.ndjson").read_text().splitlines()
    events = decode(cli, "intelmq", lines)
    for name, want in {"verdict": "counted", "category": "availability", "sensor": "intelmq",
                       "sensor_kind": "feed", "id": "", "count": 1, "severity": 5}.items():
        same(counts(events, name), {want: 25}, f"intelmq: {name}")
    same([e["time_ms"] // 1000 - 1420070400 for e in events],
         [*range(1, 11), *(60 * m for m in (*range(1, 11), 15, 20, 30, 35, 59))],
         "intelmq: times of observation")
    is_within({"indicators": [["ipv4", "192.88.99.28"]],
               "fields": {"source.ip": "192.88.99.28", "destination.ip": "192.0.43.8",
                          "rule.category": "ddos", "rule.name": "ddos"}},
              events[0], "intelmq: line 1")


# CEF by regular expressions: the header by its bars, the extension by where keys begin.
HEADER = re.compile(r"CEF:(\d+)" + r"\|((?:\\.|[^|\\])*)" * 6 + r"\|(.*)$", re.S)
KEY = re.compile(r"(?:^|(?<= ))([\w.\-\[\]]+)=", re.A)
FIELDS = {"act": "event.action", "app": "network.protocol", "reason": "event.reason",
          "fname": "file.name", "shost": "source.domain", "outcome": "event.outcome"}


def plain(text):
    return re.sub(r"\\([\\=|nr])", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), text)


def cef(line):
    """(header, {key: value}) of a line."""
    m = HEADER.search(line)
    at = list(KEY.finditer(m[8]))
    ends = [n.start() - 1 for n in at[1:]] + [len(m[8])]
    pairs = {}
    for key, end in zip(at, ends):
        pairs.setdefault(key[1], plain(m[8][key.end():max(end, key.end())].rstrip(" ")))
    return [plain(m[i]) for i in range(2, 8)], pairs


def some_text(rng, escaped):
    """A value: words, escapes, equals signs that are no key's, letters that are not ASCII."""
    parts = [rng.choice(["alpha", "b c", "x?y", "é", "زر", "\\\\", escaped, "C:\\\\Users", "a,b",
                         "1.2.3.4", "(no user)", ": ", "=", "'"])
             for _ in range(rng.randrange(1, 6))]
    return "".join(p if p != "=" else "\\=" for p in parts)


def check_cef(cli, cases):
    rng = random.Random(2026)
    before = ["", "<134>1 2026-01-02T03:04:05Z fw app - - - ", "<13>Jan  2 03:04:05 fw "]
    lines = []
    for _ in range(cases):
        keys = rng.sample(sorted(FIELDS), rng.randrange(1, 5)) + rng.sample(["x1", "msg", "z.y"], 2)
        rng.shuffle(keys)
        head = "|".join(some_text(rng, "\\|") for _ in range(5))
        pairs = " ".join(f"{k}={some_text(rng, chr(92) + '=')}" for k in keys)
        lines.append(f"{rng.choice(before)}CEF:0|{head}|5|rt=1767323045000 {pairs}")
    for line, e in zip(lines, decode(cli, "cef", lines)):
        header, pairs = cef(line)
        same(e["verdict"], "counted", line)
        want = dict(zip(["observer.vendor", "observer.product", "observer.version", "rule.id",
                         "rule.name"], header))
        want |= {FIELDS[k]: v for k, v in pairs.items() if k in FIELDS}
        is_within({"fields": {k: v or None for k, v in want.items()}}, e, line)
    print(f"oracle_formats: {cases} CEF lines read alike")


def check_tables():
    """Rows of a walk are in the order of their bytes, and no name goes on below its point."""
    n = 0
    for source in sorted((Path(__file__).resolve().parent.parent / "ingest").glob("fmt_*.c")):
        paths = re.findall(r'VG_PATH(?:_SLOT)?\("([^"]+)"', source.read_text())
        same(paths, sorted(set(paths)), f"{source.name}: the order of its rows")
        for path in paths:
            same([p for p in paths if p.startswith(path) and p > path and p[len(path)] < "."], [],
                 f"{source.name}: names that go on from {path}")
        n += len(paths)
    print(f"oracle_formats: {n} rows are in order")


def main():
    cli, data = sys.argv[1], Path(sys.argv[2])
    check_tables()
    check_cef(cli, int(sys.argv[3]) if len(sys.argv) > 3 else 2000)
    if not data.is_dir():
        if os.environ.get("CI") == "true":
            sys.exit(f"oracle_formats: {data} is absent: the facts need the real data")
        print(f"oracle_formats: {data} is absent: the facts were not compared")
        return
    check_idea(cli, data)
    check_intelmq(cli, data)
    print("oracle_formats: the real records decode to the facts")


if __name__ == "__main__":
    main()
