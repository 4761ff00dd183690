#!/usr/bin/env python3
"""dev/bench live: many readers beside what is going on.

Two figures. Ingest of a preloaded log, alone and while 1,000 dashboards ask for
/v1/wall every 2 s (in turns, each in a world of its own). And 1,000 streams of
Server-Sent Events: from the broker's append of the event that raises an alert to
the moment at which the last of them has it. `--check` fails on a missed aim.
"""
import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import run as bench
from run import Stack, Timing, appended, await_that, cpu_s, generate, make_world, probe_events, quantiles

SSE = os.environ["VIGIE_BENCH_SSE"]
# Each connection asks once in 2 s on average, with the tag that it got last.
POLL = """
local tag
math.randomseed(7)
request = function()
  return wrk.format("GET", nil, tag and {["Authorization"] = wrk.headers["Authorization"], ["If-None-Match"] = tag})
end
delay = function() return math.random(0, 4000) end
response = function(status, headers) tag = headers["ETag"] or tag end
"""


@contextlib.contextmanager
def dashboards(world, n, folder):
    """n of them poll; yields a list that has, at the end, what wrk said."""
    script, said = folder / "poll.lua", []
    script.write_text(POLL)
    words = ["wrk", "-t1", f"-c{n}", "-d900s", "--latency", "-s", script,
             "-H", f"Authorization: Bearer {world.token('coalition')}",
             f"http://127.0.0.1:{world.http_port}/v1/wall"]
    wrk = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        time.sleep(3)  # all have asked once
        yield said
    finally:
        wrk.send_signal(2)  # it ends with its figures
        said.append(wrk.communicate(timeout=30)[0])


def counted(stack, folder, count, polls, show):
    """One preloaded log, counted; with `polls` dashboards, or none."""
    folder.mkdir()
    world = make_world(folder, stack.brokers, ["MA", "IL", "AE", "US"], 2,
                       **{"http.connections": 4096})
    try:
        subprocess.run(generate(world, count), stdout=subprocess.DEVNULL, check=True)
        rest = world.serve("--role", "alert", "--role", "api")
        crowd = dashboards(world, polls, folder) if polls else contextlib.nullcontext([])
        with crowd as said:
            api = cpu_s(rest.pid)
            vigie = world.serve("--role", "ingest", http=False)
            wall, done = Timing(world, count, show).run()
            found = {"events_per_s": done / wall, "cpu_us_an_event": 1e6 * cpu_s(vigie.pid) / count,
                     "cpu_alert_api_s": cpu_s(rest.pid) - api}
        assert world.verify(check=False).returncode == 0
        if said:
            assert "Non-2xx" not in said[0], said[0]
            found["polls_per_s"] = float(re.search(r"Requests/sec:\s+([\d.]+)", said[0])[1])
            found["poll_p99"] = re.search(r"99%\s+(\S+)", said[0])[1]
        return found
    finally:
        world.close()


def beside_dashboards(stack, folder, opt, show):
    alone, polled = [], []
    for turn in range(opt.turns):
        alone.append(counted(stack, folder / f"alone{turn}", opt.events, 0, show))
        polled.append(counted(stack, folder / f"polled{turn}", opt.events, opt.dashboards, show))

    def ratio(name):
        return (statistics.median(r[name] for r in polled)
                / statistics.median(r[name] for r in alone))
    return {"alone": alone, "polled": polled, "speed_ratio": ratio("events_per_s"),
            "ingest_cpu_ratio": ratio("cpu_us_an_event")}


def streams(stack, folder, opt):
    folder.mkdir()
    world = make_world(folder, stack.brokers, ["MA", "IL", "AE", "US", "BH"], 2,
                       **{"http.connections": 4096})
    reader = None
    try:
        vigie = world.serve()
        await_that(lambda: world.status("/v1/me", "coalition") == 200, "the token is in force")
        reader = subprocess.Popen([SSE, str(world.http_port), world.token("coalition"),
                                   str(opt.streams)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        assert reader.stdout.readline() == f"open {opt.streams}\n"
        producer, before = world.producer(), cpu_s(vigie.pid)
        for n in range(opt.probes):
            world.publish(list(probe_events(n)), producer)
            time.sleep(0.2)
        told = {}
        while len(told) < opt.probes:
            k, first, last = map(int, reader.stdout.readline().split())
            told[k] = (first, last)
        spent = cpu_s(vigie.pid) - before
        stamps = {}
        for key, at in appended(world, world.topic("AE"), b"c").items():
            stamps[int(key[1:].split("-")[0])] = at
        return {"streams": opt.streams,
                "to_first": quantiles([told[k][0] - stamps[k] for k in told]),
                "to_last": quantiles([told[k][1] - stamps[k] for k in told]),
                "cpu_us_a_told_event": 1e6 * spent / opt.probes / opt.streams}
    finally:
        if reader:
            reader.kill()
            reader.wait()
        world.close()


def main():
    args = argparse.ArgumentParser(prog="dev/bench live", description=__doc__.splitlines()[0])
    args.add_argument("--events", type=int, default=1_000_000, help="of each ingest run (1,000,000)")
    args.add_argument("--turns", type=int, default=3, help="runs with and without (3)")
    args.add_argument("--dashboards", type=int, default=1000, help="that poll (1,000)")
    args.add_argument("--streams", type=int, default=1000, help="that are told (1,000)")
    args.add_argument("--probes", type=int, default=150, help="alerts raised (150)")
    args.add_argument("--only", choices=["dashboards", "streams"], help="one of the two")
    args.add_argument("--check", action="store_true", help="fail when an aim is missed")
    opt = args.parse_args()
    found, aims = {}, {}
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        stack = Stack(Path(name) / "stack")
        try:
            if opt.only != "streams":
                found["dashboards"] = beside_dashboards(stack, Path(name), opt, sys.stderr.isatty())
                aims["ingest's own CPU an event grows by at most 5 %"] = \
                    found["dashboards"]["ingest_cpu_ratio"] <= 1.05
            if opt.only != "dashboards":
                found["streams"] = streams(stack, Path(name) / "streams", opt)
                aims["event to the last stream p99 < 200 ms"] = \
                    found["streams"]["to_last"]["p99_ms"] < 200
        finally:
            stack.down()
    print(json.dumps({**found, "aims": aims}, indent=1))
    return 1 if opt.check and not all(aims.values()) else 0


if __name__ == "__main__":
    assert Path(bench.VIGIE).exists(), f"{bench.VIGIE} is not built"
    sys.exit(main())
