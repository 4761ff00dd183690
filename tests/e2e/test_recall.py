"""Recalls through real Kafka and Redis."""
import json
import random
import time

import confluent_kafka
from confluent_kafka.admin import AdminClient
from events import make_event
from harness import TOP, await_that


def test_recall_by_ids_by_range_and_to_a_narrower_audience(world):
    w = world(partners=["MA", "IL", "AE"], partitions=1, caveats=["MA+IL"],
              rules=[TOP / "rules" / "cross-border-actor.yaml"])
    w.serve()
    now = int(time.time() * 1000)
    rng = random.Random(1)
    events = [make_event(rng, i, now - 60_000 + i * 10, sensor=f"s{i % 3}") for i in range(300)]
    w.publish([("MA", e) for e in events])
    w.await_counted()
    w.recall("MA", "s0", ids=["e0", "e3"])
    w.recall("MA", "s0", ids=["e0", "e3"])
    w.recall("MA", "s0", ids=["e1"])
    w.recall("MA", "s1", **{"from": now - 60_000, "to": now - 59_500})
    w.recall("MA", "s2", ids=["e2", "e5"], tlp="RED")
    w.recall("MA", "s2", ids=["e8"], tlp="CLEAR")
    w.await_counted()
    book = w.account()["MA"]
    done = w.verify(check=False)
    print(book, done.stdout[-1500:])
    assert book["recalled"] == 2 + 17
    assert book["narrowed"] == 2
    assert book["control"] == 4
    assert book["rejected:recall_span"] == 1
    assert book["rejected:recall_widens"] == 1
    assert "0 differences" in done.stdout
    # To two of three: the third sees as many less, and nobody else.
    seen = {v: reports(w, v, now) for v in ("MA", "IL", "AE")}
    w.recall("MA", "s2", ids=["e11", "e14", "e17"], releasable_to=["MA", "IL"])
    w.await_counted()
    await_that(lambda: reports(w, "AE", now) == seen["AE"] - 3, "three less for AE", 30)
    assert [reports(w, v, now) for v in ("MA", "IL")] == [seen["MA"], seen["IL"]]
    assert "0 differences" in w.verify().stdout
    # Retention cuts the log within the rule's window: what is left of it is not known.
    cut_log(w, 100)
    w.recall("MA", "s0", ids=["e6"])
    w.recall("MA", "s0", ids=["e120", "e123"])
    w.await_counted()
    assert w.account()["MA"]["rejected:recall_span"] == 3
    assert reports(w, "MA", now) == seen["MA"]
    assert why_refused(w)[-2:] == [
        "recall.ids: one is no counted event of the sensor within ingest.recall_span and the log",
        "recall: a rule's window begins before ingest.recall_span or the log"]


def cut_log(w, offset):
    wanted, admin = confluent_kafka.TopicPartition(w.topic("MA"), 0, offset), AdminClient(w.kafka)
    for cut in admin.delete_records([wanted]).values():
        assert cut.result(30).low_watermark == offset


def why_refused(w):
    return [letter[4]["vigie-detail"].decode() for letter in w.read_topic(w.dead_topic("MA"))]


def reports(w, viewer, now):
    """How many records the viewer sees of MA."""
    found = w.get(f"/v1/series?by=partner&step=1m&measure=reports&from={at(now - 3600_000)}"
                  f"&to={at(now + 60_000)}", viewer)
    return sum(n or 0 for s in found["series"] if s["key"]["partner"] == "MA"
               for n in s["values"])


def test_law1_recalls_through_kills(world):
    w = world(partners=["MA", "IL"], partitions=1, rules=[TOP / "rules" / "cross-border-actor.yaml"])
    now, rng = int(time.time() * 1000), random.Random(2)
    events = [make_event(rng, i, now - 60_000 + i, sensor=f"s{i % 3}") for i in range(20000)]
    vigie = w.serve()
    for part in range(4):
        w.publish([("MA", e) for e in events[part * 5000:(part + 1) * 5000]])
        w.recall("MA", "s0", ids=[e["id"] for e in events[part * 5000:(part + 1) * 5000]
                             if e["sensor"] == "s0"][:900])
        vigie.kill()
        vigie = w.serve()
    w.await_counted()
    book = w.account()["MA"]
    done = w.verify(check=False)
    print(book, done.stdout[-1500:])
    assert book["recalled"] == 3600
    assert "0 differences" in done.stdout


def an_event(i, country, now, actor="Recalled Bear", sensor="s0"):
    return {"id": f"w{i}", "time": now - 60_000 + i, "sensor": sensor, "country": country,
            "category": "intrusion-attempts", "confidence": 90, "actor": actor}


def test_an_alert_that_rests_on_what_is_recalled_is_withdrawn(world):
    w = world(partners=["MA", "IL", "AE"], partitions=1,
              rules=[TOP / "rules" / "cross-border-actor.yaml"])
    w.serve()
    now = int(time.time() * 1000)
    w.publish([(p, an_event(i, p, now)) for i, p in enumerate(["MA", "IL", "AE"])])
    await_that(lambda: w.alerts(), "the alert", 30)
    alert = w.alerts()[0]["id"]
    w.recall("MA", "s0", ids=["w0"])
    await_that(lambda: not w.alerts(), "the alert withdrawn", 30)
    history = w.get(f"/v1/alerts/{alert}")["history"]
    assert history[-1]["change"] == "withdrawn", history
    counted = w.get("/v1/series?by=country&step=1m&from=" + at(now - 3600_000) +
                    "&to=" + at(now + 60_000))
    assert "MA" not in json.dumps(counted.get("series", counted)), counted
    assert "0 differences" in w.verify().stdout


def at(ms):
    return time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(ms / 1000))


def test_what_lies_before_the_recall_span_is_refused_with_a_reason(world):
    w = world(partners=["MA"], partitions=1, options={"ingest.recall_span": 3})
    w.serve()
    now = int(time.time() * 1000)
    w.publish([("MA", an_event(i, "MA", now)) for i in range(4)])
    w.recall("MA", "s0", ids=["w0"])
    w.await_counted()
    w.recall("MA", "s0", ids=["w2"])
    w.await_counted()
    book = w.account()["MA"]
    assert book["rejected:recall_span"] == 1
    assert book["recalled"] == 1
    # So is what retention took, and what it left is taken back exactly.
    w.publish([("MA", an_event(i, "MA", now)) for i in range(4, 10)])
    cut_log(w, 8)
    w.recall("MA", "s0", ids=["w7"])
    w.await_counted()
    assert w.account()["MA"]["recalled"] == 2
    cut_log(w, 11)
    w.recall("MA", "s0", ids=["w8"])
    w.recall("MA", "s0", ids=["w9"])
    w.publish([("MA", an_event(6, "MA", now))])
    w.await_counted()
    book = w.account()["MA"]
    assert (book["recalled"], book["rejected:recall_span"], book["duplicate"]) == (3, 2, 1), book
    await_that(lambda: reports(w, "MA", now) == 7, "ten less three", 30)
    letter = next(w.read_topic(w.dead_topic("MA")))
    assert b"recall_span" in b" ".join(v or b"" for v in letter[4].values()), letter
