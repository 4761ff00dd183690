"""The process: killed at each step, stopped, without descriptors, with a clock that jumps."""
import os
import re
import resource
import signal
import subprocess

import pytest
from frame import FAULT_BIN, undisturbed
from harness import TOP, VIGIE, await_that

# A restart within the session time-out takes its partitions back at once.
SAME_MEMBER = {"kafka.instance_id": "one", "alert.lease": "1s"}
# Points that only some work passes; any other is passed by the third batch at the latest.
FIRST_TIME = {"open_epoch", "open_loaded", "open_done", "hint_sent", "group_drained",
              "alerts_built", "alerts_put", "dead_settled"}
# What dev/check kills at: around the script, where it is in doubt what happened.
SHORT = ["open_loaded", "commit_built", "commit_sent", "commit_replied", "alerts_put"]


def points():
    """Every point of core/fault.h, in order."""
    return re.findall(r"\bX\((\w+)\)", (TOP / "core" / "fault.h").read_text())


def bad_records(world, n):
    """Records that cannot be read: they are kept as dead letters."""
    return [("MA", b"{not json %d" % n, world.begun_ms, 0)]


def killed_at(world, point, piece):
    """Start, publish a piece, and see the process die at the point; then start one that lives."""
    n = 1 if point in FIRST_TIME else 3
    doomed = world.serve(http=False, env={"VIGIE_FAULT": f"{point}:{n}"})
    world.publish(piece)
    if point == "group_drained":
        world.await_counted()
        doomed.signal(signal.SIGTERM)
    await_that(lambda: not doomed.alive(), f"the end at {point}\n{doomed.tail()}")
    assert doomed.child.returncode == -signal.SIGKILL, doomed.tail()


def kill_at_each(world, names):
    w = world(options=SAME_MEMBER)
    w.binary = FAULT_BIN
    step = 1 / len(names)
    for i, point in enumerate(names):
        with w.fault(f"kill -9 at {point}"):
            killed_at(w, point, w.records(i * step, (i + 1) * step) + bad_records(w, i))
            alive = w.serve(http=False)
        alive.kill()
    w.publish(w.records(len(names) * step - 1e-9))
    w.serve()
    undisturbed(w)


@pytest.mark.short
@pytest.mark.fault_build
def test_kill_9_around_the_script_of_a_commit(world):
    kill_at_each(world, SHORT)


@pytest.mark.fault_build
def test_kill_9_at_every_step_of_a_batch(world):
    kill_at_each(world, points())


@pytest.mark.short
def test_what_is_shipped_has_no_fault_points():
    """By its symbols and its texts; the build for tests has both."""
    def has(binary):
        symbols = subprocess.run(["nm", binary], capture_output=True, text=True, check=True).stdout
        texts = subprocess.run(["strings", "-n", "8", binary], capture_output=True, text=True,
                               check=True).stdout
        return "vg_fault_pass" in symbols, "VIGIE_FAULT" in texts, "commit_replied" in texts

    assert has(VIGIE) == (False, False, False)
    assert not FAULT_BIN or has(FAULT_BIN) == (True, True, True)


@pytest.mark.short
def test_a_stopped_process_whose_partitions_moved_is_fenced_when_it_goes_on(world):
    w = world()
    zombie = w.serve("--role", "ingest", http=False)
    w.publish(w.records(0, 0.2))
    await_that(w.stored, "the first owner counts")
    w.publish(w.records(0.2, 0.4))
    zombie.signal(signal.SIGSTOP)
    heir = w.serve()
    w.publish(w.records(0.4, 0.6))
    w.await_counted()
    feed = w.feed(2, 0.6, 1)
    with w.fault("SIGSTOP until the partitions have moved, then SIGCONT"):
        zombie.signal(signal.SIGCONT)
        await_that(lambda: "event=partition_fenced" in zombie.text() or
                   "event=partition_revoked" in zombie.text(), "the zombie hears of it")
    feed.end()
    assert heir.alive()
    undisturbed(w)


@pytest.mark.fault_build
@pytest.mark.parametrize("point", ["commit_built", "commit_sent"])
def test_a_zombie_with_a_commit_in_its_hands_is_fenced(world, point):
    """Stopped just before, or just after, its script was sent; its partitions move; it goes on."""
    w = world()
    w.binary = FAULT_BIN
    zombie = w.serve("--role", "ingest", http=False, env={"VIGIE_FAULT": f"{point}:3:stop"})
    w.publish(w.records(0, 0.5))
    await_that(lambda: state_of(zombie) == "T", "the process stops itself")
    w.serve()
    w.await_counted()
    feed = w.feed(2, 0.5, 1)
    with w.fault(f"stopped at {point} until the partitions have moved"):
        zombie.signal(signal.SIGCONT)
        await_that(lambda: "event=partition_fenced" in zombie.text() or
                   "event=partition_revoked" in zombie.text(), "the zombie hears of it")
    feed.end()
    undisturbed(w)


def state_of(process):
    """The letter of /proc for what a process does: T is stopped."""
    stat = open(f"/proc/{process.pid}/stat").read()
    return stat[stat.rindex(")") + 2]


FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
DAY_S = 86400


def test_no_jump_of_the_clock_changes_a_number(world):
    """A day ahead, two days back, and right again, while events are counted."""
    w = world()
    offset = w.folder / "clock"
    offset.write_text("+0")
    w.serve(env={"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(offset),
                 "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                 "FAKETIME_XRESET": "1"})
    feed = w.feed(9)
    for name, seconds in (("a day ahead", DAY_S), ("two days back", -DAY_S), ("right again", 0)):
        with w.fault(f"the wall clock jumps: {name}"):
            offset.write_text(f"{seconds:+d}")
            await_that(lambda s=seconds: abs(clock_of(w) - s) < DAY_S / 24,
                       f"the process' clock is {name}")
    feed.end()
    undisturbed(w)


def clock_of(world):
    """How far ahead of ours the process' clock is, by its log's newest line."""
    import datetime
    import time
    world.status("/readyz")
    world.status("/v1/alerts")
    stamp = world.request("/healthz")[1].get("Date")
    if stamp is None:
        return float("nan")
    then = datetime.datetime.strptime(stamp, "%a, %d %b %Y %H:%M:%S %Z")
    return then.replace(tzinfo=datetime.timezone.utc).timestamp() - time.time()


@pytest.mark.short
def test_without_descriptors_nothing_is_lost_and_it_goes_on_when_there_are_some(world):
    w = world(options={"redis.command_timeout": "500ms"})
    vigie = w.serve()
    feed = w.feed(6)
    await_that(w.stored, "work to disturb")
    before = resource.prlimit(vigie.pid, resource.RLIMIT_NOFILE)
    with w.fault("out of file descriptors, and Redis restarts meanwhile"):
        resource.prlimit(vigie.pid, resource.RLIMIT_NOFILE, (3, before[1]))
        w.redis.stop()
        w.redis.start()
        await_that(lambda: "Too many open files" in vigie.text(), "it says so", 30)
        assert vigie.alive(), vigie.tail()
        resource.prlimit(vigie.pid, resource.RLIMIT_NOFILE, before)
    feed.end()
    assert len(os.listdir(f"/proc/{vigie.pid}/fd")) < 200
    undisturbed(w)
