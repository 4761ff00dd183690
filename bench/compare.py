#!/usr/bin/env python3
"""vigie beside its peers on the same work: `dev/bench compare`.

Every program reads the same topics of the same broker on the same machine, one
after the other, in rounds; the counts and alerts of each must be equal. What
each does is in bench/contest.py, what is measured at a paced rate in
bench/paced.py. Each run is kept as it ends, and one that is kept is not run
again: the whole can be driven in slices, such as

    dev/bench compare --keep DIR --events 2M --state small --round 2 --who flink-heap
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import contest
import paced
import record
import run as bench

SAME = ["by_country", "by_actor", "alerts", "sum_alerts"]
SUMS = ["sum_country", "sum_actor"]  # name minutes: of one load only
FIGURES = [("events/s", "events_per_s"), ("a CPU-second", "per_cpu_s"),
           ("with Redis and broker", "per_cpu_s_all"), ("peak MB", "peak_mb")]
SHOWN = "{min:,.0f} / {median:,.0f} / {max:,.0f}"


class KeptStack(bench.Stack):
    """The broker of a kept folder: what it holds is there for the next slice."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder)

    def down(self):
        subprocess.run([bench.TOP / "dev" / "stack", "down", "--dir", self.folder, "--keep"],
                             check=True)


def number(text):
    """2M, 200k or 2000000."""
    scale = {"k": 1_000, "M": 1_000_000}.get(text[-1:], 1)
    return int(float(text[:-1] if scale > 1 else text) * scale)


def figures(found, count):
    own = found["cpu_s"]
    everything = own + found["cpu_redis_s"] + found["cpu_broker_s"]
    return {**found, "events_per_s": count / found["wall_s"], "per_cpu_s": count / own,
            "per_cpu_s_all": count / everything}


def hold_equal(kept, key, got):
    """The answers of all runs of one state and size are the same."""
    for other in kept.find(kind="speed", state=key["state"], events=key["events"]):
        names = SAME + (SUMS if other["start_ms"] == got["start_ms"] else [])
        for name in names:
            if name in got and name in other:
                assert got[name] == other[name], (
                    f"{key['who']}: {name} is {got[name]}, of {other['who']} {other[name]}")


def one_run(kept, key, race):
    start = race.load()
    got = {**record.stamp(), "start_ms": start}
    got.update(figures(contest.RUN[key["who"]](race), race.count))
    hold_equal(kept, key, got)
    kept.add(key, got)
    print(f"  {key['state']} {race.count:,} round {key['round']} {key['who']}: "
          f"{got['events_per_s']:,.0f} events/s, {got['per_cpu_s']:,.0f} a CPU-second, "
          f"{got['per_cpu_s_all']:,.0f} with Redis and broker, {got['peak_mb']:.0f} MB, "
          f"load {got['load'][0]}", file=sys.stderr)


def speed(opt, stack, keep, kept):
    for state in opt.state:
        for count in opt.events:
            race = contest.Contest(stack, keep, state, count)
            for n in opt.round:
                for who in opt.who:
                    key = {"kind": "speed", "state": state, "events": count, "who": who, "round": n}
                    if opt.again or not kept.find(**key):
                        one_run(kept, key, race)


def at_a_pace(opt, stack, keep, kept):
    for n in opt.round:
        for who in [w for w in opt.who if w in paced.PROGRAMS]:
            key = {"kind": "live", "who": who, "round": n, "rate": opt.rate}
            if kept.find(**key) and not opt.again:
                continue
            got = {**record.stamp(), **paced.run(stack, keep, who, opt)}
            kept.add(key, got)
            print(f"  live round {n} {who}: alert p50 {got['alert']['p50_ms']:.0f} ms, p99 "
                  f"{got['alert']['p99_ms']:.0f}; up in {got['start_s']:.1f} s, back in "
                  f"{got['recovery_s']:.1f} s, load {got['load'][0]}", file=sys.stderr)


def show(kept, opt):
    for state in opt.state:
        for count in opt.events:
            print(f"\n{state} state, {count:,} events: min / median / max")
            print(f"{'':16}" + "".join(f"{title:>30}" for title, _ in FIGURES))
            for who in opt.who:
                runs = kept.find(kind="speed", state=state, events=count, who=who)
                cells = [SHOWN.format(**record.spread(runs, f)) for _, f in FIGURES] if runs else []
                print(f"{who:16}" + "".join(f"{c:>30}" for c in cells))


def options():
    args = argparse.ArgumentParser(prog="dev/bench compare", description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--events", type=number, nargs="*", default=[2_000_000, 10_000_000],
                      help="2M 10M; none: only --live")
    args.add_argument("--state", nargs="+", choices=list(contest.STATES), default=list(contest.STATES))
    args.add_argument("--round", type=int, nargs="+", default=[1, 2, 3])
    args.add_argument("--who", nargs="+", choices=list(contest.RUN), default=list(contest.RUN))
    args.add_argument("--live", action="store_true", help="latency, start and recovery too")
    args.add_argument("--rate", type=int, default=5_000, help="of --live, events/s")
    args.add_argument("--warm", type=int, default=15, help="of --live: seconds before it is measured")
    args.add_argument("--seconds", type=int, default=30, help="of --live: measured")
    args.add_argument("--after", type=int, default=25, help="of --live: behind the kill")
    args.add_argument("--keep", type=Path, help="keep broker, topics and runs here for the next slice")
    args.add_argument("--json", type=Path, help="where runs are kept (KEEP/compare.json)")
    args.add_argument("--again", action="store_true", help="run what is kept again, and replace it")
    return args.parse_args()


def main():
    opt = options()
    contest.compile_peers()
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
        keep = opt.keep.resolve() if opt.keep else Path(folder)
        stack = (KeptStack if opt.keep else bench.Stack)(keep / "stack")
        kept = record.Record(opt.json or keep / "compare.json")
        try:
            speed(opt, stack, keep, kept)
            if opt.live:
                at_a_pace(opt, stack, keep, kept)
        finally:
            stack.down()
        show(kept, opt)


if __name__ == "__main__":
    main()
