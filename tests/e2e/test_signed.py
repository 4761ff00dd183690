"""Records that a partner signs, through the whole daemon."""
import json
import subprocess
import time

import confluent_kafka
from events import many
from harness import VIGIE, World


def new_key(folder, name):
    """(file of the private key, entry of partners.keys)"""
    file = folder / f"{name}.key"
    done = subprocess.run([VIGIE, "sign-key", "new", "--id", name, str(file)], text=True,
                          capture_output=True, check=True)
    assert file.stat().st_mode & 0o777 == 0o600
    line = done.stdout.strip()
    assert line.startswith("- {id: ")
    return file, {"id": name, "key": line.split('"')[1]}


def sign_with(w, entry, mode):
    doc = json.loads(w.config.read_text())
    doc["partners"][0].update({"signatures": mode, "keys": entry})
    w.config.write_text(json.dumps(doc))


def lines_of(w, tag, n):
    file = w.folder / f"{tag}.ndjson"
    file.write_text("".join(json.dumps(e) + "\n" for e in
                            many(tag, n, int(time.time() * 1000) - 60_000, 50_000)))
    return file


def publish(w, file, *words):
    w.tool("publish", "-b", w.brokers, "-t", w.topic("MA"), *words, str(file))


def test_a_partner_that_signs_is_counted_by_its_signatures_alone(world, tmp_path):
    w: World = world(partners=["MA", "IL"], partitions=2)
    ours, entry = new_key(tmp_path, "ma-2026")
    theirs, _ = new_key(tmp_path, "ma-forged")
    past, past_entry = new_key(tmp_path, "ma-past")
    past_entry["until"] = "2020-01-01T00:00:00Z"
    sign_with(w, [entry, past_entry], "required")
    vigie = w.serve()
    publish(w, lines_of(w, "good", 30), "--sign", str(ours))
    publish(w, lines_of(w, "bare", 7))
    publish(w, lines_of(w, "forged", 5), "--sign", str(theirs))
    publish(w, lines_of(w, "past", 3), "--sign", str(past))
    w.publish([("IL", e) for e in many("il", 4, int(time.time() * 1000) - 60_000, 50_000)])
    # A true signature, moved to another record, with the id of a true one.
    signed = next(r for r in w.read_topic(w.topic("MA")) if "vigie-sig" in r[4])
    producer = confluent_kafka.Producer(w.kafka)
    other = json.loads(signed[3])
    other["severity"] = 10
    header = signed[4]["vigie-sig"]
    producer.produce(w.topic("MA"), json.dumps(other).encode(), b"k",
                     headers=[("vigie-sig", header)])
    producer.produce(w.topic("MA"), signed[3], b"k",
                     headers=[("vigie-sig", header), ("vigie-sig", header)])
    assert producer.flush(30) == 0
    w.await_counted()
    book = w.account()
    assert book["MA"]["counted"] == 30
    assert book["MA"]["rejected:unsigned"] == 7
    assert book["MA"]["rejected:signature"] == 10
    assert book["MA"]["received"] == 47
    assert book["IL"]["counted"] == 4
    details = [headers["vigie-detail"].decode() for *_, headers in w.read_topic(w.dead_topic("MA"))]
    assert len(details) == 17
    assert sum("not valid at the record's time" in d for d in details) == 3
    assert sum("there twice" in d for d in details) == 1
    # A recall is as good as its signature.
    first = json.loads((w.folder / "good.ndjson").read_text().splitlines()[0])
    file = w.folder / "recall.ndjson"
    file.write_text(json.dumps({"sensor": first["sensor"], "recall": {
        "sensor": first["sensor"], "ids": [first["id"]]}}) + "\n")
    publish(w, file)
    w.await_counted()
    assert w.account()["MA"]["rejected:unsigned"] == 8
    assert w.account()["MA"].get("recalled", 0) == 0
    publish(w, file, "--sign", str(ours))
    w.await_counted()
    book = w.account()["MA"]
    assert (book["recalled"], book["control"]) == (1, 1), book
    assert vigie.stop() == 0
    assert "0 differences" in w.verify().stdout


def test_a_forged_record_uses_up_no_id(world, tmp_path):
    w: World = world(partners=["MA"], partitions=1)
    ours, entry = new_key(tmp_path, "ma-2026")
    sign_with(w, [entry], "required")
    vigie = w.serve()
    file = lines_of(w, "same", 10)
    publish(w, file)
    publish(w, file, "--sign", str(ours))
    w.await_counted()
    assert w.account()["MA"]["rejected:unsigned"] == 10
    assert w.account()["MA"]["counted"] == 10
    assert vigie.stop() == 0


def test_signing_may_be_optional(world, tmp_path):
    w: World = world(partners=["MA"], partitions=1)
    ours, entry = new_key(tmp_path, "ma-2026")
    theirs, _ = new_key(tmp_path, "ma-forged")
    sign_with(w, [entry], "optional")
    vigie = w.serve()
    publish(w, lines_of(w, "bare", 6))
    publish(w, lines_of(w, "good", 5), "--sign", str(ours))
    publish(w, lines_of(w, "forged", 4), "--sign", str(theirs))
    w.await_counted()
    assert w.account()["MA"]["counted"] == 11
    assert w.account()["MA"]["rejected:signature"] == 4
    assert vigie.stop() == 0
    assert "0 differences" in w.verify().stdout
