"""What dev/bench keeps and makes of it, without running anything."""
import json
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "bench"))
import compare  # noqa: E402
import model  # noqa: E402
import plots  # noqa: E402
import record  # noqa: E402
import report  # noqa: E402

COSTS = {"ingest": 4.0, "alert": 1.0, "redis": 4.0, "broker": 1.0}
ANSWER = {"by_country": 7, "by_actor": 7, "alerts": 2, "sum_alerts": "9", "sum_country": "1",
          "sum_actor": "2", "start_ms": 5}


@pytest.fixture
def kept(tmp_path):
    return record.Record(tmp_path / "runs.json")


def test_a_run_of_the_same_key_takes_the_place_of_the_one_before(kept):
    kept.add({"who": "a", "round": 1}, {"x": 1})
    kept.add({"who": "a", "round": 2}, {"x": 2})
    kept.add({"who": "a", "round": 1}, {"x": 3})
    assert sorted(r["x"] for r in kept.find(who="a")) == [2, 3]
    assert record.spread(kept.find(who="a"), "x") == {"min": 2, "median": 2.5, "max": 3}


def test_a_count_that_another_program_did_not_have_throws_the_run_out(kept):
    key = {"kind": "speed", "state": "small", "events": 7}
    kept.add({**key, "who": "a"}, ANSWER)
    compare.hold_equal(kept, {**key, "who": "b"}, ANSWER)
    for name in ("by_country", "sum_alerts", "sum_actor"):
        with pytest.raises(AssertionError, match=name):
            compare.hold_equal(kept, {**key, "who": "b"}, {**ANSWER, name: "other"})


def test_sums_over_minutes_are_compared_within_one_load_only(kept):
    key = {"kind": "speed", "state": "small", "events": 7}
    kept.add({**key, "who": "a"}, ANSWER)
    compare.hold_equal(kept, {**key, "who": "b"}, {**ANSWER, "sum_actor": "3", "start_ms": 6})


def test_the_model_ends_at_what_is_scarcest():
    assert model.model(COSTS, 1, 1, 2) == {"model_per_s": 200_000, "model_limit": "processors"}
    assert model.model(COSTS, 8, 1, 64)["model_limit"] == "Redis"
    assert model.model(COSTS, 1, 9, 64)["model_limit"] == "threads of ingest"
    assert model.machines(COSTS, 1_000_000, 0.5)["cores"] == 20


def test_numbers_are_said_as_people_say_them():
    assert (compare.number("2M"), compare.number("200k"), compare.number("7")) == (2_000_000, 200_000, 7)
    assert (plots.short(429_000), plots.short(1_250_000), plots.short(0.5)) == ("429k", "1.25M", "0.5")


def test_a_page_that_does_not_say_what_was_measured_is_found(tmp_path, monkeypatch):
    page = tmp_path / "scaling.md"
    page.write_text("".join(f"<!-- {n} -->\n<!-- /{n} -->\n"
                            for n in ("processes", "coalition", "cardinality", "machine")))
    run = {"kind": "processes", "processes": 1, "shards": 1, "events": 9, "events_per_s": 123_456.0,
           "us": COSTS, "at": "2026-01-01T00:00:00Z", "load": [0.5, 0, 0]}
    (tmp_path / "scaling.json").write_text(json.dumps({"machine": record.machine(), "runs": [run]}))
    words = ["report", "--results", str(tmp_path), "--docs", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", words)
    assert report.main() == 0 and "123,456" in page.read_text()
    monkeypatch.setattr(sys, "argv", [*words, "--check"])
    assert report.main() == 0
    page.write_text(page.read_text().replace("123,456", "999,999"))
    assert report.main() == 1
