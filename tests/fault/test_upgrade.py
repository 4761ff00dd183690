"""Upgrade: what a release stored is read by this one, or refused with the way forward."""
import json
import subprocess
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient
from campaigns import settled
from events import assert_equal_counts
from fixtures import worlds
from frame import VIEWERS
from harness import VIGIE, await_that, free_port
from released import COUNTING, PARTNERS, RELEASED, RULES, ReleasedWorld, load, rules_of

NAMES = sorted(path.name for path in RELEASED.iterdir() if path.is_dir())


@pytest.fixture
def released(tmp_path, brokers):
    """make(name) -> a world with the topics, records and Redis that the release had."""
    with worlds(ReleasedWorld, tmp_path, brokers) as make:
        made = []

        def left_by(name, rules=None, topics=None):
            """`topics`: of another name, and an empty Redis beside them."""
            w = make(name=topics or name, rules=rules or rules_of(name))
            made.append(w)
            lines = (RELEASED / name / "records.ndjson").read_text().splitlines()
            w.publish([tuple(json.loads(line)) for line in lines])
            if topics is None:
                load(w.redis.client(), name)
            return w
        yield left_by
        for w in made:
            admin = AdminClient(w.kafka)
            for future in admin.delete_topics([w.topic(p) for p in PARTNERS]).values():
                future.result(30)


@pytest.mark.short
@pytest.mark.parametrize("name", NAMES)
def test_what_a_release_stored_is_read_and_counted_on(released, name):
    w = released(name)
    had, before = w.stored(), w.account()
    assert had > 0
    vigie = w.serve()
    assert w.stored() == had
    await_that(w.alerts, "the alerts that were stored")
    _, more = w.records()
    w.publish(more)
    w.await_counted()
    assert w.stored() == had + len(more)
    for event in ("partition_held", "partition_rewind"):
        assert event not in vigie.text()
    # It counted on, and did not begin anew: what it read are the new records alone.
    assert w.metric("vigie_ingest_records") == len(more)
    assert all(w.account()[p]["received"] > before[p]["received"] for p in PARTNERS)
    assert_equal_counts(w)
    assert "0 differences" in w.verify().stdout
    assert {v: bool(w.alerts(v)) for v in VIEWERS}


@pytest.mark.short
@pytest.mark.parametrize("name", NAMES)
def test_the_configuration_of_a_release_is_good(tmp_path, name):
    doc = json.loads((RELEASED / name / "vigie.yaml").read_text())
    doc["kafka"]["brokers"] = "127.0.0.1:9092"
    doc["redis"]["address"] = f"127.0.0.1:{free_port()}"
    (tmp_path / "hash.key").write_bytes(b"0123456789abcdef")
    (tmp_path / "tokens").touch(0o600)
    file = Path(tmp_path / "vigie.yaml")
    file.write_text(json.dumps(doc))
    done = subprocess.run([VIGIE, "check", "-c", file], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "good" in done.stdout


@pytest.mark.short
@pytest.mark.parametrize("name", NAMES)
def test_tracks_of_counting_rules_are_read_or_filled_anew(released, name):
    """Stored by a release that ran such rules, or none yet: the alerts are those of a vigie that
    has counted all of it itself."""
    rules = [*RULES, COUNTING]
    w, calm = released(name, rules), released(name, rules, f"{name}-calm")
    w.serve()
    calm.serve()
    for one in (w, calm):
        one.publish(one.records()[1])
    for one in (w, calm):
        one.await_counted()
    await_that(lambda: w.metric("vigie_tracks_unfilled") == 0, "every track filled", 60, 0.2)
    want = {}

    def same():
        want.update({v: settled(calm, v) for v in VIEWERS})
        return all(settled(w, v) == want[v] for v in VIEWERS)
    await_that(same, "the alerts of a vigie that counted it all", 60, 0.3)
    kinds = {json.loads(a)["rule"] for a in want["coalition"]}
    assert {"many-from-one", "much-at-one", "weak-then-strong"} <= kinds, kinds
    assert "0 differences" in w.verify().stdout


@pytest.mark.parametrize("schema", ["0", "2"])
def test_a_redis_of_another_schema_is_refused_and_nothing_is_written(released, schema):
    w = released(NAMES[-1])
    client = w.redis.client()
    client.hset("vg:{vg}:meta", "schema", schema)
    before = {key: client.dump(key) for key in client.scan_iter("*", 1000)}
    vigie = w.serve(http=False)
    assert vigie.child.wait(60) == 2
    assert "another version of vigie filled this Redis" in vigie.text()
    assert "run that one, or count again into an empty Redis" in vigie.text()
    assert {key: client.dump(key) for key in client.scan_iter("*", 1000)} == before


def test_a_partition_of_another_schema_is_held_and_says_the_way_forward(released):
    w = released(NAMES[-1])
    key = f"vg:{{{w.topic('MA')}:0}}:o"
    w.redis.client().hset(key, "schema", "2")
    vigie = w.serve(http=False)
    await_that(lambda: "event=partition_held" in vigie.text(), "the partition held", 60)
    assert "VG SCHEMA 2" in vigie.text()
    assert "count again into an empty Redis" in vigie.text()
    # The way forward: an empty Redis, and the topics as they are.
    assert vigie.stop() == 0
    w.redis.client().flushall()
    w.serve()
    w.await_counted()
    assert_equal_counts(w)
