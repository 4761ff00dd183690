#!/usr/bin/env python3
"""How vigie grows: `dev/bench scaling`.

processes    1, 2, 4, 8 ingest processes share 64 partitions of 8 partners, at
             the full job, with one Redis; and with --shards N deployments of
             their own, each with its share of the partners and its own Redis.
             Beside what was reached stands what the model says:
             the least of  cores / CPU of an event,
                           threads of ingest / CPU of ingest an event,
                           Redis instances / CPU of Redis an event,
             its costs taken from the run with one process.
cardinality  the cost of an event and the memory of a cell, from 1,000 to
             10,000,000 pairs of actor and country.

Each run is kept as it ends, and one that is kept is not run again.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import record
import run as bench
from compare import number
from model import WORKERS, model
from run import cpu_s, peak_mb
from harness import World, await_that

PARTNERS = ["MA", "IL", "AE", "US", "BH", "FR", "DE", "JP"]
PARTITIONS = 8  # of each partner's topic
NEVER = """id: never
title: Tracks of actors by country that never raise an alert
group_by: [actor]
window: 1h
condition:
  country: {distinct: 31}
severity: 5
"""


def counted(worlds):
    return sum(bench.total_offset(w) for w in worlds)


def reach(worlds, total, seconds=900):
    """Wall seconds from the first commit to the last, and the events between them."""
    began, end = None, time.monotonic() + seconds
    while True:
        now, done = time.monotonic(), counted(worlds)
        if began is None and done:
            began = (now, done)
        if done >= total:
            return now - began[0], total - began[1]
        assert now < end, f"only {done} of {total} counted"
        assert all(p.alive() for w in worlds for p in w.running), worlds[0].running[-1].tail()
        time.sleep(0.02)


def timed(stack, worlds, count, ingest, alert):
    """Throughput and the CPU of everyone, of processes that were started a moment ago."""
    redis = [w.redis.process.pid for w in worlds]
    before = cpu_s(stack.pid), sum(map(cpu_s, redis))
    wall, between = reach(worlds, count)
    us = lambda cpu: cpu * 1e6 / count  # noqa: E731
    return {"wall_s": wall, "events_per_s": between / wall,
            "us": {"ingest": us(sum(cpu_s(p.pid) for p in ingest)),
                   "alert": us(sum(cpu_s(p.pid) for p in alert)),
                   "redis": us(sum(map(cpu_s, redis)) - before[1]),
                   "broker": us(cpu_s(stack.pid) - before[0])},
            "ingest_mb": [round(peak_mb(p.pid)) for p in ingest],
            "alert_mb": [round(peak_mb(p.pid)) for p in alert],
            "redis_mb": [round(peak_mb(p)) for p in redis]}


def verify(worlds):
    for w in worlds:
        done = w.verify(check=False)
        assert done.returncode == 0, done.stdout[-2000:]


def processes(stack, folder, count, n, shards):
    """`count` events, there already, by n ingest processes in `shards` deployments."""
    worlds = []
    try:
        for s in range(shards):
            place = folder / f"w{s}"
            place.mkdir()
            worlds.append(World(place, stack.brokers, partners=PARTNERS[s::shards],
                                partitions=PARTITIONS, rules=bench.RULES,
                                options={"log.level": "warn", "ingest.workers": WORKERS}))
        each = count // len(PARTNERS)
        for w in worlds:
            subprocess.run(bench.generate(w, each * len(w.partners)), check=True, capture_output=True)
        alert = [w.serve("--role", "alert", http=False) for w in worlds]
        ingest = [w.serve("--role", "ingest", http=False) for w in worlds for _ in range(n // shards)]
        found = timed(stack, worlds, each * len(PARTNERS), ingest, alert)
        verify(worlds)
        return found
    finally:
        for w in worlds:
            w.close()


def cells(client):
    """How many cells of series and of tracks stand in a Redis."""
    series = tracks = 0
    for key in client.scan_iter("vg:*:c:*", count=10_000):
        n = client.hlen(key)
        if b":c:t-" in key:
            tracks += n
        else:
            series += n
    return series, tracks


def cardinality(stack, folder, pairs, count):
    """`count` events, each of the next of `pairs` actors by country; cost and memory."""
    rule = folder / "never.yaml"
    rule.write_text(NEVER)
    world = World(folder, stack.brokers, partners=["MA"], partitions=PARTITIONS, rules=[rule],
                  options={"series.counted": "actor+country", "series.values_max": 1_000_000,
                           "silence.alerts": False, "log.level": "warn", "ingest.workers": WORKERS})
    try:
        words = bench.generate(world, count)
        subprocess.run([words[0], "-u", str(pairs), "-p", *words[1:]], check=True, capture_output=True)
        client = world.redis.client()
        empty = client.info("memory")["used_memory"]
        alert = world.serve("--role", "alert", http=False)
        await_that(lambda: "event=started" in alert.text() or peak_mb(alert.pid) > 5, "alert is up")
        before = peak_mb(alert.pid)
        ingest = world.serve("--role", "ingest", http=False)
        found = timed(stack, [world], count, [ingest], [alert])
        series, tracks = cells(client)
        memory = client.info("memory")["used_memory"] - empty
        found.update(cells_series=series, cells_tracks=tracks, redis_bytes=memory,
                     redis_bytes_a_cell=memory / (series + tracks),
                     view_bytes_a_cell=(peak_mb(alert.pid) - before) * (1 << 20) / (series + tracks))
        verify([world])
        return found
    finally:
        world.close()


def kept_run(kept, key, what):
    if kept.find(**key):
        return
    start = record.stamp()
    with tempfile.TemporaryDirectory(prefix="vigie-scaling-") as place:
        found = what(Path(place))
    kept.add(key, {**start, **found})
    print("  " + " ".join(f"{k}={v}" for k, v in key.items()) + f": {found['events_per_s']:,.0f} "
          f"events/s, us an event {({k: round(v, 2) for k, v in found['us'].items()})}, "
          f"load {start['load'][0]}", file=sys.stderr)


def show(kept, cores):
    first = kept.find(kind="processes", processes=1, shards=1)
    print(f"{'processes':>9}{'Redis':>7}{'events/s':>12}{'model':>12}  limit")
    for run in kept.find(kind="processes") if first else []:
        said = model(first[0]["us"], run["processes"], run["shards"], cores)
        print(f"{run['processes']:>9}{run['shards']:>7}{run['events_per_s']:>12,.0f}"
              f"{said['model_per_s']:>12,.0f}  {said['model_limit']}")
    print(f"{'pairs':>10}{'events':>12}{'cells':>12}{'events/s':>12}{'Redis B/cell':>14}{'view B/cell':>13}")
    for run in kept.find(kind="cardinality"):
        print(f"{run['pairs']:>10,}{run['events']:>12,}{run['cells_series'] + run['cells_tracks']:>12,}"
              f"{run['events_per_s']:>12,.0f}{run['redis_bytes_a_cell']:>14.0f}"
              f"{run['view_bytes_a_cell']:>13.0f}")


def options():
    args = argparse.ArgumentParser(prog="dev/bench scaling", description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--processes", type=int, nargs="*", default=[1, 2, 4, 8])
    args.add_argument("--shards", type=int, nargs="*", default=[2, 4],
                      help="deployments, with as many ingest processes")
    args.add_argument("--events", type=number, default=1_000_000, help="of each run of processes; of cardinality at least")
    args.add_argument("--pairs", type=number, nargs="*",
                      default=[1_000, 10_000, 100_000, 1_000_000, 10_000_000])
    args.add_argument("--json", type=Path, default=record.RESULTS / "scaling.json")
    return args.parse_args()


def main():
    opt = options()
    kept = record.Record(opt.json)
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
        stack = bench.Stack(Path(folder) / "stack")
        try:
            shapes = [(n, 1) for n in opt.processes] + [(n, n) for n in opt.shards]
            for n, shards in shapes:
                key = {"kind": "processes", "processes": n, "shards": shards, "events": opt.events}
                kept_run(kept, key, lambda at: processes(stack, at, opt.events, n, shards))
            for pairs in opt.pairs:
                count = max(opt.events, pairs)
                key = {"kind": "cardinality", "pairs": pairs, "events": count}
                kept_run(kept, key, lambda at: cardinality(stack, at, pairs, count))
        finally:
            stack.down()
    show(kept, os.cpu_count())


if __name__ == "__main__":
    main()
