"""vigie test: unit tests of rules, without servers."""
import os
import subprocess

import pytest
from harness import TOP

BIN = os.environ.get("VIGIE_BIN", str(TOP / "build" / "vigie"))

RULES = """- id: three
  title: Three events of an actor
  group_by: [actor]
  type: event_count
  window: 1m
  condition: {gte: 3}
  severity: 5
- id: fresh
  title: A technique that was not there before
  group_by: []
  type: new_value
  distinct: technique
  history: 7d
  severity: 3
"""
TESTS = """defaults: {category: fraud, actor: X, partner: MA}
tests:
  - name: three within a minute
    events:
      - {at: 1h, every: 20s, times: 3}
    expect:
      - {at: 1h39s, alerts: []}
      - at: 1h41s
        alerts: [{rule: three, group: {actor: X}, start: 1h40s, end: null, peak: 3, state: firing}]
      - at: 1h1m30s
        alerts: [{rule: three, group: {actor: X}, end: 1h1m, state: recovering}]
      - at: 3h
        alerts: [{rule: three, group: {actor: X}, state: resolved}]
      - {at: 3h, viewer: MA, alerts: [{rule: three, group: {actor: X}}]}
  - name: what a viewer may not see, and what came too late
    defaults: {tlp: RED}
    events:
      - {at: 0s}
      - {at: 10s}
      - {at: 20s, partner: MA}
      - {at: 30s, partner: IL, technique: T1486}
      - {at: 40s, partner: IL, technique: T1490, late: 5m}
    expect:
      - {at: 1m, viewer: IL, alerts: [{rule: fresh, value: T1486, start: 30s},
                                      {rule: fresh, value: T1490, start: 40s}]}
      - {at: 1m, viewer: MA, alerts: [{rule: three, group: {actor: X}}]}
      - {at: 1m, viewer: US, alerts: []}
"""


@pytest.fixture(name="run")
def fixture_run(tmp_path):
    def run(tests, *words, rules=RULES, path=None):
        (tmp_path / "r.yaml").write_text(rules)
        (tmp_path / "r.test.yaml").write_text(tests)
        return subprocess.run([BIN, "test", *words, path or tmp_path / "r.test.yaml"], text=True,
                              capture_output=True, check=False)

    return run


def last(done):
    return done.stdout.splitlines()[-1]


def test_expectations_that_are_met_pass(run, tmp_path):
    for path in None, tmp_path:
        done = run(TESTS, "--strict", path=path)
        assert (last(done), done.returncode) == ("2 passed, 0 failed", 0), done.stdout


@pytest.mark.parametrize("old,new,said", [
    ("end: null, peak: 3", "end: 1h1m, peak: 4",
     "differs: three actor=X\n      expected end 1h1m, peak 4\n      came     end null, peak 3\n"),
    ("{at: 1h39s, alerts: []}", "{at: 1h40s, alerts: []}",
     "at 1h40s, as coalition sees it:\n    unexpected: three actor=X, start 1h40s, end null, "
     "peak 3, firing\n"),
    ("viewer: US, alerts: []", "viewer: US, alerts: [{rule: three, group: {actor: Y}, start: 2s}]",
     "at 1m, as US sees it:\n    missing: three actor=Y, start 2s\n"),
    ("state: resolved", "state: firing", "expected firing\n      came     resolved\n"),
    ("value: T1490, ", "value: T1491, ", "expected value T1491\n      came     value T1490\n"),
])
def test_what_is_not_met_is_shown_as_a_difference(run, old, new, said):
    assert old in TESTS
    done = run(TESTS.replace(old, new))
    assert said in done.stdout and "r.test.yaml:" in done.stdout
    assert (last(done), done.returncode) == ("1 passed, 1 failed", 1)


@pytest.mark.parametrize("old,new,said", [
    ("at: 1h,", "att: 1h,", "`at` is missing"),
    ("times: 3", "times: 100001", "from 1 to 100000"),
    ("every: 20s", "every: soon", "`every` must be an offset"),
    ("{at: 0s}", "{at: 0s, time: 5}", "has `at` in place of"),
    ("{at: 0s}", "{at: 0s, category: nonsense}", "event 1 in order of arrival: rejected:value"),
    ("viewer: US", "viewer: XX", "neither a partner nor coalition"),
    ("rule: three, group: {actor: X}, start", "group: {actor: X}, start", "say which `rule`"),
    ("rule: three, group: {actor: X}, start", "rule: four, start", "no rule `four`"),
    ("group: {actor: X}, start", "group: {country: MA}, start", "groups by actor"),
    ("group: {actor: X}, start", "group: {actor: X, a: b}, start", "does not group by"),
    ("state: firing", "sate: firing", "did you mean `state`?"),
    ("state: firing", "state: on", "must be firing, recovering or resolved"),
    ("  - name: three within a minute\n    ev", "  - ev", "a map with a `name`"),
    ("    expect:\n      - {at: 1h39s", "    expected:\n      - {at: 1h39s", "did you mean `expect`"),
    ("defaults: {tlp", "defaults: {at: 3s, tlp", "an event's own"),
    ("tests:\n", "test:\n", "did you mean `tests`"),
    ("tests:\n", "start: today\ntests:\n", "`start` must be a time"),
    ("tests:\n", "rules: q.yaml\ntests:\n", "q.yaml"),
    ("tests:\n", "x: [\n", "r.test.yaml"),
])
def test_what_is_no_test_is_said_with_its_line(run, old, new, said):
    assert old in TESTS
    done = run(TESTS.replace(old, new, 1))
    assert said in done.stdout, done.stdout
    assert done.returncode in (0, 1) and last(done).endswith("failed")


def test_strict_wants_each_rule_tested_both_ways(run, tmp_path):
    only = TESTS.split("  - name: what a")[0]
    done = run(only, "--strict")
    assert "expects an alert of `fresh`" in done.stdout and done.returncode == 1
    assert run(only).returncode == 0
    (tmp_path / "q.yaml").write_text(RULES)
    done = run(TESTS, "--strict", path=tmp_path)
    assert "q.yaml: it has no tests" in done.stdout and last(done) == "2 passed, 1 failed"


def test_a_folder_without_tests_and_a_path_that_is_not_there(run, tmp_path):
    (tmp_path / "empty").mkdir()
    assert run(TESTS, path=tmp_path / "empty").returncode != 0
    done = run(TESTS, path=tmp_path / "nowhere")
    assert done.returncode != 0 and "no such file" in done.stderr


def test_repeated_events_have_a_number(run):
    tests = """tests:
  - name: one actor each
    defaults: {category: fraud, partner: MA, actor: "A{n}"}
    events: [{at: 0s, times: 3}, {at: 1s, times: 2, actor: A1}]
    expect: [{at: 2s, alerts: [{rule: three, group: {actor: A1}, start: 1s}]}]
"""
    assert last(run(tests)) == "1 passed, 0 failed"
