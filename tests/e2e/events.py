"""Events for tests, and a second count of what topics hold.

The count here is plain Python over the records as a consumer reads them: it
shares nothing with vigie but the written rules of the event format.
"""
import json
import random
from collections import Counter
from datetime import datetime, timezone

COUNTRIES = ["MA", "IL", "AE", "US", "BH", "FR", "DE", "JP"]
CATEGORIES = ["intrusion-attempts", "malicious-code", "availability", "fraud"]
DEDUP_SPAN = 131072
FUTURE_MS = 300_000


def rfc3339(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat(timespec="milliseconds")


def make_event(rng, number, at_ms, **more):
    """A valid event; `more` overrides or adds members."""
    event = {
        "id": f"e{number}", "time": rfc3339(at_ms), "sensor": f"s{rng.randrange(40)}",
        "category": rng.choice(CATEGORIES), "severity": rng.randint(1, 10),
        "confidence": rng.randint(0, 100), "country": rng.choice(COUNTRIES),
        "source_country": rng.choice(["CN", "RU", "BR", "NL"]),
        "actor": f"actor {min(rng.randrange(60), rng.randrange(60))}",
        "technique": rng.choice(["T1110", "T1566.001", "T1059"]),
        "count": rng.choice([1, 1, 1, 2, 7]),
        "indicators": [{"type": "ipv4", "value": f"203.0.113.{rng.randrange(256)}"}]}
    event.update(more)
    return {k: v for k, v in event.items() if v is not None}


def many(seed, n, start_ms, span_ms, **more):
    """n events in order of time, spread evenly over span_ms."""
    rng = random.Random(seed)
    return [make_event(rng, f"{seed}-{i}", start_ms + i * span_ms // n, **more) for i in range(n)]


def time_ms(event):
    return round(datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp() * 1000)


def actors(event):
    """The different actors an event names."""
    named = event.get("actor", [])
    named = named if isinstance(named, list) else [named]
    return {a if isinstance(a, str) else a["name"] for a in named}


class Count:
    """What the records of every topic must have led to."""

    def __init__(self, world):
        self.country, self.actor, self.verdicts = Counter(), Counter(), {}
        for partner in world.partners:
            book = self.verdicts.setdefault(partner, Counter())
            last = {}
            for n, offset, stamp, value, _ in world.read_topic(world.topic(partner)):
                verdict, event = self.judge(world, partner, value, stamp)
                if event is not None and verdict == "counted":
                    before = last.get((n, event["id"]))
                    last[(n, event["id"])] = offset
                    if before is not None and offset - before <= DEDUP_SPAN:
                        verdict = "duplicate"
                    elif event.get("origin", {}).get("partner", partner) in (
                            set(world.partners) - {partner}):
                        verdict = "relayed"
                book["received"] += 1
                book[verdict] += 1
                if verdict == "counted":
                    self.add(partner, event)

    @staticmethod
    def judge(world, partner, value, stamp):
        """What does not need the records before: (verdict, event or None)."""
        try:
            event = json.loads(value.decode())
            at = time_ms(event)
            for name in ("id", "sensor", "category"):
                assert isinstance(event[name], str) and event[name]
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError):
            return "rejected", None
        if event.get("partner", partner) != partner:
            return "rejected", None
        if at > stamp + FUTURE_MS:
            return "future", None
        if at <= stamp - 1095 * 86_400_000:
            return "beyond", None
        return "counted", event

    def add(self, partner, event):
        minute, n = time_ms(event) // 60_000 * 60_000, event.get("count", 1)
        self.country[(minute, event.get("country", partner))] += n
        for name in actors(event):
            self.actor[(minute, name)] += n


def by_minute(cells):
    """Cells of world.cells(), summed over audiences: {(minute, value): events}."""
    total = Counter()
    for (start, _, value), (events, _) in cells.items():
        total[(start, value)] += events
    return total


def assert_equal_counts(world):
    """vigie's own oracle and this one both agree with Redis."""
    count = Count(world)
    assert by_minute(world.cells("country", "1m")) == count.country
    assert by_minute(world.cells("actor", "1m")) == count.actor
    book = world.account()
    for partner, expected in count.verdicts.items():
        mine = book.get(partner, {})
        rejected = sum(v for k, v in mine.items() if k.startswith("rejected:"))
        assert rejected == expected["rejected"], (partner, mine, expected)
        for verdict in ("received", "counted", "duplicate", "relayed", "beyond", "future"):
            assert mine.get(verdict, 0) == expected[verdict], (partner, verdict, mine, expected)
    done = world.verify(check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return count
