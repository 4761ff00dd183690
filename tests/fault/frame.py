"""A world that a fault is done to, and what must hold of it afterwards.

Every world of these tests is sent the same story under the same rules. Its alerts are those of a
run that nothing disturbed, which is made once; its counts are those of a second count in Python.
"""
import json
import os
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from campaigns import (
    ACTOR_RULE,
    CAVEAT_NAMES,
    INDICATOR_RULE,
    PARTNERS,
    by_slot,
    expected_alerts,
    seen_alerts,
    settled,
    story,
)
from events import assert_equal_counts
from harness import World, await_that

# Built with -DVG_FAULTS=ON: the only binary that knows VIGIE_FAULT.
FAULT_BIN = os.environ.get("VIGIE_FAULT_BIN")
VIEWERS = ("coalition", *PARTNERS)
EVENTS, HOUR_MS = 2400, 3_600_000
RECOVERY_S = 120  # the latest end of a recovery; what it took is printed


class Feed(threading.Thread):
    """Publishes records in pieces over some seconds, so that a fault hits work."""

    def __init__(self, world, records, seconds, pieces=60):
        super().__init__(daemon=True)
        self.world, self.records, self.seconds, self.pieces = world, records, seconds, pieces
        self.error = None

    def run(self):
        try:
            producer, step = self.world.producer(), -(-len(self.records) // self.pieces)
            for i in range(0, len(self.records), step):
                self.world.publish(self.records[i:i + step], producer)
                time.sleep(self.seconds / self.pieces)
        except BaseException as error:  # shown by end()
            self.error = error

    def end(self):
        """Wait until all is published."""
        self.join(300)
        assert self.error is None, self.error
        assert not self.is_alive(), "the feed did not come to an end"


class FaultWorld(World):
    """A World with the story's partners, rules and record times.

    `begun_ms` is the one record time of a whole run of tests, so that worlds compare.
    """

    begun_ms = int(time.time() * 1000)

    def __init__(self, folder, brokers, partitions=2, rules=(ACTOR_RULE, INDICATOR_RULE), **more):
        more.setdefault("partners", PARTNERS)
        more.setdefault("caveats", CAVEAT_NAMES)
        super().__init__(folder, brokers, partitions=partitions, producer_times=True,
                         rules=list(rules), **more)
        self.caveats, self.rules, self.recoveries, self.events, self.tell = (
            more["caveats"], tuple(rules), [], EVENTS, print)

    # -- the story

    def records(self, first=0.0, last=1.0):
        """That part of the story, ready for publish(); what was sent once keeps its partition."""
        whole = by_slot(self, the_story(self.events), self.begun_ms)
        return whole[int(len(whole) * first):int(len(whole) * last)]

    def feed(self, seconds=6.0, first=0.0, last=1.0):
        """Begin to publish that part at a pace; a Feed, whose end() waits."""
        feed = Feed(self, self.records(first, last), seconds)
        feed.start()
        return feed

    # -- the fault

    @contextmanager
    def fault(self, name):
        """Inside, provoke the fault and take its cause away; leaving, await that everything
        published so far is counted, and note how long that took."""
        begun = time.monotonic()
        yield
        over = time.monotonic()
        self.await_counted(RECOVERY_S)
        took = time.monotonic() - over
        self.recoveries.append({"fault": name, "cause_s": round(over - begun, 2),
                                "recovery_s": round(took, 2)})
        self.tell(f"recovery {took:6.2f} s after {over - begun:6.2f} s of: {name}")


def the_story(n):
    """n events of all partners within four hours, a third of them not for everybody."""
    start = FaultWorld.begun_ms - 5 * HOUR_MS
    return story(f"fault{n}", n, start, 4 * HOUR_MS, hidden_share=0.3, actors=24)


_calm = {}


def calm_alerts(make, like):
    """{viewer: settled alerts} of a run that nothing disturbed, made once for a story and rules."""
    key = (like.events, like.rules)
    if key not in _calm:
        w = make(rules=like.rules)
        w.events = like.events
        w.serve()
        w.publish(w.records())
        w.await_counted()
        if like.rules == (ACTOR_RULE, INDICATOR_RULE):
            want = {v: expected_alerts(the_story(like.events), v) for v in VIEWERS}
            await_that(lambda: {v: seen_alerts(w, v) for v in VIEWERS} == want,
                       "the alerts that brute force finds", 60, 0.3)
            assert all(want.values()), "the story is too thin to prove anything"
        assert_equal_counts(w)
        _calm[key] = {v: settled(w, v) for v in VIEWERS}
        for process in w.running:
            process.kill()
    return _calm[key]


def difference(mine, calm):
    """What one has and the other has not, in words."""
    return "\n".join(f"{viewer}: {sign} {alert}" for viewer in calm
                     for sign, alerts in (("only here", set(mine[viewer]) - set(calm[viewer])),
                                          ("missing", set(calm[viewer]) - set(mine[viewer])))
                     for alert in sorted(alerts)[:5])


def undisturbed(world):
    """Nothing shows that anything happened: to be called when the whole story is published.

    `vigie verify` finds 0 differences, an independent count agrees, every record has one verdict,
    and every viewer's alerts are those of an undisturbed run. Recovery times are noted by fault().
    """
    world.await_counted(RECOVERY_S)
    if world.status("/readyz") == 0:
        world.serve()
    await_that(lambda: world.status("/readyz") == 200, "an API that is ready", RECOVERY_S)
    count = assert_equal_counts(world)
    assert "0 differences" in world.verify().stdout
    world.adds_up()
    assert sum(c["received"] for c in count.verdicts.values()) >= world.events, "records are missing"
    calm, mine = calm_alerts(world.calm, world), {}

    def same():
        mine.update({v: settled(world, v) for v in VIEWERS})
        return mine == calm
    try:
        await_that(same, "the alerts of an undisturbed run", 60, 0.3)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{difference(mine, calm)}") from None
    assert world.recoveries, "no fault was provoked: nothing is proved"


def compiled(name, folder):
    """A library to preload, made from its source here."""
    out = Path(folder) / f"{name}.so"
    subprocess.run(["cc", "-std=gnu17", "-O2", "-shared", "-fPIC", "-Wall", "-Wextra",
                    "-Werror", "-o", str(out), str(Path(__file__).parent / f"{name}.c")],
                   check=True)
    return out


def write_report(path, rows):
    """What dev/faults keeps of a run."""
    Path(path).write_text(json.dumps(rows, indent=1) + "\n")
