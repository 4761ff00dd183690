"""Laws 2, 3 and 4 through real Kafka, Redis and HTTP."""
import json
import random
import time

import pytest
from campaigns import (
    ACTOR_RULE,
    CAVEAT_NAMES,
    INDICATOR_RULE,
    PARTNERS,
    await_settled,
    by_slot,
    expected_alerts,
    seen_alerts,
    sees,
    settled,
    story,
)
from events import COUNTRIES, assert_equal_counts, make_event, rfc3339, time_ms
from harness import await_that

@pytest.fixture
def coalition(world):
    """make() -> a World of five partners with both rules."""
    def make(**more):
        return world(partners=PARTNERS, partitions=2, rules=[ACTOR_RULE, INDICATOR_RULE],
                     caveats=CAVEAT_NAMES, producer_times=True, **more)
    return make


def test_law2_alerts_equal_brute_force_for_every_viewer_in_any_order(coalition):
    """Shuffled arrival and partitions read one after the other give the same answers."""
    now = int(time.time() * 1000)
    events = story("law2", 1500, now - 5 * 3_600_000, 4 * 3_600_000, hidden_share=0.4)
    viewers = ["coalition", *PARTNERS]

    a, b = coalition(), coalition()
    a.serve()
    a.publish(by_slot(a, sorted(events, key=lambda pe: time_ms(pe[1])), now))
    a.await_counted()

    b.serve()
    shuffled = by_slot(b, events, now)
    random.Random(9).shuffle(shuffled)
    for partition in (1, 0):  # one partition of each topic wholly before the other
        b.publish([x for x in shuffled if x[3] == partition])
        b.await_counted()

    assert await_settled(a, viewers) == await_settled(b, viewers)
    for aggregate in ("country", "actor", "technique+country"):
        for resolution in ("1m", "1h", "1d"):
            assert a.cells(aggregate, resolution) == b.cells(aggregate, resolution)
    for viewer in viewers:
        want = expected_alerts(events, viewer)
        assert want, f"{viewer} should see campaigns: the story is too thin to prove anything"
        assert seen_alerts(a, viewer) == want, viewer
    assert_equal_counts(b)


def answers(world, viewer, window):
    """Every data route as `viewer` reads it: {path: (headers, body)}."""
    lo, hi = window
    span = f"from={rfc3339(lo)[:19]}Z&to={rfc3339(hi)[:19]}Z"
    paths = [f"/v1/series?by={by}&step={step}&measure={m}&{span}"
             for by in ("country", "actor", "sensor", "category", "severity", "actor,country",
                        "technique,country", "source_country,country", "partner")
             for step in ("1m", "1h", "1d") for m in ("events", "reports")]
    paths += [f"/v1/top?by={by}&n=50&{span}" for by in ("actor", "country", "technique")]
    # An alert's id holds its start as first known, which is a time of detection:
    # alerts are told apart here by what does not depend on it.
    named = {path: path for path in [*paths, "/v1/alerts?limit=1000"]}
    named |= {f"{a['fingerprint']} at {a['start']}": f"/v1/alerts/{a['id']}"
              for a in world.alerts(viewer)}
    found = {}
    for name, path in named.items():
        status, headers, body = world.request(path, viewer)
        assert status == 200, (path, status, body[:300])
        for own in ("Date", "Vigie-As-Of", "Vigie-Complete-To"):
            headers.pop(own, None)
        headers.pop("Content-Length", None)  # of a body with times of detection
        found[name] = (headers, json.loads(body))
    return found


def without_detection(value):
    """An answer less the times at which things were noticed."""
    if isinstance(value, dict):
        return {k: without_detection(v) for k, v in value.items()
                if k not in ("detected_at", "updated_at", "late_by_ms", "revision", "history", "id")}
    return [without_detection(v) for v in value] if isinstance(value, list) else value


def hide(rng, event):
    """Another event that stays hidden from IL, where this one was."""
    other = make_event(rng, event["id"] + "x", time_ms(event) + rng.randrange(-600_000, 600_000),
                       actor=f"actor {rng.randrange(12)}", country=rng.choice(COUNTRIES[:5]))
    return {**other, "tlp": rng.choice(["RED", "AMBER+STRICT"]), "sensor": event["sensor"]}


def test_law3_hidden_events_removed_or_replaced_change_no_answer(coalition):
    now = int(time.time() * 1000)
    viewer = "IL"
    events = story("law3", 1200, now - 5 * 3_600_000, 4 * 3_600_000, hidden_share=0.7)
    events.sort(key=lambda pe: time_ms(pe[1]))
    hidden = [not sees(viewer, p, e) for p, e in events]
    share = sum(hidden) / len(hidden)
    assert share >= 0.3, share
    full_alerts = expected_alerts(events, "coalition")
    assert expected_alerts(events, viewer) != full_alerts, "nothing hidden tips an alert"

    rng = random.Random(4)
    full, removed, replaced = coalition(), coalition(), coalition()
    for w in (full, removed, replaced):
        w.serve()
    placed = by_slot(full, events, now)
    full.publish(placed)
    removed.publish([x for x, h in zip(placed, hidden) if not h])
    replaced.publish([(p, hide(rng, e) if h else e, s, n)
                      for (p, e, s, n), h in zip(placed, hidden)])
    for w in (full, removed, replaced):
        w.await_counted()
        await_settled(w, (viewer,))

    window = (now - 6 * 3_600_000, now - 1_800_000)
    whole, less, other = (answers(w, viewer, window) for w in (full, removed, replaced))
    assert settled(full, viewer) == settled(removed, viewer) == settled(replaced, viewer)
    for path, (_, body) in whole.items():
        if path in less:
            assert without_detection(body) == without_detection(less[path][1]), path
    assert whole.keys() == other.keys()
    for path, (headers, body) in whole.items():
        assert headers.keys() == other[path][0].keys(), path
        assert without_detection(body) == without_detection(other[path][1]), path
    # And the joint SOC, who may not see these either, but sees others' caveats not at all.
    assert settled(full) != settled(full, viewer)


def test_law4_the_account_adds_up_under_everything_that_can_be_wrong(world):
    w = world(partners=PARTNERS, partitions=2)
    w.serve()
    now, rng = int(time.time() * 1000), random.Random(5)
    good = [(p, make_event(rng, f"g{i}", now - rng.randrange(3_000_000)))
            for i in range(2000) for p in [rng.choice(PARTNERS)]]
    sent = list(good)
    sent += [(p, e) for p, e in rng.sample(good, 300)]  # told twice
    sent += [("MA", make_event(rng, f"r{i}", now, origin={"partner": "IL", "id": str(i)}))
             for i in range(50)]
    sent += [("US", make_event(rng, f"f{i}", now + 3_600_000)) for i in range(40)]
    sent += [("US", make_event(rng, f"b{i}", now - 1200 * 86_400_000)) for i in range(30)]
    sent += [("BH", make_event(rng, f"l{i}", now - 20 * 3_600_000)) for i in range(20)]
    sent += [("AE", {**make_event(rng, f"w{i}", now), "partner": "US"}) for i in range(10)]
    bad = [b"", b"{", b"[]", b'{"id":1}', b'{"a":1,"a":2}', b"\xff\xfe", b'{"n":9007199254740993}',
           b"[" * 40 + b"]" * 40, b'{"x":1} y', b'{"id":"' + b"x" * 70000 + b'"}']
    sent += [("IL", b) for b in bad]
    rng.shuffle(sent)
    w.publish(sent)
    w.await_counted()
    count = assert_equal_counts(w)
    assert sum(c["duplicate"] for c in count.verdicts.values()) == 300
    assert count.verdicts["MA"]["relayed"] == 50
    assert count.verdicts["US"]["future"] == 40 and count.verdicts["US"]["beyond"] == 30

    dead = list(w.read_topic(w.dead_topic("IL")))
    assert sorted(d[3] or b"" for d in dead) == sorted(bad)
    assert all("vigie-reason" in d[4] for d in dead)
    rows = await_that(lambda: [r for r in w.get("/v1/account")["rows"]], "the account over HTTP")
    for row in rows:
        assert row["adds_up"] is True, row
    own = {r["partner"] for r in w.get("/v1/account", "US")["rows"]}
    assert own == {"US"}


def test_a_redelivery_storm_changes_no_number(world):
    """Every record three times, in any order within the span."""
    rng, now = random.Random(3), int(time.time() * 1000)
    events = [make_event(rng, i, now - 60_000 + i) for i in range(2000)]
    storm = [e for e in events for _ in range(3)]
    rng.shuffle(storm)
    counted = []
    for sent in (events, storm):
        w = world(partners=["MA"], partitions=1, rules=[ACTOR_RULE])
        w.serve()
        w.publish([("MA", e) for e in sent])
        w.await_counted()
        assert "0 differences" in w.verify().stdout
        book = w.account()["MA"]
        assert (book["counted"], book.get("duplicate", 0)) == (2000, len(sent) - 2000)
        counted.append([w.cells(series, "1m") for series in ("country", "actor", "sensor")])
    assert counted[0] == counted[1]
