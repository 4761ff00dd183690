"""vigie backtest --from: the rules that ship over the live topics, as they were served."""
import json
import random
import time
from datetime import datetime, timezone

import pytest
from harness import TOP, await_that

PARTNERS = ["MA", "IL", "AE"]
PACK = sorted(p for p in (TOP / "rules").glob("*.yaml") if not p.name.endswith(".test.yaml")
              and p.stem != "sudden-silence")  # whether it is silent now depends on the clock
CATEGORIES = ["intrusion-attempts", "intrusions", "malicious-code", "availability", "fraud",
              "information-gathering", "information-content-security"]
TECHNIQUES = ["T1190", "T1486", "T1110", "T1566", "T1071", "T1041", "T1133", "T1490"]
N = 1500


def stamp(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat().replace("+00:00", "Z")


def story(now):
    """Something for every rule, from three partners, over five hours: each record as old as its
    event. Were all of them late, what is new would hang on which partner was read first."""
    rng = random.Random(7)
    for n in range(N):
        category, at = rng.choice(CATEGORIES), now - 18_000_000 + n * 11_900
        yield rng.choice(PARTNERS), {
            "id": f"n{n}", "time": stamp(at), "sensor": f"s{n % 5}",
            "category": category, "technique": rng.choice(TECHNIQUES), "actor": f"A{n % 3}",
            "severity": rng.choice([4, 7, 9, 10]), "confidence": rng.choice([20, 60, 90]),
            "sector": rng.choice(["health", "energy"]), "count": rng.choice([1, 1, 30]),
            "tlp": rng.choice(["GREEN", "AMBER", "AMBER+STRICT", "RED"]),
            "fields": {"source.bytes": 40_000_000},
            "indicators": [{"type": "ipv4", "value": f"192.0.2.{rng.randrange(3)}"},
                           {"type": "domain", "value": "a.example"}]}, at


def taken_back(now):
    """Two campaigns over three countries that hold no more, for some or for all, once what MA saw
    of them has been recalled."""
    for n, (actor, sensor) in enumerate([("Taken", "back"), ("Hidden", "own")]):
        for partner in PARTNERS:
            yield partner, {
                "id": f"{actor}-{partner}", "time": stamp(now - 600_000 + n), "sensor": sensor,
                "category": "malicious-code", "actor": actor, "tlp": "AMBER"}, now - 600_000 + n


RECALLS = [("back", {"ids": ["Taken-MA"]}), ("own", {"ids": ["Hidden-MA"], "tlp": "RED"}),
           ("back", {"ids": ["not-there"]})]  # the last is refused
MORE = 2 * len(PARTNERS) + len(RECALLS)


@pytest.fixture(scope="module", name="served")
def fixture_served(brokers, tmp_path_factory):
    from harness import World
    w = World(tmp_path_factory.mktemp("from-log"), brokers, partners=PARTNERS, partitions=1,
              producer_times=True, rules=PACK)
    now = int(time.time() * 1000)
    events = list(story(now))
    events += [(partner, event, now) for partner, event, _ in events[:20]]  # duplicates
    w.serve()
    w.publish(events[:-1])
    w.publish(taken_back(now))
    w.await_counted()
    for sensor, asked in RECALLS:
        w.recall("MA", sensor, now, **asked)
    w.publish([("MA", {"id": "last", "time": "long ago", "sensor": "s"}, now)])
    w.await_counted()
    yield w, now
    w.close()


def backtest(w, *words, until):
    rules = [word for path in PACK for word in ("--rules", str(path))]
    done = w.tool("backtest", "-c", str(w.config), *rules, "--until", until, *words)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def short(alert, clock):
    """What both say: a new value is in the group of what is served, an end after the clock and
    a peak of what has none are not said by a back-test."""
    group = {k: v for k, v in alert["group"].items()}
    if "value" in alert:
        group["technique"] = alert["value"]
    instant = alert["rule"] == "technique-new"
    start, end, clock = (t and datetime.fromisoformat(t) for t in (alert["start"], alert["end"], clock))
    end = end if end is not None and end <= clock else None
    peak = None if instant or "peak" not in alert else float(f"{alert['peak']:.12g}")
    return alert["rule"], str(sorted(group.items())), str(start), str(end), peak


@pytest.mark.parametrize("viewer", ["coalition", "MA"])
def test_law7_the_log_gives_what_was_served(served, viewer):
    w, _ = served
    clock = stamp(max(at for p in PARTNERS for _, _, at, *_ in w.read_topic(w.topic(p))))
    want, said = backtest(w, "--from", "0", "--viewer", viewer, until=clock)
    crossed = {a["group"]["actor"] for a in want if a["rule"] == "cross-border-actor"}
    assert "Taken" not in crossed and ("Hidden" in crossed) == (viewer == "MA")
    assert "1 recalled, 1 narrowed" in said and "not here" not in said, said
    assert f"{N + 20 + MORE} records" in said and "1 rejected:" in said and "19 duplicate" in said
    assert len({a["rule"] for a in want}) > 12
    want = sorted(short(a, clock) for a in want)
    served_now = lambda: sorted(short(a, clock) for a in w.alerts(viewer))  # noqa: E731
    try:
        await_that(lambda: served_now() == want, "the served alerts are those of the log", 20, 0.3)
    finally:
        got = served_now()
        print([a for a in got if a not in want][:10], [a for a in want if a not in got][:10])


def test_a_place_and_a_time_to_start_from(served):
    w, now = served
    far = stamp(now)
    all_records = N + 20 + MORE
    per = {(t, p): w.ends()[(t, p)] for t, p in w.ends()}
    (topic, partition), end = next(i for i in per.items() if i[1] > 10)
    _, said = backtest(w, "--from", f"{topic}:{partition}={end - 3}", until=far)
    assert f"{all_records - end + 3} records" in said
    _, said = backtest(w, "--from", stamp(now + 3_600_000), until=far)
    assert "vigie: 0 records" in said
    _, said = backtest(w, "--from", stamp(now - 6 * 3_600_000), until=far)
    assert f"{all_records} records" in said
    hour = sum(at >= now - 3_600_000 for _, _, at in story(now)) + 20 + MORE
    _, said = backtest(w, "--from", stamp(now - 3_600_000), until=far)
    assert f"vigie: {hour} records" in said


def test_recalls_are_not_guessed_without_redis(served):
    w, now = served
    for start, wanted in ((now - 3_600_000, 1), (now + 3_600_000, 0)):
        done = w.tool("backtest", "-c", str(w.config), "--rules", str(PACK[0]), "--from",
                      stamp(start), "--set", "redis.address=127.0.0.1:1", check=False)
        assert done.returncode == wanted, (done.returncode, done.stderr)
        assert ("what they did is in Redis" in done.stderr) == (wanted != 0)


@pytest.mark.parametrize("words,what", [
    (["--from", "soon"], "is no time and no place"),
    (["--from", "alerts.xx:0=3"], "is no partner's topic"),
    (["--from", "0", "events.ndjson"], "say which events"), ([], "say which events")])
def test_wrong_places_are_refused(served, words, what):
    w, _ = served
    done = w.tool("backtest", "-c", str(w.config), "--rules", str(PACK[0]), *words, check=False)
    assert done.returncode == 2 and what in done.stderr
