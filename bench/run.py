#!/usr/bin/env python3
"""The benchmarks behind dev/bench; `dev/bench --help` says how to run them.

Everything runs on this machine: a real Kafka and Redis started for the run, a
load that is the same for a seed, CPU times from /proc, `vigie verify` at the
end. A figure is of one run, beside a calibration loop of the same run: these
are ratios to trust, not absolutes.
"""
import argparse
import http.client
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests" / "e2e"))
from harness import Redis, VIGIE, World, await_that  # noqa: E402

GEN = os.environ.get("VIGIE_GEN", str(TOP / "build" / "bench" / "bench_gen"))
BENCH_RULES = os.environ.get("VIGIE_BENCH_RULES", str(TOP / "build" / "bench" / "bench_rules"))
BENCH_CONSUME = os.environ.get("VIGIE_BENCH_CONSUME",
                               str(TOP / "build" / "bench" / "bench_consume"))
TWENTY = sorted(p for p in (TOP / "rules").glob("*.yaml")
                if not p.name.endswith(".test.yaml"))[:20]
# As many of the kind that costs by values alone.
TWENTY_DISTINCT = "".join(
    f"---\nid: d{i}\ntitle: T\nwindow: {1 + i}h\nseverity: 5\n"
    f"group_by: [{('actor', 'indicator', 'sector', 'sensor')[i % 4]}]\n"
    f"match: {{category: {('fraud', 'intrusions', 'malicious-code', 'availability')[i % 4]}, "
    f"confidence: {{gte: {i * 3}}}}}\n"
    "condition: {country: {distinct: 3}, origin: {distinct: 2}}\n" for i in range(20))
# What `rules` measures is to be.
BOUNDS = {"rules": (">=", 1000), "groups": (">=", 1_000_000), "evaluator_mb": ("<=", 1500),
          "bytes_a_value": ("<=", 128), "grown_by_rate_bytes": ("<=", 0),
          "thousand_p99_ms": ("<=", 50), "million_p99_ms": ("<=", 50),
          "backtest_million_cpu_s": ("<=", 10), "ingest_with_distinct": (">=", 0.75),
          "ingest_with_twenty": (">=", 0.75), "ingest_cpu_ratio_distinct": ("<=", 1.25),
          "ingest_cpu_ratio_twenty": ("<=", 1.25)}
RULES = [TOP / "rules" / "cross-border-actor.yaml", TOP / "rules" / "cross-border-indicator.yaml"]
TICK = os.sysconf("SC_CLK_TCK")
SMOKE_EVENTS, SMOKE_SHARE = 200_000, 0.70
RECORDED = TOP / "bench" / "recorded.json"


class Stack:
    """A Kafka of its own, with the pid whose CPU time is read."""

    def __init__(self, folder):
        self.folder = folder
        up = subprocess.run([TOP / "dev" / "stack", "up", "--dir", folder], text=True,
                            capture_output=True, check=True)
        self.brokers = dict(line.split("=", 1) for line in up.stdout.splitlines())["VIGIE_BROKERS"]
        self.pid = int((folder / "kafka.pid").read_text())

    def down(self):
        subprocess.run([TOP / "dev" / "stack", "down", "--dir", self.folder], check=True)


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_mb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def calibration():
    """Loop units a CPU-second: how fast this machine is right now."""
    began, n = time.process_time(), 0
    while time.process_time() - began < 1.0:
        sum(i * i for i in range(20_000))
        n += 1
    return n / (time.process_time() - began)


def generate(world, count, rate=0, span_s=600, seed=1, partners=None):
    start = int(time.time() * 1000) - span_s * 1000
    topics = [f"{world.topic(p)}:{p}" for p in partners or world.partners]
    return [GEN, world.brokers, str(count), str(rate), str(start), str(span_s * 1000), str(seed),
            *topics]


def make_world(folder, brokers, partners, partitions, rules=tuple(RULES), **options):
    return World(folder, brokers, partners=partners, partitions=partitions, rules=rules,
                 caveats=["MA+IL"], options=options)


def total_offset(world):
    client = world.redis.client().pipeline(transaction=False)
    for p in world.partners:
        for n in range(world.partitions):
            client.hget(f"vg:{{{world.topic(p)}:{n}}}:o", "off")
    return sum(int(v) for v in client.execute() if v is not None)


class Timing:
    """Polls the stored offsets: when counting began and ended, by the wall."""

    def __init__(self, world, count, show):
        self.world, self.count, self.show = world, count, show

    def run(self, seconds=900):
        began, done, said, end = None, 0, 0.0, time.monotonic() + seconds
        while done < self.count:
            now = time.monotonic()
            assert now < end, f"only {done} of {self.count} counted in {seconds} s"
            assert all(p.alive() for p in self.world.running), self.world.running[-1].tail()
            done = total_offset(self.world)
            if began is None and done > 0:
                began = (now, done)
            if self.show and now - said > 1:
                said = now
                print(f"\r  {done:>9,} of {self.count:,}", end="", file=sys.stderr, flush=True)
            time.sleep(0.02)
        if self.show:
            print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
        return time.monotonic() - began[0], self.count - began[1]


def ingest(stack, folder, count, show, split=True, rules=tuple(RULES), limited=False):
    """Preload, then count it all: events/s, CPU split, memory; verify after."""
    world = make_world(folder, stack.brokers, ["MA", "IL", "AE", "US"], 2, rules)
    try:
        made = subprocess.run(generate(world, count), capture_output=True, text=True, check=True)
        print("  " + made.stdout.strip())
        rest = None
        if split:
            rest = world.serve("--role", "alert", "--role", "api", http=False)
        before = cpu_s(stack.pid), cpu_s(world.redis.process.pid)
        roles = ["--role", "ingest"] if split else []
        vigie = world.serve(*roles, http=False)
        wall, counted = Timing(world, count, show).run()
        found = {
            "events": count, "wall_s": wall, "events_per_s": counted / wall,
            "cpu_ingest_s": cpu_s(vigie.pid), "cpu_broker_s": cpu_s(stack.pid) - before[0],
            "cpu_redis_s": cpu_s(world.redis.process.pid) - before[1],
            "ingest_peak_mb": peak_mb(vigie.pid),
            "redis_peak_mb": peak_mb(world.redis.process.pid)}
        if rest:
            found["cpu_alert_api_s"] = cpu_s(rest.pid)
            found["alert_api_peak_mb"] = peak_mb(rest.pid)
        mine = found["cpu_ingest_s"] + found.get("cpu_alert_api_s", 0)
        found["events_per_cpu_s_ingest"] = count / found["cpu_ingest_s"]
        found["events_per_cpu_s_vigie"] = count / mine
        found["events_per_cpu_s_all"] = count / (
            mine + found["cpu_redis_s"] + found["cpu_broker_s"])
        if limited:
            found["limits"] = limits(world, stack.pid, found)
        verified = world.verify(check=False)
        found["verify"] = verified.stdout.strip().splitlines()[-1]
        assert verified.returncode == 0, verified.stdout[-2000:]
        return found
    finally:
        world.close()


def limits(world, broker_pid, found):
    """What bounds a run, on the topics of that run: reading alone, Redis' one thread alone, and
    all CPU that an event costs over all processors; events/s each."""
    before, count = cpu_s(broker_pid), found["events"]
    alone = numbers(BENCH_CONSUME, world.brokers, str(count), str(world.partitions),
                    *[world.topic(p) for p in world.partners])
    whole = os.cpu_count() * found["events_per_cpu_s_all"]
    return {"consume_alone_per_s": alone["events_per_s"], "consume_alone_cpu_us": alone["cpu_us"],
            "consume_alone_broker_cpu_us": (cpu_s(broker_pid) - before) * 1e6 / count,
            "redis_alone_per_s": count / found["cpu_redis_s"],
            "all_processors_per_s": whole, "reached_of_it": found["events_per_s"] / whole}


class Poller(threading.Thread):
    """Asks one path again and again on one connection; notes when a number grew."""

    def __init__(self, world, path, read, every_s):
        super().__init__(daemon=True)
        self.world, self.path, self.read, self.every_s = world, path, read, every_s
        self.seen, self.stop = {}, False
        self.token = world.token("coalition")

    def run(self):
        link = http.client.HTTPConnection("127.0.0.1", self.world.http_port)
        while not self.stop:
            link.request("GET", self.path, headers={"Authorization": "Bearer " + self.token})
            answer = link.getresponse()
            body, now = answer.read(), time.time() * 1000
            if answer.status == 200:
                for key in self.read(json.loads(body)):
                    self.seen.setdefault(key, now)
            time.sleep(self.every_s)


def quantiles(values):
    values = sorted(values)
    pick = lambda q: values[min(len(values) - 1, int(q * len(values)))]  # noqa: E731
    return {"n": len(values), "p50_ms": statistics.median(values), "p99_ms": pick(0.99),
            "max_ms": values[-1]}


def probe_events(n):
    """The n-th counter probe, and the three events of the n-th campaign."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    base = {"time": stamp, "category": "intrusion-attempts", "confidence": 90}
    yield "BH", {**base, "id": f"p{n}", "sensor": "probe"}
    for i, (partner, country) in enumerate((("MA", "MA"), ("IL", "IL"), ("AE", "AE"))):
        yield partner, {**base, "id": f"c{n}-{i}", "sensor": f"campaign-{n}",
                        "country": country, "actor": f"probe {n:05d}"}


def appended(world, topic, wanted):
    """{id: broker's append time ms} of the records whose id starts with `wanted`."""
    found = {}
    for _, _, stamp, value, _ in world.read_topic(topic):
        if value.startswith((b'{"id": "' + wanted, b'{"time"')):
            event = json.loads(value)
            if event["id"].startswith(wanted.decode()):
                found[event["id"]] = stamp
    return found


def latency(stack, folder, rate, seconds, show):
    """Append to counter readable, and to alert readable, over HTTP, at a paced rate."""
    world = make_world(folder, stack.brokers, ["MA", "IL", "AE", "US", "BH"], 2)
    try:
        world.serve()
        since = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() - 3600))
        until = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() + 7200))
        count_path = (f"/v1/series?by=partner&where=partner:BH&measure=reports&step=1m"
                      f"&from={since}&to={until}")
        totals = lambda body: range(1, 1 + sum(  # noqa: E731
            v or 0 for row in body["series"] for v in row["values"]))
        actors = lambda body: [a["group"]["actor"] for a in body["alerts"]  # noqa: E731
                               if a["group"].get("actor", "").startswith("probe")]
        counters = Poller(world, count_path, totals, 0.004)
        alerts = Poller(world, "/v1/alerts?rule=cross-border-actor&limit=20", actors, 0.01)
        load = subprocess.Popen(generate(world, rate * seconds, rate, partners=world.partners[:4]),
                                stdout=subprocess.PIPE, text=True)
        producer = world.producer()
        time.sleep(2)
        counters.start(), alerts.start()
        probes = 0
        while load.poll() is None:
            world_events = list(probe_events(probes))
            world.publish(world_events, producer)
            probes += 1
            if show:
                print(f"\r  probe {probes}", end="", file=sys.stderr, flush=True)
            time.sleep(0.1)
        print("\r  " + load.stdout.read().strip())
        await_that(lambda: probes in counters.seen, "the last probe counted", 30)
        await_that(lambda: f"probe {probes - 1:05d}" in alerts.seen, "the last alert", 30)
        counters.stop = alerts.stop = True
        stamps = sorted(appended(world, world.topic("BH"), b"p").values())
        to_counter = [counters.seen[i + 1] - s for i, s in enumerate(stamps)]
        last = appended(world, world.topic("AE"), b"c")
        to_alert = [alerts.seen[f"probe {int(k[1:].split('-')[0]):05d}"] - s
                    for k, s in last.items()]
        verified = world.verify(check=False)
        assert verified.returncode == 0, verified.stdout[-2000:]
        return {"rate": rate, "seconds": seconds, "counter": quantiles(to_counter),
                "alert": quantiles(to_alert),
                "verify": verified.stdout.strip().splitlines()[-1]}
    finally:
        world.close()


def smoke(stack, folder, show):
    """A short ingest run against the recorded ratio of the same machine kind."""
    speed = calibration()
    found = ingest(stack, folder, SMOKE_EVENTS, show, split=False)
    ratio = found["events_per_cpu_s_vigie"] / speed
    recorded = json.loads(RECORDED.read_text())["smoke_ratio"] if RECORDED.exists() else None
    found.update(calibration=speed, ratio=ratio, recorded=recorded)
    if recorded and ratio < SMOKE_SHARE * recorded:
        print(json.dumps(found, indent=1))
        sys.exit(f"bench: {ratio:.1f} events per CPU-second and loop unit is below "
                 f"{SMOKE_SHARE:.0%} of the recorded {recorded:.1f}")
    return found


def numbers(*words):
    """What a benchmark program prints as "name value" lines."""
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}


def stored_bytes(redis):
    """Bytes of Redis a span of a distinct rule, of 1,000,000 in the form that ingest writes."""
    client, before = redis.client(), redis.client().info("memory")["used_memory"]
    pipe = client.pipeline(transaction=False)
    for group in range(200_000):
        key = f"vg:{{alerts.ma:{group % 4}}}:c:t-0123456789abcdef:1767225600000"
        pipe.hset(key, mapping={f"*A\x1factor {group:07d}\x1f{country}": f"{group},{group},"
                                f"{group},{group}" for country in ("MA", "IL", "AE", "US", "BH")})
        if group % 5_000 == 4_999:
            pipe.execute()
    return (client.info("memory")["used_memory"] - before) / 1e6


def write_events(path, count):
    """Canonical events of five partners over a week, the same each time."""
    rng = random.Random(1)
    categories = ["intrusion-attempts", "malicious-code", "availability", "fraud",
                  "information-gathering", "intrusions"]
    techniques = ["T1110", "T1190", "T1486", "T1566.001", "T1071", "T1041", "T1059", "T1595"]
    sectors = ["health", "energy", "banking", "transport", "public-administration"]
    with open(path, "w", encoding="utf-8") as out:
        for n in range(count):
            out.write(json.dumps({
                "id": f"e{n}", "time": 1_767_225_600_000 + n * 600,
                "partner": rng.choice(["MA", "IL", "AE", "US", "BH"]),
                "sensor": f"s{rng.randrange(200)}", "category": rng.choice(categories),
                "technique": rng.choice(techniques), "sector": rng.choice(sectors),
                "actor": f"actor {int(rng.paretovariate(1.1)) % 2000}",
                "severity": rng.randint(1, 10), "confidence": rng.randint(0, 100),
                "indicators": [{"type": "ipv4", "value":
                                f"198.51.{rng.randrange(256)}.{rng.randrange(256)}"}],
                "fields": {"source.bytes": rng.randrange(100_000)}}) + "\n")


def backtest_s(folder, count):
    """CPU seconds of a back-test of 20 of the rules that ship."""
    events = Path(folder) / "events.ndjson"
    write_events(events, count)
    words = [word for path in TWENTY for word in ("--rules", str(path))]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([VIGIE, "backtest", *words, events], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rules(stack, folder, count, show):
    """What rules cost: memory, evaluation, ingest beside them, back-tests; with bounds."""
    redis = Redis(folder / "redis")
    found = {}
    try:
        for what in ("thousand", "million"):
            said = numbers(BENCH_RULES, what, redis.address)
            found.update(said)
        found["redis_bytes_a_value"] = stored_bytes(redis)
    finally:
        redis.kill()
    found["redis_mb_million_groups"] = 5 * found["redis_bytes_a_value"]
    found["backtest_million_cpu_s"] = backtest_s(folder, 1_000_000)
    (folder / "distinct.yaml").write_text(TWENTY_DISTINCT)
    sets = {"none": [], "distinct": [folder / "distinct.yaml"], "twenty": TWENTY}
    for name, files in sets.items():
        run = folder / name
        run.mkdir()
        done = ingest(stack, run, count, show, rules=files)
        for key in ("events_per_s", "cpu_ingest_s", "cpu_redis_s", "cpu_alert_api_s"):
            found[f"{key}_{name}"] = done[key]
        print(f"  {name:28} us an event: " + ", ".join(
            f"{who} {done[f'cpu_{who}_s'] / count * 1e6:.2f}"
            for who in ("ingest", "redis", "alert_api")), flush=True)
    for name in ("distinct", "twenty"):
        found[f"ingest_with_{name}"] = (found[f"events_per_s_{name}"]
                                        / found["events_per_s_none"])
        for who in ("ingest", "redis"):
            found[f"{who}_cpu_ratio_{name}"] = (found[f"cpu_{who}_s_{name}"]
                                                / found[f"cpu_{who}_s_none"])
    bad = []
    for name, (sign, bound) in BOUNDS.items():
        good = found[name] <= bound if sign == "<=" else found[name] >= bound
        print(f"  {name:28} {found[name]:>12.5g}  to be {sign} {bound:g}"
              f"{'' if good else '  MISSED'}")
        bad += [] if good else [name]
    found["missed"] = bad
    return found


def main():
    args = argparse.ArgumentParser(prog="dev/bench", description=__doc__.splitlines()[0])
    args.add_argument("what", choices=["ingest", "latency", "smoke", "rules"])
    args.add_argument("--events", type=int, default=2_000_000, help="of ingest (2,000,000)")
    args.add_argument("--rate", type=int, default=5_000, help="of latency, events/s (5,000)")
    args.add_argument("--seconds", type=int, default=40, help="of latency (40)")
    args.add_argument("--json", help="write the figures to this file too")
    opt = args.parse_args()
    show = sys.stderr.isatty()
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as folder:
        stack = Stack(Path(folder) / "stack")
        try:
            run = Path(folder) / "run"
            run.mkdir()
            if opt.what == "ingest":
                found = ingest(stack, run, opt.events, show, limited=True)
            elif opt.what == "latency":
                found = latency(stack, run, opt.rate, opt.seconds, show)
            elif opt.what == "rules":
                found = rules(stack, run, opt.events // 2, show)
            else:
                found = smoke(stack, run, show)
        finally:
            stack.down()
    text = json.dumps(found, indent=1)
    print(text)
    if opt.json:
        Path(opt.json).write_text(text + "\n")
    return 1 if found.get("missed") else 0


if __name__ == "__main__":
    assert Path(VIGIE).exists(), f"{VIGIE} is not built"
    sys.exit(main())
