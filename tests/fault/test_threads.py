"""Threads: the daemon built with ThreadSanitizer, driven end to end through trouble.

Criterion does not run under it, so the real process is what is watched.
"""
import os
import signal
from pathlib import Path

import pytest
from frame import VIEWERS, compiled, undisturbed
from harness import await_that

TSAN_BIN = os.environ.get("VIGIE_TSAN_BIN")
SUPPRESSED = Path(__file__).parent / "tsan.supp"
PATHS = ["/v1/alerts", "/v1/series?by=country&step=1m", "/v1/account", "/v1/partners", "/metrics",
         "/v1/wall", "/v1/top?by=actor", "/v1/rules"]


def test_no_two_threads_race_while_all_is_in_use(world, tmp_path):
    if not TSAN_BIN:
        pytest.fail("VIGIE_TSAN_BIN names no binary of a build with -DVG_SANITIZE=thread")
    w = world(options={"redis.command_timeout": "5s"})
    w.binary = TSAN_BIN
    env = {"TSAN_OPTIONS": f"suppressions={SUPPRESSED} exitcode=66 halt_on_error=0",
           "LD_PRELOAD": str(compiled("thrd_shim", tmp_path))}
    vigie = w.serve(http=False, env=env)
    w.await_ready(vigie, 120)
    feed = w.feed(12)
    with w.fault("Redis restarts, rules are read again, all is asked, under ThreadSanitizer"):
        for n, viewer in enumerate(VIEWERS):
            for path in PATHS:
                w.request(path, viewer)
            if n == 1:
                w.redis.kill()
                await_that(lambda: w.seen("redis_away") > 0, "it is missed")
                w.redis.start()
            if n % 2 == 0:
                vigie.signal(signal.SIGHUP)
    feed.end()
    undisturbed(w)
    assert vigie.stop(120) == 0, vigie.tail(200)
    assert "ThreadSanitizer" not in vigie.text(), vigie.text()[-6000:]
