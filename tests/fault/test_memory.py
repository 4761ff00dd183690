"""Memory: each place of vigie that allocates fails once, in the tools and in the daemon.

What may come of it: a refusal (exit 1 or 2), a partition that is tried again and says so, a thread
or process that goes on, or a deliberate stop where a verdict would depend on memory
(ingest/record.c).
Never a wrong number, a crash or a failed assertion.
"""
import json
import signal
import subprocess

import pytest
from frame import compiled, undisturbed
from harness import TOP, VIGIE, await_that

RUNS_MOST = 400
SAMPLE = 24  # of the places of the daemon, in the selection of dev/check
DAEMON = {"kafka.instance_id": "one", "alert.lease": "1s"}
PATHS = ["/v1/alerts", "/v1/series?by=country&step=1m", "/v1/account", "/v1/partners", "/metrics",
         "/v1/wall", "/v1/top?by=actor", "/v1/rules"]
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


def disturb(w, vigie, seconds=60):
    """Have it count what is there and answer what it is asked; False when it has ended."""
    await_that(lambda: not vigie.alive() or (w.caught_up() and w.status("/readyz") == 200),
               lambda: f"an end, or all counted\n{vigie.tail()}", seconds, 0.1)
    for path in PATHS:
        w.status(path, "coalition")
    return vigie.alive()


def places_of_the_daemon(make, shim):
    """Every place that allocates while the story is counted and asked for."""
    w = make(options=DAEMON)
    seen = w.folder / "places"
    w.publish(w.records())
    vigie = w.serve(http=False, env={**env_of(shim, seen), "VG_ALLOC_SEE": "1"})
    assert disturb(w, vigie), vigie.tail()
    assert vigie.stop() == 0, vigie.tail()
    return sorted(set(seen.read_text().splitlines()))


def fail_each_once(world, shim, name, most=None):
    """Each place of the daemon fails once; of `most`, as many, evenly spread. A process that ends
    of it is followed by another, which is spared what has failed already, until one meets no new
    place: there may be more than `every` names, since what is met depends on timing."""
    every = places_of_the_daemon(world, shim)
    chosen = every if most is None else every[::-(-len(every) // most)]
    w = world(options=DAEMON)
    spared, failed, processes, ended = w.folder / "places", 0, 0, 0
    spared.write_text("".join(f"{p}\n" for p in every if p not in set(chosen)))
    begun = failed_places(spared)
    with w.fault(name):
        w.publish(w.records())
        for _ in range(RUNS_MOST):
            before = failed_places(spared)
            vigie = w.serve(http=False, env=env_of(shim, spared))
            processes += 1
            if not disturb(w, vigie):
                ended += 1
                assert vigie.child.returncode != 0, vigie.tail()
                refuses_well(vigie.child.returncode, vigie.text())
            assert "partition_held" not in vigie.text(), vigie.tail()
            vigie.kill()
            if failed_places(spared) == before:
                break
        else:
            raise AssertionError(f"not through after {RUNS_MOST} processes")
        w.serve(http=False)
    failed = failed_places(spared) - begun
    print(f"memory: {failed} of {len(every)} places of the daemon failed once, in {processes} "
          f"processes, of which {ended} ended; {w.seen('no_memory')} partitions were put off")
    assert failed >= len(chosen) * 0.8, (failed, len(chosen))
    undisturbed(w)


@pytest.mark.short
def test_a_sample_of_the_allocations_of_the_daemon_fails_once(world, shim):
    fail_each_once(world, shim, "each of a sample of vigie's allocations fails once", SAMPLE)


def test_each_allocation_of_the_daemon_fails_once(world, shim):
    fail_each_once(world, shim, "each allocation of vigie fails once")
