"""The programs that do the peers' job, each run once on a topic that is full.

The job: events by country and by actor per minute of event time, when each
actor was last seen in each country, and an alert for an actor in two countries
within seven days, decided and stored, exactly once.
"""
import json
import os
import subprocess
import tempfile
import time
import zlib
from pathlib import Path

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

import run as bench
from run import TOP, cpu_s, peak_mb
from harness import World

PEERS = TOP / "bench" / "peers"
LIB = Path(os.environ.get("VIGIE_PEERS", Path.home() / ".cache" / "vigie" / "peers"))
PARTNER, PARTITIONS = "MA", 8
STATES = {"small": 200, "large": 200_000}
OPENS = [f"--add-opens=java.base/java.{p}=ALL-UNNAMED" for p in ("util", "lang", "time")]
# The heap of a JVM: in the small state, and where 200,000 actors are kept.
HEAP = {"small": "-Xmx1500m", "large": "-Xmx3000m"}
RSIGMA_ENTRIES = 100  # of a group; without a bound its cost grows with their square
MASK = (1 << 64) - 1


def crc(text):
    return zlib.crc32(text.encode())


class JobWorld(World):
    """vigie set to do the peers' job and no more, on topics that may be there already."""

    def __init__(self, folder, brokers, tag):
        self.name = tag
        super().__init__(folder, brokers, partners=[PARTNER], partitions=PARTITIONS,
                         rules=[PEERS / "two-countries.yaml"],
                         options={"series.counted": "country actor", "series.values_max": 1_000_000,
                                  "silence.alerts": False, "log.level": "warn"}, tag=tag)

    def make_topics(self, producer_times):
        known = AdminClient(self.kafka).list_topics(timeout=30).topics
        if self.topic(PARTNER) not in known:
            super().make_topics(producer_times)


def make_topics(brokers, *names):
    client = AdminClient({"bootstrap.servers": brokers})
    known = client.list_topics(timeout=30).topics
    fresh = [NewTopic(n, PARTITIONS, 1) for n in names if n not in known]
    for made in (client.create_topics(fresh) if fresh else {}).values():
        made.result(30)


def compile_peers():
    """Those whose sources are newer than what was made of them."""
    for name, main in (("flink", "FlinkPeer"), ("streams", "StreamsPeer")):
        sources = [PEERS / "common" / "Job.java", PEERS / name / f"{main}.java"]
        made = LIB / name / "classes" / f"{main}.class"
        if not made.exists() or any(s.stat().st_mtime > made.stat().st_mtime for s in sources):
            subprocess.run(["javac", "-nowarn", "-Xlint:-deprecation", "-cp", f"{LIB / name}/lib/*",
                            "-d", made.parent, *sources], check=True, stderr=subprocess.DEVNULL)


def java_words(name, state, *words):
    lib = LIB / name
    return ["java", HEAP[state], *OPENS, "-cp", f"{lib}/lib/*:{lib}/classes", *words]


class Contest:
    """One load in one topic, and who counts it. `keep`: a folder that outlives this."""

    def __init__(self, stack, keep, state, count):
        self.stack, self.keep, self.state, self.count = stack, Path(keep), state, count
        self.tag = f"bench-{state}-{count}"
        self.topic = f"{self.tag}.{PARTNER.lower()}"
        make_topics(stack.brokers, "bench.counts", "bench.alerts")

    def folder(self):
        return Path(tempfile.mkdtemp(prefix=self.tag + "-", dir=self.keep))

    def world(self):
        return JobWorld(self.folder(), self.stack.brokers, self.tag)

    def load(self):
        """Fill the topic, once; when its first event happens, which names this load."""
        marker = self.keep / f"{self.tag}.json"
        if marker.exists():
            return json.loads(marker.read_text())["start_ms"]
        world = self.world()
        words = bench.generate(world, self.count, seed=1)
        subprocess.run([words[0], "-a", str(STATES[self.state]), "-p", *words[1:]], check=True,
                       capture_output=True)
        world.close()
        marker.write_text(json.dumps({"start_ms": int(words[4])}))
        return int(words[4])

    def events_file(self):
        """The topic as lines in order of event time, for programs that read files."""
        path = self.keep / f"{self.tag}.ndjson"
        if not path.exists():
            lines = sorted((json.loads(value)["time"], value) for value in self.values())
            with open(path.with_suffix(".new"), "wb") as out:
                out.writelines(value + b"\n" for _, value in lines)
            path.with_suffix(".new").rename(path)
        return path

    def values(self):
        reader = confluent_kafka.Consumer({
            "bootstrap.servers": self.stack.brokers, "group.id": self.tag + "-file",
            "enable.auto.commit": False})
        reader.assign([confluent_kafka.TopicPartition(self.topic, n, 0) for n in range(PARTITIONS)])
        left = self.count
        while left > 0:
            for message in reader.consume(5_000, 1.0):
                left -= 1
                yield message.value()
        reader.close()


# -- vigie

def answer(world):
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


def last_alert(world, quiet_s=1.5):
    """When the last alert was written: the time since which none was, for quiet_s."""
    client, seen, at = world.redis.client(), None, time.monotonic()
    while time.monotonic() - at < quiet_s:
        now = client.get("vg:{vg}:aseq")
        if now != seen:
            seen, at = now, time.monotonic()
        time.sleep(0.01)
    return at


def run_vigie(contest, processes):
    """From the first commit to the last alert written; the first process has all roles."""
    world = contest.world()
    try:
        redis, broker = world.redis.process.pid, contest.stack.pid
        before, begun = (cpu_s(broker), cpu_s(redis)), time.monotonic()
        vigie = [world.serve(http=False)]
        vigie += [world.serve("--role", "ingest", http=False) for _ in range(processes - 1)]
        wall, counted = bench.Timing(world, contest.count, False).run()
        first = time.monotonic() - wall
        wall = last_alert(world) - first
        found = {"wall_s": wall * contest.count / counted, "start_s": first - begun,
                 "cpu_s": sum(cpu_s(p.pid) for p in vigie), "cpu_redis_s": cpu_s(redis) - before[1],
                 "peak_mb": sum(peak_mb(p.pid) for p in vigie), "redis_mb": peak_mb(redis),
                 "cpu_broker_s": cpu_s(broker) - before[0]}
        verified = world.verify(check=False)
        assert verified.returncode == 0, verified.stdout[-2000:]
        for p in vigie:
            p.stop()
        return {**found, **answer(world)}
    finally:
        world.close()


# -- Flink, Kafka Streams

def run_java(contest, name, words):
    """One JVM of its own; its own line of figures, and the broker's CPU time."""
    before = cpu_s(contest.stack.pid)
    done = subprocess.run(java_words(name, contest.state, *words), capture_output=True, text=True,
                          timeout=1800)
    lines = [x for x in done.stdout.splitlines() if x.startswith("{")]
    assert done.returncode == 0 and lines, f"{name}: {done.stdout[-1000:]}{done.stderr[-3000:]}"
    return {**json.loads(lines[-1]), "cpu_redis_s": 0.0,
            "cpu_broker_s": cpu_s(contest.stack.pid) - before}


def run_flink(contest, backend):
    return run_java(contest, "flink", ["FlinkPeer", contest.stack.brokers, contest.topic, backend,
                                       str(contest.folder())])


def run_streams(contest):
    return run_java(contest, "streams", ["StreamsPeer", contest.stack.brokers, contest.topic,
                                         str(contest.count), str(contest.folder())])


# -- RSigma

def run_rsigma(contest):
    """The rule alone, over a file: no Kafka, no counts, no commit, state in memory."""
    words = [LIB / "rsigma" / "bin" / "rsigma", "engine", "eval", "-r", PEERS / "rsigma" / "rules.yml",
             "--timestamp-field", "time", "--no-detections", "--suppress", "7d",
             "--max-group-entries", str(RSIGMA_ENTRIES), "--input-format", "json",
             "--output-format", "ndjson",
             "-e", f"@{contest.events_file()}"]
    begun = time.monotonic()
    with open(contest.folder() / "out", "w+b") as out:
        child = subprocess.Popen(words, stdout=out, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        wall = time.monotonic() - begun
        assert status == 0, f"rsigma ended with {status}"
        out.seek(0)
        actors = {dict(fired["group_key"])["actor"] for fired in map(json.loads, out)}
    cpu = used.ru_utime + used.ru_stime
    return {"wall_s": wall, "cpu_s": cpu, "cpu_redis_s": 0.0, "cpu_broker_s": 0.0,
            "peak_mb": used.ru_maxrss / 1024, "alerts": len(actors),
            "sum_alerts": str(sum(map(crc, actors)))}


RUN = {
    "vigie": lambda c: run_vigie(c, 1),
    "vigie-2": lambda c: run_vigie(c, 2),
    "flink-heap": lambda c: run_flink(c, "hashmap"),
    "flink-rocksdb": lambda c: run_flink(c, "rocksdb"),
    "kafka-streams": run_streams,
    "rsigma": run_rsigma,
}
