"""Rules that change while vigie runs, through real Kafka and Redis."""
import json
import random
import signal
import time

from harness import await_that

RULE = """id: {id}
title: {title}
match: {{category: [intrusion-attempts]}}
group_by: [actor]
window: {window}
condition: {{country: {{distinct: {k}}}}}
severity: 7
"""


COUNT = """---
id: many
title: many events
type: event_count
match: {category: [intrusion-attempts]}
group_by: [actor]
window: 20m
condition: {gte: 12}
severity: 5
---
id: both
title: both, one after the other
type: chain
group_by: [actor]
window: 3h
rules: [two, many]
severity: 9
"""


def rule(path, *rules):
    """Write `rules` (id, k[, window[, title]]) to the file, by renaming as an editor does."""
    text = "---\n".join(RULE.format(id=r[0], k=r[1], window=r[2] if len(r) > 2 else "1h",
                                    title=r[3] if len(r) > 3 else "a title") for r in rules)
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


def an_event(i, country, at, actor="Quick Fox"):
    return {"id": f"w{i}", "time": at, "sensor": "s0", "country": country,
            "category": "intrusion-attempts", "confidence": 90, "actor": actor}


def alerts(w):
    """What an alert says, whenever it was found out."""
    return sorted((a["rule"], json.dumps(a["group"]), a["start"], a["end"], a["peak"])
                  for a in w.alerts())


def rules(w, viewer="coalition"):
    return w.get("/v1/rules", viewer)


def hashes(w):
    return {r["id"]: r["hash"] for r in rules(w)["rules"]}


def reload(w, process):
    """SIGHUP, and wait until that was heeded."""
    before = rules(w)
    process.signal(signal.SIGHUP)
    await_that(lambda: rules(w)["loaded_at"] != before["loaded_at"]
               or rules(w)["error_at"] != before["error_at"], "the reload", 30)
    return rules(w)


PARTNERS = ["MA", "IL", "AE"]


def a_flood(rng, first, n, now):
    """n events of the last hours, some twice, some late, in any order."""
    for i in range(first, first + n):
        at = now - rng.randrange(3 * 3600_000)
        event = an_event(i, rng.choice(PARTNERS), at, f"actor {rng.randrange(40)}")
        event["sensor"] = f"s{rng.randrange(5)}"
        yield rng.choice(PARTNERS), event
        if rng.random() < 0.1:
            yield "MA", an_event(i, "MA", at, "Twice Told")
            yield "MA", an_event(i, "MA", at, "Twice Told")


def await_serving(w):
    await_that(lambda: all(r["state"] == "serving" for r in rules(w)["rules"]), "all serve", 60)


def unfilled(w):
    """How many tracks of partitions miss their past, as stored."""
    feeds = [w.redis.client().hgetall(f"vg:{{{w.topic(p)}:{n}}}:o")
             for p in w.partners for n in range(w.partitions)]
    numbers = [list(map(int, text.split(b","))) for feed in feeds
               for name, text in feed.items() if name.startswith(b"t:")]
    return sum(cursor < begun for begun, cursor, _ in numbers)


def settled(w):
    """The alerts, once they move no more."""
    seen = [None]

    def still():
        before, seen[0] = seen[0], alerts(w)
        return before == seen[0] and seen[0]
    return await_that(still, "the alerts at rest", 60, 1.5)


def from_the_beginning(w):
    """The alerts of a vigie that counts the same log under these rules from its start."""
    w.redis.client().flushall()
    process = w.serve()
    w.await_counted()
    found = settled(w)
    assert "0 differences" in w.verify().stdout
    process.stop()
    return found


def test_rules_change_while_vigie_runs(world, tmp_path):
    path = tmp_path / "rules.yaml"
    rule(path, ("two", 2))
    w = world(partners=["MA", "IL", "AE"], partitions=1, rules=[path])
    vigie = w.serve()
    now = int(time.time() * 1000)
    w.publish([(p, an_event(i, p, now - 60_000 + i)) for i, p in enumerate(["MA", "IL", "AE"])])
    await_that(lambda: len(w.alerts()) == 1, "an alert", 30)
    first = w.alerts()[0]

    # The same track under another rule, and the old one under another title.
    rule(path, ("two", 2, "1h", "another title"), ("three", 3))
    assert not reload(w, vigie)["error"]
    await_that(lambda: len(w.alerts()) == 2, "the new rule's alert", 30)
    assert first["id"] in [a["id"] for a in w.alerts()], "an alert of before"

    # On trial: nobody is told, unless he asks.
    path.write_text(path.read_text() + "shadow: true\n")
    assert not reload(w, vigie)["error"]
    w.publish([("AE", an_event(9, "MA", now - 50_000, "Slow Fox")),
               ("AE", an_event(10, "IL", now - 50_000, "Slow Fox")),
               ("AE", an_event(11, "AE", now - 50_000, "Slow Fox"))])
    tried = await_that(lambda: w.get("/v1/alerts?shadow=true&rule=three")["alerts"],
                       "an alert on trial", 30)
    assert tried[0]["shadow"] is True and tried[0]["group"] == {"actor": "Slow Fox"}
    assert "Slow Fox" not in json.dumps([a for a in w.alerts() if a["rule"] == "three"])
    report = w.get("/v1/rules/three/shadow")
    assert [row["country"] for row in report["countries"]] == ["AE", "IL", "MA"]
    assert "rule=three" not in vigie.text().split("event=rules_loaded")[-1]

    # A bad file keeps what there is, and says so.
    good = hashes(w)
    path.write_text("id: two\n")
    said = reload(w, vigie)
    assert "rules.yaml" in said["error"] and hashes(w) == good
    assert "rules.yaml" not in json.dumps(rules(w, "MA")) and rules(w, "MA")["error"]
    assert "event=rules_bad" in vigie.text()
    assert b"vigie_rules_bad 1" in w.request("/metrics", "coalition")[2]

    rule(path, ("three", 3))
    assert not reload(w, vigie)["error"]
    assert list(hashes(w)) == ["three"]
    assert b"vigie_rules_bad 0" in w.request("/metrics", "coalition")[2]
    assert "0 differences" in w.verify().stdout


def test_a_new_rule_says_what_it_would_have_said_from_the_beginning(world, tmp_path):
    path = tmp_path / "rules.yaml"
    rule(path, ("two", 2))
    w = world(partners=PARTNERS, partitions=2, rules=[path])
    vigie = w.serve()
    rng, now = random.Random(6), int(time.time() * 1000)
    w.publish(a_flood(rng, 0, 6000, now))
    w.await_counted()

    # While more comes in, two rules with tracks of their own, and one longer than all before.
    rule(path, ("two", 2), ("three", 3, "2h"))
    path.write_text(path.read_text() + COUNT)
    w.publish(a_flood(rng, 6000, 1000, now))
    assert not reload(w, vigie)["error"]
    w.publish(a_flood(rng, 7000, 1000, now))
    w.await_counted()
    await_serving(w)
    assert "event=backfill_done" in vigie.text()
    # The rules see the store; the gauge is its worker's, a moment later.
    await_that(lambda: w.metric("vigie_tracks_unfilled") == 0, "the gauge", 30)
    changed = settled(w)
    assert "0 differences" in w.verify().stdout
    assert {a[0] for a in changed} == {"two", "three", "many", "both"}

    # Killed again and again while it fills what another rule needs.
    vigie.stop()
    rule(path, ("two", 2, "90m"), ("three", 3, "2h"))
    path.write_text(path.read_text() + COUNT.replace("20m", "30m"))
    for life in range(2):
        vigie = w.serve(http=False)
        # It may have been quicker than the kill of the life before.
        await_that(lambda v=vigie, n=life: "event=backfill_begun" in v.text()
                   or (n > 0 and not unfilled(w)), "a back-fill", 60, 0.01)
        w.publish(a_flood(rng, 8000 + 100 * life, 100, now))
        vigie.kill()
    vigie = w.serve()
    w.await_counted()
    await_serving(w)
    again = settled(w)
    assert "0 differences" in w.verify().stdout
    vigie.stop()
    assert again == from_the_beginning(w)


def test_processes_that_reload_at_different_moments_agree(world, tmp_path):
    path = tmp_path / "rules.yaml"
    rule(path, ("two", 2))
    w = world(partners=PARTNERS, partitions=2, rules=[path])
    ingest = [w.serve("--role", "ingest", http=False) for _ in range(2)]
    front = w.serve("--role", "alert", "--role", "api")
    rng, now = random.Random(7), int(time.time() * 1000)
    w.publish(a_flood(rng, 0, 1500, now))
    w.await_counted()
    rule(path, ("two", 2), ("three", 3, "2h"))
    reload(w, front)
    assert {r["id"]: r["state"] for r in rules(w)["rules"]} == {
        "two": "serving", "three": "backfilling"}
    assert not [a for a in alerts(w) if a[0] == "three"]
    ingest[0].signal(signal.SIGHUP)
    w.publish(a_flood(rng, 1500, 500, now))
    await_that(lambda: "event=rules_loaded" in ingest[0].text().split("event=ready")[1],
               "the first has it", 30)
    # Its partitions go to one that does not know the rule, and come back.
    ingest[0].stop()
    w.publish(a_flood(rng, 2000, 500, now))
    w.await_counted()
    assert rules(w)["rules"][1]["state"] == "backfilling"
    ingest[0] = w.serve("--role", "ingest", http=False)
    ingest[1].signal(signal.SIGHUP)
    w.publish(a_flood(rng, 2500, 500, now))
    w.await_counted()
    await_serving(w)
    changed = settled(w)
    assert "0 differences" in w.verify().stdout
    for process in (*ingest, front):
        process.stop()
    assert changed == from_the_beginning(w)
