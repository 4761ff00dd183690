"""`events` vectors the live way: through Kafka, Redis and the API, many in one world.

What tests/conformance/run --live and tests/e2e share; it needs what tests/e2e/harness.py needs.
"""
import datetime
import json
import subprocess
import sys
import time
from pathlib import Path

import vector as vectors

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "e2e"))
from harness import World, await_that  # noqa: E402

ROOM = 50  # vectors in one world: a partner each
SECONDS = 60  # until all in one world must be right


def clock():
    """The instant at which all vectors end, two days ago: ms."""
    return (int(time.time()) - 2 * 86400) * 1000


def until_of(v):
    """The clock: what is refused as from the future does not move it."""
    given = vectors.until_of(v)
    if given is not None:
        return given
    ahead = v.get("max_future", 86400)
    return max(vectors.ms(e["t"]) for e in v["events"]
               if e["t"] <= e.get("arrive", e["t"]) + ahead)


def only(test, partner):
    return {**vectors.match(test), "partner": partner, "category": "malicious-code"}


def rule_of(v, partner, name):
    """The vector's rule, for events of one partner; what ends its log is of another category."""
    rule = {**vectors.rule(v["rule"]), "id": name}
    match = v["rule"].get("match", {})
    if "stages" in match:
        rule["match"] = {"stages": [{**s, "match": only(s.get("match", {}), partner)}
                                    for s in match["stages"]]}
        if "until" in v["rule"]:
            rule["until"] = only(v["rule"]["until"], partner)
    elif "of" in v["rule"] or v["rule"]["type"] == "ratio":
        rule["of"] = only(v["rule"].get("of", {}), partner)
    else:
        rule["match"] = only(match, partner)
    return rule


def at(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC).isoformat(
        timespec="milliseconds").replace("+00:00", "Z")


def records(v, end_ms):
    """(event, record time) in the order of arrival, moved so that the clock is end_ms."""
    shift = end_ms - until_of(v)
    for e, source in zip(vectors.lines(v["events"]), expand(v["events"]), strict=True):
        stamp = shift + vectors.ms(source.get("arrive", source["t"]))
        del e["record_time"], e["partner"]
        yield {**e, "time": at(shift + vectors.ms(source["t"]))}, stamp
    yield {"id": "end", "sensor": "s", "category": "other", "time": at(end_ms)}, end_ms


def expand(events):
    for e in events:
        for _ in range(-(-int(e.get("n", 1)) // vectors.COUNT_MAX)):
            yield e


def answer(alert, v, end_ms):
    shift = end_ms - until_of(v)

    def seconds(text):
        t = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
        return (round(t * 1000) - shift) / 1000

    end = alert["end"] and seconds(alert["end"])
    if end is not None and vectors.ms(end) > until_of(v):
        end = None
    out = {"group": {k.removeprefix("fields."): x for k, x in alert["group"].items()},
           "start": seconds(alert["start"]), "end": end, "peak": alert.get("peak")}
    if v["rule"]["type"] == "new_value":
        fields = v["rule"]["distinct"]
        new = [out["group"].pop(f) for f in ([fields] if isinstance(fields, str) else fields)]
        out["value"] = new[0] if isinstance(fields, str) else new
    return out


def faults(world, batch, end_ms):
    """{name: (want, got)} of the vectors that are not answered as they must be."""
    alerts = {}
    for a in world.alerts():
        alerts.setdefault(a["rule"], []).append(a)
    wrong = {}
    for i, v in enumerate(batch):
        got = [answer(a, v, end_ms) for a in alerts.get(f"v{i}", [])]
        if not vectors.same(got, v["ours"]["alerts"]):
            wrong[v["name"]] = (v["ours"]["alerts"], got)
    return wrong


def play(world, folder, batch):
    """Run a batch in one world: what is wrong in the end."""
    end_ms, rules = clock(), []
    partners = [f"P{i}" for i in range(len(batch))]
    for i, v in enumerate(batch):
        rules.append(folder / f"v{i}.yaml")
        rules[-1].write_text(json.dumps(rule_of(v, partners[i], f"v{i}")))
    w = world(partners=partners, partitions=1, producer_times=True, rules=rules,
              options={"rule.lateness": "30d"})
    doc = json.loads(w.config.read_text())
    for entry, v in zip(doc["partners"], batch, strict=True):
        entry["future"] = f"{vectors.ms(v['max_future'])}ms" if "max_future" in v else "1d"
    w.config.write_text(json.dumps(doc))
    for i, v in enumerate(batch):
        w.publish([(partners[i], e, stamp) for e, stamp in records(v, end_ms)])
    w.serve()
    w.await_counted()
    wrong = {}

    def right():
        nonlocal wrong
        wrong = faults(w, batch, end_ms)
        return not wrong

    try:
        await_that(right, "the answers", SECONDS)
    except AssertionError:
        pass
    assert "0 differences" in w.verify().stdout
    return wrong


def shown(wrong):
    return "\n".join(f"{name}\n  want {want}\n  got  {got}" for name, (want, got) in wrong.items())


def left_out(v):
    """Why a vector has no live form, or None: they share one horizon, and their log ends at
    their clock."""
    if "timeline" in v:
        return "a timeline has no live form"
    if "retention" in v:
        return "its horizon is its own"
    if any(vectors.ms(e.get("arrive", e["t"])) > until_of(v) for e in v["events"]):
        return "records come after its clock"
    return None


class Stack:
    """Brokers of our own, and worlds on them, in one folder."""

    def __init__(self, folder):
        self.folder, self.worlds, self.brokers = Path(folder), [], None
        self.made = 0

    def __enter__(self):
        up = subprocess.run([TOP / "dev" / "stack", "up", "--dir", self.folder / "run"], text=True,
                            capture_output=True, check=False)
        if up.returncode != 0:
            sys.exit(up.stderr)
        lines = dict(line.split("=", 1) for line in up.stdout.splitlines() if "=" in line)
        self.brokers = lines["VIGIE_BROKERS"]
        return self

    def world(self, **options):
        folder = self.folder / f"world{self.made}"
        folder.mkdir()
        self.made += 1
        self.worlds.append(World(folder, self.brokers, **options))
        return self.worlds[-1]

    def __exit__(self, *_):
        for one in self.worlds:
            one.close()
        subprocess.run([TOP / "dev" / "stack", "down", "--dir", self.folder / "run"], check=True)

    def run(self, batch):
        """{name: (want, got)} of the vectors of `batch` that are wrong."""
        wrong = {}
        for i in range(0, len(batch), ROOM):
            place = self.folder / f"rules{i}"
            place.mkdir()
            wrong |= play(self.world, place, batch[i:i + ROOM])
            self.worlds.pop().close()
        return wrong
