"""One `events` vector through vigie: as a rule file and canonical events.

Every field of a vector travels under `fields`, where the rule reads it as
`fields.<name>`; required canonical fields are constants; times are seconds from
BASE. Null is left out: null and "" count as missing.
"""
import json
import subprocess
import tempfile
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

BASE = datetime(2026, 1, 1, tzinfo=timezone.utc)
BASE_MS = int(BASE.timestamp()) * 1000
COUNT_MAX = 1_000_000
LONG = 366 * 86400
WINDOWED = {"window", "reference", "history", "learn", "for", "keep_firing", "resolve_after"}
UNJOINED = {"window", "resolve_after"}  # new_value has its history; its alerts are instants
FIELD_KEYS = {"distinct", "field"}
MATCH_KEYS = {"of", "until"}


def ms(seconds):
    return int((Decimal(str(seconds)) * 1000).to_integral_value())


def instant(at_ms):
    t = BASE + timedelta(milliseconds=at_ms)
    return t.strftime("%Y-%m-%dT%H:%M:%S.") + f"{t.microsecond // 1000:03d}Z"


def field(name):
    return "fields." + name


NEVER = "(no event has this)"


def plain(value):
    """A value to match, as the text that a field of that value has."""
    if value is None or value == "":
        return NEVER  # "" and null are missing, and what is missing equals nothing
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def match(test):
    if "stages" in test:
        return {"stages": [{**s, "match": match(s.get("match", {}))} for s in test["stages"]]}
    return {field(k): [plain(x) for x in v] if isinstance(v, list) else
            v if isinstance(v, dict) else plain(v) for k, v in test.items()}


def rule(vector_rule):
    out = {"id": "vector", "title": "vector", "severity": 5}
    for key, value in vector_rule.items():
        if vector_rule["type"] == "new_value" and key in UNJOINED:
            continue
        if key in WINDOWED:
            out[key] = f"{ms(value)}ms"
        elif key in FIELD_KEYS:
            out[key] = [field(v) for v in value] if isinstance(value, list) else field(value)
        elif key == "group_by":
            out[key] = [field(v) for v in value]
        elif key == "match" or key in MATCH_KEYS:
            out[key] = match(value)
        elif isinstance(value, dict):
            out[key] = {k: plain(v) for k, v in value.items()}
        else:
            out[key] = plain(value)
    return out


def lines(events):
    """Canonical events; what stands for more than one record may goes as several."""
    fresh = 0
    for e in events:
        left, part = int(e.get("n", 1)), 0
        while left > 0:
            count = min(left, COUNT_MAX)
            left -= count
            if "id" in e:
                name = f"v-{e['id']}" + (f"-{part}" if part else "")
            else:
                name, fresh = f"f-{fresh}", fresh + 1
            part += 1
            yield {"id": name, "partner": "MA", "sensor": "s", "category": "malicious-code",
                   "time": instant(ms(e["t"])), "count": count,
                   "record_time": instant(ms(e.get("arrive", e["t"]))),
                   "fields": {k: v for k, v in e["f"].items() if v is not None}}


CONFIG = """partners:
  - {id: MA, country: MA, slot: 0, future: %s}
hash_key_file: none
kafka: {brokers: "127.0.0.1:1"}
"""


def scalar(value):
    """Group values and new values as text: a number is the text that it reads as."""
    value = plain(value)
    return value if isinstance(value, str) else json.dumps(value)


def seconds(text):
    if text is None:
        return None
    t = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return Decimal(round((t - BASE) / timedelta(milliseconds=1))) / 1000


def answer(line):
    a = json.loads(line)
    out = {"group": {k.removeprefix("fields."): v for k, v in a["group"].items()},
           "start": seconds(a["start"]), "end": seconds(a["end"])}
    for key in ("peak", "value"):
        if key in a:
            out[key] = a[key]
    return out


def until_of(vector):
    if "until" in vector:
        return ms(vector["until"])
    return None


class Offline:
    """vigie backtest: the offline way."""

    def __init__(self, binary):
        self.binary = binary
        self.folder = tempfile.TemporaryDirectory()
        self.at = Path(self.folder.name)

    def run(self, vector, events):
        (self.at / "rule.yaml").write_text(json.dumps(rule(vector["rule"])))
        (self.at / "events.ndjson").write_text(
            "".join(json.dumps(e) + "\n" for e in lines(events)))
        future = f"{ms(vector['max_future'])}ms" if "max_future" in vector else "1d"
        (self.at / "vigie.yaml").write_text(CONFIG % future)
        horizon = f"{ms(vector.get('retention', LONG * 90))}ms"
        words = [self.binary, "backtest", "-c", self.at / "vigie.yaml", "--rules",
                 self.at / "rule.yaml", "--horizon", horizon, self.at / "events.ndjson"]
        until = until_of(vector)
        if until is not None:
            words += ["--until", instant(until)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ValueError(done.stderr.strip() or f"exit {done.returncode}")
        if "rejected" in done.stderr:
            raise ValueError(done.stderr.strip())
        return [answer(line) for line in done.stdout.splitlines()]


def near(a, b):
    if a is None or b is None:
        return a is b
    return abs(float(a) - float(b)) <= 1e-9 * max(1.0, abs(float(a)), abs(float(b)))


def values(v):
    return [scalar(x) for x in v] if isinstance(v, list) else scalar(v)


def fits(got, want):
    """`want` lists what must be: peak and value only where they are given."""
    if {k: scalar(v) for k, v in want["group"].items()} != got["group"]:
        return False
    for key in ("start", "end"):
        if (None if want[key] is None else ms(want[key])) != \
           (None if got[key] is None else ms(got[key])):
            return False
    if "value" in want and values(want["value"]) != got.get("value"):
        return False
    return want.get("peak") is None or near(got.get("peak"), want["peak"])


def same(got, want):
    """Both as sets: each of `want` has one of its own in `got`, and none is left."""
    left = list(got)
    for w in want:
        at = next((i for i, g in enumerate(left) if fits(g, w)), None)
        if at is None:
            return False
        left.pop(at)
    return not left
