"""Memory: each place of vigie that allocates fails once, in the tools and in the daemon.

What may come of it: a refusal (exit 1 or 2), a partition that is held and says so, a thread or
process that goes on, or a deliberate stop where a verdict would depend on memory (ingest/record.c).
Never a wrong number, a crash or a failed assertion.
"""
import json
import signal
import subprocess

import pytest
from frame import compiled, undisturbed
from harness import TOP, VIGIE, await_that

RUNS_MOST = 400
FINE = {0, 1, 2, -signal.SIGABRT}


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    """The preloaded library, compiled."""
    return compiled("alloc_shim", tmp_path_factory.mktemp("shim"))


def env_of(shim, places):
    return {"LD_PRELOAD": str(shim), "VG_ALLOC_FILE": str(places)}


def failed_places(places):
    return len(places.read_text().splitlines()) if places.exists() else 0


def refuses_well(code, text):
    assert code in FINE, (code, text[-2000:])
    assert "Assertion" not in text, text[-2000:]


def through_all(shim, places, words, text=None):
    """Run a tool until a run meets no new place; (its output, places that failed)."""
    for _ in range(RUNS_MOST):
        before = failed_places(places)
        done = subprocess.run([VIGIE, *words], input=text, capture_output=True, text=True,
                              timeout=120, env=env_of(shim, places), check=False)
        refuses_well(done.returncode, done.stderr)
        if failed_places(places) == before:
            assert done.returncode == 0, done.stderr
            return done.stdout, before
    raise AssertionError(f"not through after {RUNS_MOST} runs")


def calm_output(words, text=None):
    return subprocess.run([VIGIE, *words], input=text, capture_output=True, text=True, timeout=120,
                          check=True).stdout


@pytest.mark.short
@pytest.mark.parametrize("tool", ["test", "check", "backtest"])
def test_each_allocation_of_a_tool_fails_once(shim, tmp_path, tool):
    rule = str(TOP / "rules" / "cross-border-actor.yaml")
    events = tmp_path / "events.ndjson"
    events.write_text("".join(json.dumps({
        "id": f"e{i}", "time": f"2026-01-01T0{i % 9}:00:00Z", "sensor": "s", "severity": 5,
        "category": "intrusion-attempts", "confidence": 90, "country": ["MA", "IL", "AE"][i % 3],
        "partner": ["MA", "IL", "AE"][i % 3], "actor": "an actor"}) + "\n" for i in range(60)))
    words = {"test": ["test", str(TOP / "rules" / "cross-border-actor.test.yaml")],
             "check": ["check", rule],
             "backtest": ["backtest", "--rules", rule, str(events)]}[tool]
    said, places = through_all(shim, tmp_path / "places", words)
    print(f"memory: {tool}: {places} places failed once")
    assert said == calm_output(words)
    assert places > 10, "the shim is not in force"


def test_each_allocation_of_the_daemon_fails_once(world, shim):
    """Places fail as counting meets them; a process that ends, or holds a partition, is followed
    by another, which is spared what has failed already."""
    w = world(options={"kafka.instance_id": "one", "alert.lease": "1s"})
    places, ends = w.folder / "places", 0
    with w.fault("each allocation of vigie fails once"):
        for part in range(10):
            w.publish(w.records(part / 10, part / 10 + 0.1))
        for _ in range(RUNS_MOST):
            before = failed_places(places)
            vigie = w.serve(http=False, env=env_of(shim, places))
            await_that(lambda v=vigie: not v.alive() or "partition_held" in v.text() or
                       (w.caught_up() and w.status("/readyz") == 200),
                       f"an end, a refusal, or all counted\n{vigie.tail()}", 120, 0.2)
            gone_by_itself = not vigie.alive()
            if gone_by_itself:
                refuses_well(vigie.child.returncode, vigie.text())
            vigie.kill()
            ends += 1
            if failed_places(places) == before:
                assert not gone_by_itself, vigie.tail()
                break
        w.serve(http=False)
    print(f"memory: {failed_places(places)} places of the daemon failed, {ends} processes")
    assert failed_places(places) > 100
    undisturbed(w)
