"""Conformance vectors the live way: through Kafka, Redis and the API."""
import json
import sys

import pytest
from harness import TOP, await_that

sys.path.insert(0, str(TOP / "tests" / "conformance"))
import live  # noqa: E402

SHARED = TOP.parent / "shared" / "conformance"
OWN = TOP / "tests" / "conformance" / "vectors"


def of_events():
    found = []
    for folder in (SHARED, OWN):
        for file in sorted(folder.glob("*.json")):
            found += [{**v, "name": f"{file.stem}/{v['name']}"}
                      for v in json.loads(file.read_text()) if "events" in v]
    assert found
    return found


def plain():
    return [v for v in of_events() if live.left_out(v) is None]


@pytest.mark.parametrize("part", range(3))
def test_vectors_through_kafka_and_redis(world, tmp_path, part):
    batch = plain()[part::3]
    wrong = {}
    for i in range(0, len(batch), live.ROOM):
        (tmp_path / str(i)).mkdir()
        wrong |= live.play(world, tmp_path / str(i), batch[i:i + live.ROOM])
    assert not wrong, live.shown(wrong)


def test_more_event_times_than_are_kept_exact_are_rounded_and_said(world, tmp_path):
    rule = tmp_path / "many.yaml"
    rule.write_text(json.dumps({
        "id": "many", "title": "many", "type": "event_count", "group_by": ["actor"],
        "window": "1h", "condition": {"gte": 5000}, "severity": 5}))
    w = world(partners=["MA"], partitions=1, producer_times=True, rules=[rule])
    start = live.clock() - live.clock() % 3_600_000
    w.publish([("MA", {"id": f"m{i}", "sensor": "s", "category": "fraud", "actor": "a",
                       "time": live.at(start + i)}, start + i) for i in range(5000)])
    w.serve()
    w.await_counted()
    await_that(w.alerts, "the alert", 20)
    alert, = w.alerts()
    assert (alert["peak"], alert.get("approximate")) == (5000, True), alert
    assert "0 differences" in w.verify().stdout
