#!/usr/bin/env python3
"""vigie beside its peers on the same work: `dev/bench compare`.

The job: events by country and by actor per minute of event time, when each
actor was last seen in each country, and an alert for an actor in two
countries within seven days, decided and stored, exactly once. Every program
reads the same topics of the same broker on the same machine, one after the
other, in rounds; the counts and alerts of each must be equal.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import run as bench
from run import TOP, cpu_s, peak_mb
from confluent_kafka.admin import AdminClient, NewTopic
from harness import World

PEERS = TOP / "bench" / "peers"
LIB = Path(os.environ.get("VIGIE_PEERS", Path.home() / ".cache" / "vigie" / "peers"))
PARTNER, PARTITIONS = "MA", 8
STATES = {"small": 200, "large": 200_000}
OPENS = [f"--add-opens=java.base/java.{p}=ALL-UNNAMED" for p in ("util", "lang", "time")]
MASK = (1 << 64) - 1
SAME = ["by_country", "by_actor", "sum_country", "sum_actor", "alerts", "sum_alerts"]
FIGURES = ["events_per_s", "per_cpu_s", "per_cpu_s_all", "peak_mb", "start_s"]


def crc(text):
    return zlib.crc32(text.encode())


def job_world(folder, brokers):
    """vigie set to do the peers' job and no more."""
    return World(folder, brokers, partners=[PARTNER], partitions=PARTITIONS,
                 rules=[PEERS / "two-countries.yaml"],
                 options={"series.counted": "country actor", "series.values_max": 1_000_000,
                          "silence.alerts": False, "log.level": "warn"})


def load(world, count, actors, seed):
    words = bench.generate(world, count, seed=seed)
    made = subprocess.run([words[0], "-a", str(actors), "-p", *words[1:]], capture_output=True,
                          text=True, check=True)
    print("  " + made.stdout.strip(), file=sys.stderr)


def vigie_answer(world):
    """The same figures that Job.java prints, from what stands in Redis."""
    found = {}
    for name in ("country", "actor"):
        total = sums = 0
        for (start, _, value), (_, reports) in world.cells(name, "1m").items():
            total += reports
            sums += crc(f"{start}|{value}") * reports
        found[f"by_{name}"], found[f"sum_{name}"] = total, str(sums & MASK)
    client = world.redis.client()
    keys = [f"vg:{{vg}}:alert:{i.decode()}" for i in client.zrange("vg:{vg}:alerts", 0, -1)]
    actors = {json.loads(doc)["group"]["actor"]
              for at in range(0, len(keys), 1000) for doc in client.mget(keys[at:at + 1000])}
    found["alerts"], found["sum_alerts"] = len(actors), str(sum(map(crc, actors)))
    return found


def last_alert(world, quiet_s=1.0):
    """When the last alert was written: the time since which none was, for quiet_s."""
    client, seen, at = world.redis.client(), None, time.monotonic()
    while time.monotonic() - at < quiet_s:
        now = client.get("vg:{vg}:aseq")
        if now != seen:
            seen, at = now, time.monotonic()
        time.sleep(0.01)
    return at


def run_vigie(stack, world, count):
    """All roles in one process, from its first commit to the last alert written."""
    redis = world.redis.process.pid
    broker_before, redis_before = cpu_s(stack.pid), cpu_s(redis)
    begun = time.monotonic()
    vigie = world.serve(http=False)
    wall, counted = bench.Timing(world, count, False).run()
    first = time.monotonic() - wall
    wall = last_alert(world) - first
    found = {"wall_s": wall * count / counted, "start_s": first - begun, "cpu_s": cpu_s(vigie.pid),
             "cpu_redis_s": cpu_s(redis) - redis_before, "peak_mb": peak_mb(vigie.pid),
             "cpu_broker_s": cpu_s(stack.pid) - broker_before, "redis_mb": peak_mb(redis)}
    verified = world.verify(check=False)
    assert verified.returncode == 0, verified.stdout[-2000:]
    vigie.stop()
    return {**found, **vigie_answer(world)}


def run_java(stack, name, words):
    """One peer, a JVM of its own; its own line of figures, and the broker's CPU time."""
    lib, before = LIB / name.split("-")[0], cpu_s(stack.pid)
    done = subprocess.run(["java", "-Xmx1500m", *OPENS, "-cp", f"{lib}/lib/*:{lib}/classes", *words],
                          capture_output=True, text=True, timeout=1800)
    lines = [x for x in done.stdout.splitlines() if x.startswith("{")]
    assert done.returncode == 0 and lines, f"{name}: {done.stdout[-1000:]}{done.stderr[-3000:]}"
    return {**json.loads(lines[-1]), "cpu_redis_s": 0.0, "cpu_broker_s": cpu_s(stack.pid) - before}


def contestants(stack, world, count, folder):
    """{name: function that runs it once}, each on a clean state."""
    topic = world.topic(PARTNER)

    def flink(backend):
        place = Path(tempfile.mkdtemp(dir=folder))
        return run_java(stack, "flink", ["FlinkPeer", world.brokers, topic, backend, str(place)])

    def streams():
        place = Path(tempfile.mkdtemp(dir=folder))
        return run_java(stack, "streams",
                        ["StreamsPeer", world.brokers, topic, str(count), str(place)])

    def vigie():
        world.redis.client().flushall()
        return run_vigie(stack, world, count)

    return {"vigie": vigie, "flink-heap": lambda: flink("hashmap"),
            "flink-rocksdb": lambda: flink("rocksdb"), "kafka-streams": streams}


def figures(found, count):
    own = found["cpu_s"]
    everything = own + found["cpu_redis_s"] + found["cpu_broker_s"]
    return {**found, "events_per_s": count / found["wall_s"], "per_cpu_s": count / own,
            "per_cpu_s_all": count / everything}


def make_topics(brokers):
    client = AdminClient({"bootstrap.servers": brokers})
    for made in client.create_topics([NewTopic(t, PARTITIONS, 1)
                                      for t in ("bench.counts", "bench.alerts")]).values():
        made.result()


def compile_peers():
    for name, main in (("flink", "FlinkPeer"), ("streams", "StreamsPeer")):
        subprocess.run(["javac", "-nowarn", "-cp", f"{LIB / name}/lib/*", "-d", LIB / name / "classes",
                        PEERS / "common" / "Job.java", PEERS / name / f"{main}.java"], check=True)


def one_state(stack, folder, opt, state, count):
    """All contestants, in rounds; {name: [figures of each round]}."""
    found = {}
    place = folder / f"{state}-{count}"
    place.mkdir()
    world = job_world(place, stack.brokers)
    try:
        load(world, count, STATES[state], seed=1)
        who = contestants(stack, world, count, place)
        for n in range(opt.rounds):
            for name in opt.who:
                got = figures(who[name](), count)
                found.setdefault(name, []).append(got)
                print(f"  {state} {count:,} round {n + 1} {name}: {got['events_per_s']:,.0f} events/s, "
                      f"{got['per_cpu_s']:,.0f} a CPU-second, {got['per_cpu_s_all']:,.0f} with Redis "
                      f"and broker, {got['peak_mb']:.0f} MB", file=sys.stderr)
                first = found[opt.who[0]][0]
                for what in SAME:
                    assert got[what] == first[what], f"{name}: {what} is {got[what]}, not {first[what]}"
    finally:
        world.close()
    return found


def spread(rounds, what):
    values = [r[what] for r in rounds]
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def main():
    args = argparse.ArgumentParser(prog="dev/bench compare", description=__doc__,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--events", type=int, nargs="+", default=[2_000_000, 10_000_000])
    args.add_argument("--state", nargs="+", choices=list(STATES), default=list(STATES))
    args.add_argument("--rounds", type=int, default=3)
    args.add_argument("--who", nargs="+", default=["vigie", "flink-heap", "flink-rocksdb",
                                                   "kafka-streams"])
    args.add_argument("--json", help="write all figures to this file too")
    opt = args.parse_args()
    compile_peers()
    found = []
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
        stack = bench.Stack(Path(folder) / "stack")
        try:
            make_topics(stack.brokers)
            for state in opt.state:
                for count in opt.events:
                    rounds = one_state(stack, Path(folder), opt, state, count)
                    found.append({"state": state, "events": count, "rounds": rounds, "spread": {
                        name: {w: spread(r, w) for w in FIGURES} for name, r in rounds.items()}})
        finally:
            stack.down()
    for one in found:
        print(f"\n{one['state']} state, {one['events']:,} events: min / median / max of {opt.rounds}")
        print(f"{'':16}{'events/s':>30}{'a CPU-second':>30}{'with Redis and broker':>30}{'peak MB':>22}")
        for name, of in one["spread"].items():
            cells = ["{min:,.0f} / {median:,.0f} / {max:,.0f}".format(**of[w]) for w in FIGURES[:4]]
            print(f"{name:16}{cells[0]:>30}{cells[1]:>30}{cells[2]:>30}{cells[3]:>22}")
    if opt.json:
        Path(opt.json).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
