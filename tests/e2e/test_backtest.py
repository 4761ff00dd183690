"""Rules over a file: vigie backtest, explain and check RULES, without servers."""
import json
import os
import subprocess

import pytest
from harness import TOP

BIN = os.environ.get("VIGIE_BIN", str(TOP / "build" / "vigie"))

RULE = """- id: three
  title: Three events of an actor
  group_by: [actor]
  window: 1m
  type: event_count
  condition: {gte: 3}
  severity: 5
- id: borders
  title: Two countries
  group_by: [actor]
  window: 1h
  condition: {country: {distinct: 2}}
  severity: 5
- id: chain
  title: Both
  type: chain
  rules: [borders, three]
  group_by: [actor]
  window: 1h
  severity: 5
"""


def event(n, second, partner="MA", actor="X", **more):
    return {"id": f"e{n}", "time": f"2026-01-02T03:04:{second:02d}Z", "partner": partner,
            "sensor": "s", "category": "malicious-code", "actor": actor, **more}


@pytest.fixture(name="run")
def fixture_run(tmp_path):
    (tmp_path / "rules.yaml").write_text(RULE)

    def run(events, *words, command="backtest", rules=tmp_path / "rules.yaml"):
        at = tmp_path / "events.ndjson"
        at.write_text("".join(json.dumps(e) + "\n" for e in events))
        place = [at] if command == "backtest" else ["--events", at]
        return subprocess.run([BIN, command, *words, "--rules", rules, *place], text=True,
                              capture_output=True, check=False)

    return run


FOUR = [event(0, 0), event(1, 10), event(2, 20), event(3, 30, "IL")]


def alerts(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_an_alert_is_a_line(run):
    got = alerts(run(FOUR, "--until", "2026-01-02T03:10:00Z"))
    assert [a["rule"] for a in got] == ["three", "borders", "chain"]
    first = got[0]
    assert len(first.pop("fingerprint")) == 16
    assert first == {"rule": "three", "group": {"actor": "X"}, "viewer": "coalition",
                     "start": "2026-01-02T03:04:20Z", "end": "2026-01-02T03:05:10Z",
                     "peak": 4, "peak_at": "2026-01-02T03:04:30Z"}
    assert got[1]["end"] is None


def test_law3_a_viewer_gets_what_it_would_without_the_hidden(run):
    hidden = [event(4, 40, "IL", tlp="RED"), event(5, 41, "IL", tlp="RED"),
              event(6, 42, "IL", tlp="RED"), event(7, 50, "US", "Y", tlp="RED")]
    with_them = run(FOUR + hidden, "--viewer", "MA").stdout
    assert with_them == run(FOUR, "--viewer", "MA").stdout
    assert with_them != run(FOUR + hidden, "--viewer", "IL").stdout


def test_what_came_too_late_or_twice_is_not_counted(run):
    late = {**event(9, 5), "record_time": "2026-01-02T09:00:00Z"}
    done = run([event(0, 0), event(0, 1), event(2, 2), late], "--rule", "three")
    assert alerts(done) == []
    assert "1 duplicate" in done.stderr and "1 beyond_rules" in done.stderr


def test_lines_that_are_no_events_are_said(run):
    done = run([{"id": "x"}, event(1, 1, "XX")])
    assert done.returncode == 0
    assert "rejected:missing" in done.stderr and "rejected:partner_mismatch" in done.stderr
    assert "line 1: " in done.stderr


def test_the_replay_of_an_alert_shows_that_group_alone(run):
    more = [event(10 + n, n, actor="Y Z") for n in range(3)]
    got = alerts(run(FOUR + more, "--rule", "three", "--group", "actor=Y Z"))
    assert [a["group"] for a in got] == [{"actor": "Y Z"}]


@pytest.mark.parametrize("words,what", [
    (["--until", "soon"], "--until"), (["--viewer", "XX"], "neither a partner"),
    (["--horizon", "far"], "--horizon")])
def test_wrong_words_are_refused_with_a_remedy(run, words, what):
    done = run(FOUR, *words)
    assert done.returncode != 0 and what in done.stderr


@pytest.mark.parametrize("at,holds,alert", [
    ("03:04:15", "does not hold", "no alert up to then"),
    ("03:04:20", "the rule holds", "not over"), ("03:09:00", "does not hold", "to 2026")])
def test_explain_says_why(run, at, holds, alert):
    done = run(FOUR, "three", "actor=X", "--at", f"2026-01-02T{at}Z", command="explain")
    assert done.returncode == 0, done.stderr
    assert holds in done.stdout and alert in done.stdout and "test 1: events = " in done.stdout


def test_explain_knows_groups_that_were_never_seen(run):
    done = run(FOUR, "chain", "actor=Q", "--at", "2026-01-02T04:00:00Z", command="explain")
    assert "not considered" in done.stdout
    done = run(FOUR, "chain", "actor=X", "--at", "2026-01-02T03:04:31Z", command="explain")
    assert "stages = 2" in done.stdout


def test_rule_files_are_checked_alone(tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(RULE)
    bad.write_text(RULE.replace("{gte: 3}", "{gte: 3, lt: 3}"))
    done = subprocess.run([BIN, "check", good], text=True, capture_output=True, check=False)
    assert done.returncode == 0 and "good: 3 rules" in done.stdout and done.stderr == ""
    assert "value and window" in done.stdout and "the alerts that it counts" in done.stdout
    done = subprocess.run([BIN, "check", bad], text=True, capture_output=True, check=False)
    assert "never holds" in done.stderr
    bad.write_text(RULE.replace("window", "windw", 1))
    done = subprocess.run([BIN, "check", bad], text=True, capture_output=True, check=False)
    assert done.returncode != 0 and "did you mean `window`?" in done.stderr
