"""Conformance vectors the live way: through Kafka, Redis and the API."""
import datetime
import json
import sys
import time

import pytest
from harness import TOP, await_that

sys.path.insert(0, str(TOP / "tests" / "conformance"))
import vector as vectors  # noqa: E402

SHARED = TOP.parent / "shared" / "conformance"
OWN = TOP / "tests" / "conformance" / "vectors"
ROOM = 50  # vectors in one world: a partner each


def clock():
    """The instant at which all vectors end, two days ago: ms."""
    return (int(time.time()) - 2 * 86400) * 1000


def of_events():
    found = []
    for folder in (SHARED, OWN):
        for file in sorted(folder.glob("*.json")):
            found += [{**v, "name": f"{file.stem}/{v['name']}"}
                      for v in json.loads(file.read_text()) if "events" in v]
    assert found
    return found


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


def play(world, folder, batch, options):
    """Run a batch in one world: what is wrong in the end."""
    end_ms, rules = clock(), []
    partners = [f"P{i}" for i in range(len(batch))]
    for i, v in enumerate(batch):
        rules.append(folder / f"v{i}.yaml")
        rules[-1].write_text(json.dumps(rule_of(v, partners[i], f"v{i}")))
    w = world(partners=partners, partitions=1, producer_times=True, rules=rules,
              options=options)
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
        await_that(right, "the answers", 20)
    except AssertionError:
        pass
    assert "0 differences" in w.verify().stdout
    return wrong


def shown(wrong):
    return "\n".join(f"{name}\n  want {want}\n  got  {got}" for name, (want, got) in wrong.items())


def plain():
    """Those that can share one horizon, and whose log ends at their clock; `learn` is not
    served yet."""
    return [v for v in of_events()
            if "retention" not in v and "learn" not in v["rule"] and
            all(vectors.ms(e.get("arrive", e["t"])) <= until_of(v) for e in v["events"])]


@pytest.mark.parametrize("part", range(3))
def test_vectors_through_kafka_and_redis(world, tmp_path, part):
    batch = plain()[part::3]
    wrong = {}
    for i in range(0, len(batch), ROOM):
        (tmp_path / str(i)).mkdir()
        wrong |= play(world, tmp_path / str(i), batch[i:i + ROOM], {"rule.lateness": "30d"})
    assert not wrong, shown(wrong)


def test_more_event_times_than_are_kept_exact_are_rounded_and_said(world, tmp_path):
    rule = tmp_path / "many.yaml"
    rule.write_text(json.dumps({
        "id": "many", "title": "many", "type": "event_count", "group_by": ["actor"],
        "window": "1h", "condition": {"gte": 5000}, "severity": 5}))
    w = world(partners=["MA"], partitions=1, producer_times=True, rules=[rule])
    start = clock() - clock() % 3_600_000
    w.publish([("MA", {"id": f"m{i}", "sensor": "s", "category": "fraud", "actor": "a",
                       "time": at(start + i)}, start + i) for i in range(5000)])
    w.serve()
    w.await_counted()
    await_that(w.alerts, "the alert", 20)
    alert, = w.alerts()
    assert (alert["peak"], alert.get("approximate")) == (5000, True), alert
    assert "0 differences" in w.verify().stdout
