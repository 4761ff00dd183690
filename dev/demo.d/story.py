#!/usr/bin/env python3
"""The demo's story as canonical events, one file a partner: story.py DIR.

Ordinary noise from five partners' sensors over the last ten minutes, and one
actor, Silent Heron, seen in Morocco, then Israel, then the United Arab
Emirates within six of them. The same on every run but for the clock.
"""
import json
import random
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

PARTNERS = ["MA", "IL", "AE", "US", "BH"]
SPAN_S = 600
NOISE = 240  # events a partner
KINDS = [("intrusion-attempts", "T1110", "ids"), ("malicious-code", "T1204", "edr"),
         ("information-gathering", "T1595", "honeypot"), ("availability", "T1498", "netflow"),
         ("fraud", "T1566", "mail")]
SOURCES = ["CN", "RU", "BR", "NL", "VN", "IN", "DE", "KP"]
CROSSING = [("MA", 380, "vpn gateway probed"), ("MA", 330, "password spraying"),
            ("IL", 250, "the same tooling at a bank"), ("IL", 220, "lateral movement"),
            ("AE", 120, "implant in an energy operator"), ("AE", 60, "beacon")]


def stamp(at):
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds")


def noise(rng, partner, start):
    for n in range(NOISE):
        category, technique, kind = rng.choice(KINDS)
        event = {
            "id": f"{partner}-noise-{n}", "sensor": f"{kind}-{partner.lower()}-{rng.randint(1, 3)}",
            "sensor_kind": kind, "time": stamp(start + SPAN_S * n / NOISE + rng.random()),
            "category": category, "technique": technique, "severity": rng.randint(1, 6),
            "confidence": rng.randint(30, 90), "source_country": rng.choice(SOURCES),
            "indicators": [{"type": "ipv4", "value": f"198.51.{PARTNERS.index(partner)}.{rng.randint(1, 254)}"}]}
        if rng.random() < 0.3:
            event["actor"] = f"Crew {partner}-{rng.randint(1, 4)}"
        yield event


def crossing(partner, now):
    for n, (where, ago, what) in enumerate(CROSSING):
        if where == partner:
            yield {"id": f"heron-{n}", "sensor": f"edr-{partner.lower()}-1", "sensor_kind": "edr",
                   "time": stamp(now - ago), "category": "intrusion-attempts", "technique": "T1078",
                   "severity": 8, "confidence": 80, "actor": "Silent Heron", "sector": "energy",
                   "source_country": "KP", "fields": {"note": what}}


def main():
    out, now, rng = Path(sys.argv[1]), time.time(), random.Random(7)
    for partner in PARTNERS:
        events = list(noise(rng, partner, now - SPAN_S)) + list(crossing(partner, now))
        events.sort(key=lambda e: e["time"])
        lines = "".join(json.dumps(e, separators=(",", ":")) + "\n" for e in events)
        (out / f"{partner.lower()}.ndjson").write_text(lines)


main()
