"""A member joins, leaves and is removed: the whole course on real Kafka and Redis."""
import json
import time
from datetime import datetime, timezone

import yaml
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from events import many, rfc3339
from harness import TOP, await_that, watermarks


def as_people_write_it(w):
    """The configuration in block style: what --write may add to."""
    doc = json.loads(w.config.read_text())
    doc["partners"][0]["identifiers_kept"] = "49h"
    text = "".join(f"{name}: {json.dumps(value)}\n" for name, value in doc.items()
                   if name != "partners")
    text += "partners:  # ours\n" + "".join(f"  - {json.dumps(p)}\n" for p in doc["partners"])
    w.config.write_text(text + "\n# the end\n")


def log_that_was_cut(w, topic):
    """A topic whose log does not start at 0, in either partition."""
    admin = AdminClient(w.kafka)
    admin.create_topics([NewTopic(topic, w.partitions, 1, config={
        "message.timestamp.type": "LogAppendTime"})])[topic].result(30)
    w.partners.append("AE")
    w.publish([("AE", e, None, n % 2) for n, e in enumerate(many("old", 20, now_ms(), 10))])
    ends = [TopicPartition(topic, n, 7) for n in range(w.partitions)]
    for future in admin.delete_records(ends).values():
        future.result(30)


def now_ms():
    return int(time.time() * 1000) - 60_000


def send(w, partner, tag, n, actor):
    w.publish([(partner, e) for e in many(tag, n, now_ms(), 20_000, actor=actor, count=1,
                                          confidence=90, country=partner)])


def again(w, process):
    assert process.stop() == 0
    return w.serve()


def dead_letters(w, ages_h):
    """Put letters of these ages into MA's topic for them."""
    producer = w.producer()
    for age in ages_h:
        producer.produce(w.dead_topic("MA"), b"refused",
                         timestamp=int((time.time() - age * 3600) * 1000))
    assert producer.flush(30) == 0


def oldest_dead(w):
    consumer = Consumer({**w.kafka, "group.id": f"{w.tag}-dead"})
    low = watermarks(consumer, w.dead_topic("MA"), 0)[0]
    consumer.close()
    return low


def others(w):
    """Every byte that is stored of the others, but for heartbeats."""
    client = w.redis.client()
    return {key: client.dump(key) for p in ("MA", "IL") for key in
            client.scan_iter(f"vg:{{{w.topic(p)}:*") if not key.endswith(b":s")}


def what_people_left(w, viewer):
    """How much there is in Redis of what a viewer's people wrote."""
    client, mark = w.redis.client(), f'"viewer":"{viewer}"'.encode()
    keys = [b"vg:{vg}:silences", b"vg:{vg}:desk", *client.scan_iter("vg:{vg}:desk:of:*")]
    return (sum(field.startswith(f"{viewer} ".encode()) for field in client.hkeys("vg:{vg}:own"))
            + sum(mark in value for key in keys for value in client.hvals(key)))


def partner(w, *words, check=True):
    return w.tool("partner", *words, "-c", str(w.config), check=check)


def test_a_member_joins_leaves_and_is_removed(world, tmp_path):
    w = world(partners=["MA", "IL"], partitions=2,
              rules=[TOP / "rules" / "cross-border-actor.yaml"])
    as_people_write_it(w)
    topic = w.topic("AE")
    vigie = w.serve()
    send(w, "MA", "before", 9, "past")
    w.await_counted()
    log_that_was_cut(w, topic)

    # It joins, while vigie serves the others.
    said = partner(w, "add", "AE", "--country", "AE", "--topic", topic, "--write").stdout
    assert "slot 2\n" in said and f"{topic}:1 begins at offset 10" in said, said
    assert "# the end" in w.config.read_text()
    assert partner(w, "add", "AE").stdout.count("has begun already") == 2
    vigie = again(w, vigie)
    for p in ("MA", "IL", "AE"):
        send(w, p, f"{p}-1", 30, "shared")
    send(w, "AE", "AE-2", 5, "own")
    w.await_counted()
    assert w.account()["AE"]["counted"] == 35
    await_that(lambda: any(set(a["partners"]) == {"MA", "IL", "AE"} for a in w.alerts()),
               "an alert of all three")
    assert "0 differences" in w.verify().stdout
    # Law 3: what was published before it joined is not for its eyes.
    await_that(lambda: w.status("/v1/partners", "AE") == 200, "a token for AE")
    path = "/v1/top?by=actor&n=9&from=" + rfc3339(now_ms() - 3600_000).replace("+00:00", "Z")
    seen = {viewer: {row["key"]["actor"]: row["value"] for row in w.get(path, viewer)["rows"]}
            for viewer in ("IL", "AE")}
    assert seen["IL"]["past"] == 9 and seen["IL"]["shared"] == 90, seen
    assert "past" not in seen["AE"] and seen["AE"]["shared"] == 90, seen

    # Its people silence and say something.
    hand = ("AE", "--role", "analyst", "--name", "hamad")
    await_that(lambda: w.status("/v1/silences", hand) == 200, "a token for its analyst")
    about = await_that(lambda: w.alerts("AE"), "an alert for AE")[0]["id"]
    for path, doc in (("/v1/silences", {"match": {"rule": "none"}, "to": rfc3339(now_ms() + 3600_000), "reason": "r"}),
                      (f"/v1/alerts/{about}/actions", {"action": "comment", "text": "seen"})):
        assert w.request(path, hand, "POST", doc)[0] == 202, path
    await_that(lambda: what_people_left(w, "AE") >= 3, "both are kept")

    # It leaves.
    late = partner(w, "retire", "AE", "--at", rfc3339(now_ms() - 3600_000), check=False)
    assert late.returncode == 2 and "counted already" in late.stderr, late.stderr
    assert w.status("/v1/partners", "AE") == 200
    partner(w, "retire", "AE", "--at", "now", "--write")
    dead_letters(w, [60, 50, 1])
    vigie = again(w, vigie)
    send(w, "AE", "AE-3", 4, "own")
    w.publish([("AE", b"no event at all")])
    w.await_counted()
    book = w.account()["AE"]
    assert (book["counted"], book["not_member"]) == (35, 5), book
    assert w.status("/v1/partners", "AE") == 403
    assert "0 differences" in w.verify().stdout

    # What identifies goes when its time has come: two letters of three.
    await_that(lambda: oldest_dead(w) == 2, lambda: f"old letters deleted\n{vigie.tail()}")

    # It is removed, while vigie serves the others.
    key = tmp_path / "office.key"
    public = w.tool("sign-key", "new", "--id", "office", str(key)).stdout.split('"')[1]
    report, before = tmp_path / "report.json", others(w)
    words = ("purge", "AE", "--sign", str(key), "--report", str(report))
    refused = partner(w, "purge", "IL", *words[2:], check=False)
    assert refused.returncode == 2 and "retire it first" in refused.stderr, refused.stderr
    partner(w, *words, "--yes")
    assert others(w) == before
    told = json.loads(report.read_text())
    assert told["partner"] == "AE" and told["removed"]["account"]["keys"] > 0
    assert told["alerts"]["removed"] and told["alerts"]["withdrawn"], told["alerts"]
    assert told["people"] == "removed" and what_people_left(w, "AE") == 0, told
    good = w.tool("partner", "check-report", str(report), "--key", public)
    assert "good, signed by office" in good.stdout
    report.write_text(report.read_text().replace("AE", "AX", 1))
    bad = w.tool("partner", "check-report", str(report), "--key", public, check=False)
    assert bad.returncode == 1 and "BAD" in bad.stderr

    # What is left is whole, for readers, rules and the oracle.
    await_that(lambda: not any("AE" in a["partners"] for a in w.alerts()), "alerts without it")
    left = w.redis.client()
    assert {k.rsplit(b":", 1)[1] for k in left.scan_iter(f"vg:{{{topic}:*")} <= {b"o", b"d", b"s"}
    since = datetime.fromtimestamp(now_ms() / 1000 - 3600, timezone.utc).strftime("%FT%TZ")
    path = f"/v1/series?by=partner&step=1m&from={since}"
    await_that(lambda: "AE" not in json.dumps(w.get(path)["series"]), "a series without it")
    assert '"IL"' in json.dumps(w.get(path)["series"])
    vigie = again(w, vigie)  # at once; a fenced ingest opens it again by itself, later
    send(w, "AE", "AE-4", 3, "own")
    w.await_counted()
    assert w.account()["AE"] == {"received": 3, "not_member": 3}
    assert "0 differences" in w.verify().stdout
    assert "AE                  2  purged" in partner(w, "list").stdout
    assert vigie.alive()

    # Its entry too: what all had seen from its joining on is as counted.
    doc = yaml.safe_load(w.config.read_text())
    doc["partners"] = [p for p in doc["partners"] if p["id"] != "AE"]
    w.config.write_text(json.dumps(doc))
    assert "0 differences" in w.verify().stdout
