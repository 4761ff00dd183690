"""A story of campaigns across partners, who may see what of it, and the alerts it must lead to.

The alerts are counted by brute force from the events alone; nothing of vigie's is used for it.
"""
import json
import random
import time
from collections import defaultdict

from brute import episodes
from events import COUNTRIES, actors, make_event, time_ms
from harness import TOP, await_that

ACTOR_RULE = TOP / "rules" / "cross-border-actor.yaml"
INDICATOR_RULE = TOP / "rules" / "cross-border-indicator.yaml"
CATEGORIES = {"intrusion-attempts", "malicious-code"}
WINDOW = 6 * 3_600_000
PARTNERS = ["MA", "IL", "AE", "US", "BH"]
SETTLED = ("rule", "group", "class", "start", "end", "peak")


def settled(world, viewer="coalition"):
    """What laws 2 and 3 compare of a viewer's alerts, in a fixed order."""
    return sorted(json.dumps({k: a[k] for k in SETTLED}, sort_keys=True)
                  for a in world.alerts(viewer))


def await_settled(world, viewers=("coalition",), seconds=60):
    """The alerts once they have stood still for two seconds."""
    last, since = None, time.monotonic()

    def still():
        nonlocal last, since
        now = [settled(world, v) for v in viewers]
        if now != last:
            last, since = now, time.monotonic()
        return time.monotonic() - since > 2
    await_that(still, "alerts stand still", seconds, 0.3)
    return last


def sees(viewer, partner, event):
    """Whether a viewer may see a partner's event, by the design's own words."""
    if viewer == partner:
        return True
    label = event.get("tlp", "AMBER")
    named = event.get("releasable_to")
    if label == "AMBER+STRICT" or (label == "RED" and named is None):
        return False
    if named is not None:
        return viewer in named if sorted({*named, partner}) in CAVEATS else False
    return True


CAVEATS = [["IL", "MA"], ["AE", "IL", "US"]]
CAVEAT_NAMES = ["MA+IL", "IL+AE+US"]


def story(seed, n, start, span, hidden_share=0.0, actors=12):
    """[(partner, event)] with few actors, so that campaigns tip and end."""
    rng, found = random.Random(seed), []
    for i in range(n):
        partner = rng.choice(PARTNERS)
        more = {"actor": f"actor {rng.randrange(actors)}", "country": rng.choice(COUNTRIES[:5]),
                "indicators": [{"type": "ipv4", "value": f"192.0.2.{rng.randrange(30)}"}]}
        if rng.random() < 0.2:
            more["actor"] = [f"actor {rng.randrange(actors)}", {"name": f"actor {actors}"}]
        if rng.random() < hidden_share:
            more["tlp"] = rng.choice(["RED", "AMBER+STRICT", "RED", "GREEN"])
            if more["tlp"] in ("GREEN",):
                more["releasable_to"] = rng.choice([["MA", "IL"], ["AE", "IL", "US"]])
        found.append((partner, make_event(rng, f"{seed}-{i}", start + rng.randrange(span), **more)))
    return found


def expected_alerts(events, viewer):
    """{(rule, group value): [(start, end, peak)]} by brute force, for what a viewer sees."""
    groups = defaultdict(list)
    for partner, e in events:
        if not sees(viewer, partner, e):
            continue
        row = {"t": time_ms(e), "country": e["country"], "origin": partner}
        if e["category"] in CATEGORIES and e["confidence"] >= 40:
            for name in actors(e):
                groups[("cross-border-actor", name)].append(row)
        for i in e["indicators"]:
            groups[("cross-border-indicator", f"{i['type']}:{i['value']}")].append(row)
    found = {}
    for key, rows in groups.items():
        stretches = episodes(rows, WINDOW, [("country", 3), ("origin", 2)], WINDOW)
        if stretches:
            found[key] = stretches
    return found


def seen_alerts(world, viewer):
    found = defaultdict(list)
    for a in world.alerts(viewer):
        stamp = [time_ms({"time": a[k]}) for k in ("start", "end")]
        found[(a["rule"], next(iter(a["group"].values())))].append((*stamp, a["peak"]))
    return {k: sorted(v) for k, v in found.items()}


def by_slot(world, events, stamp):
    """Events with a partition of their own choosing, all with one record time."""
    rng = random.Random(3)
    return [(p, e, stamp, rng.randrange(world.partitions)) for p, e in events]
