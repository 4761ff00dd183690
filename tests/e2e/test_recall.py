"""Recalls through real Kafka and Redis."""
import json
import time

from events import make_event, many
from harness import TOP
import random


def recall(w, sensor, **more):
    producer = w.producer()
    producer.produce(w.topic("MA"), json.dumps({"recall": {"sensor": sensor, **more}}).encode(),
                     sensor.encode())
    assert producer.flush(30) == 0


def test_recall_by_ids_by_range_and_to_a_narrower_audience(world):
    w = world(partners=["MA", "IL"], partitions=1, caveats=["MA+IL"],
              rules=[TOP / "rules" / "cross-border-actor.yaml"])
    w.serve()
    now = int(time.time() * 1000)
    rng = random.Random(1)
    events = [make_event(rng, i, now - 60_000 + i * 10, sensor=f"s{i % 3}") for i in range(300)]
    w.publish([("MA", e) for e in events])
    w.await_counted()
    recall(w, "s0", ids=["e0", "e3"])
    recall(w, "s0", ids=["e0", "e3"])
    recall(w, "s0", ids=["e1"])
    recall(w, "s1", **{"from": now - 60_000, "to": now - 59_500})
    recall(w, "s2", ids=["e2", "e5"], tlp="RED")
    recall(w, "s2", ids=["e8"], tlp="CLEAR")
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


def test_law1_recalls_through_kills(world):
    w = world(partners=["MA", "IL"], partitions=1, rules=[TOP / "rules" / "cross-border-actor.yaml"])
    now, rng = int(time.time() * 1000), random.Random(2)
    events = [make_event(rng, i, now - 60_000 + i, sensor=f"s{i % 3}") for i in range(20000)]
    vigie = w.serve()
    for part in range(4):
        w.publish([("MA", e) for e in events[part * 5000:(part + 1) * 5000]])
        recall(w, "s0", ids=[e["id"] for e in events[part * 5000:(part + 1) * 5000]
                             if e["sensor"] == "s0"][:900])
        vigie.kill()
        vigie = w.serve()
    w.await_counted()
    book = w.account()["MA"]
    done = w.verify(check=False)
    print(book, done.stdout[-1500:])
    assert book["recalled"] == 3600
    assert "0 differences" in done.stdout
