"""The process: killed, stopped, without descriptors, with a clock that jumps."""
import signal

import pytest
from frame import undisturbed
from harness import await_that


@pytest.mark.short
def test_a_stopped_process_whose_partitions_moved_is_fenced_when_it_goes_on(world):
    w = world()
    zombie = w.serve("--role", "ingest", http=False)
    w.publish(w.records(0, 0.2))
    await_that(w.stored, "the first owner counts")
    with w.fault("SIGSTOP until the partitions have moved, then SIGCONT"):
        zombie.signal(signal.SIGSTOP)
        w.publish(w.records(0.2, 0.6))
        heir = w.serve()
        w.await_counted()
        feed = w.feed(2, 0.6, 1)
        zombie.signal(signal.SIGCONT)
        await_that(lambda: "event=partition_fenced" in zombie.text() or
                   "event=partition_revoked" in zombie.text(), "the zombie hears of it")
        feed.end()
    assert heir.alive()
    undisturbed(w)
