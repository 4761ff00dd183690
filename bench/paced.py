"""What a program shows at a paced rate: latency, start-up, and after kill -9.

Beside the load go probes, ten a second: an actor that nobody else has, in two
countries that no other event has. A probe is seen when a reader has its alert,
and when a reader has a count of its country that includes it. Readers of peers
are consumers that read what is committed; the reader of vigie polls HTTP. A
latency is from the broker's append time of the probe's later event. In the end
the program is killed and started again at once, while load and probes go on.
"""
import json
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import confluent_kafka

import contest
import run as bench
from harness import Process, await_that

FIRST, SECOND = "ZA", "NZ"  # countries that bench_gen does not know
EVERY_S = 0.1
BEFORE_MS = 5_000  # a probe so near the kill says nothing of how it was before
ALERTS = "/v1/alerts?rule=two-countries&limit="  # newest start first
PROGRAMS = ["vigie", "flink-heap", "flink-rocksdb", "kafka-streams"]


class Watch(threading.Thread):
    """When each probe was first seen, as an alert and as a count."""

    def __init__(self):
        super().__init__(daemon=True)
        self.alerts, self.counts, self.stop = {}, {}, False

    def saw_alert(self, actor, now_ms):
        if actor.startswith("probe "):
            self.alerts.setdefault(int(actor.split()[1]), now_ms)

    def saw_count(self, total, now_ms):
        for n in range(len(self.counts), total):
            self.counts[n] = now_ms


class KafkaWatch(Watch):
    """Reads the alerts and the counts that a peer has committed."""

    def __init__(self, brokers, alerts, counts, cell):
        super().__init__()
        self.brokers, self.topics, self.cell, self.minutes = brokers, (alerts, counts), cell, {}

    def run(self):
        alerts, counts = self.topics
        reader = confluent_kafka.Consumer({
            "bootstrap.servers": self.brokers, "group.id": alerts + "-watch",
            "isolation.level": "read_committed", "auto.offset.reset": "earliest",
            "enable.auto.commit": False, "topic.metadata.refresh.interval.ms": 500,
            "allow.auto.create.topics": False})
        reader.subscribe([alerts, counts])
        while not self.stop:
            for message in reader.consume(500, 0.01):
                if message.error() is None:
                    self.take(message, message.topic() == alerts, time.time() * 1000)
        reader.close()

    def take(self, message, is_alert, now_ms):
        if is_alert:
            self.saw_alert(message.value().decode().rpartition(" in ")[0], now_ms)
            return
        cell = self.cell(message)
        if cell and cell[1] == FIRST:
            self.minutes[cell[0]] = cell[2]
            self.saw_count(sum(self.minutes.values()), now_ms)


class HttpWatch(Watch):
    """Polls the two routes of vigie; what is not answered is asked again."""

    def __init__(self, world):
        super().__init__()
        hour = lambda s: time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() + s))  # noqa: E731
        self.paths = [
            (f"/v1/series?by=country&where=country:{FIRST}&measure=reports&step=1m"
             f"&from={hour(-3600)}&to={hour(7200)}", self.take_counts),
            (ALERTS + "40", self.take_alerts)]
        self.world = world
        world.token("coalition")

    def take_counts(self, body, now_ms):
        self.saw_count(sum(v or 0 for row in body["series"] for v in row["values"]), now_ms)

    def take_alerts(self, body, now_ms):
        for alert in body["alerts"]:
            self.saw_alert(alert["group"]["actor"], now_ms)

    def is_behind(self):
        """Whether a probe is missing that the short page no longer holds."""
        newest = max(self.alerts, default=0)
        return any(n not in self.alerts for n in range(newest - 30))

    def ask(self, path, take):
        status, _, body = self.world.request(path, "coalition")
        if status == 200:
            take(json.loads(body), time.time() * 1000)

    def run(self):
        while not self.stop:
            for path, take in self.paths:
                self.ask(path, take)
            if self.is_behind():
                self.ask(ALERTS + "1000", self.take_alerts)
            time.sleep(0.005)


def flink_cell(message):
    minute, name, n = message.value().decode().split("|")
    return minute, name, int(n)


def streams_cell(message):
    """A changelog's key is a text, eight bytes of window start, four of a number."""
    key, value = message.key(), message.value()
    if value is None:
        return None
    return key[-12:-4], key[:-12].decode(), struct.unpack(">q", value[-8:])[0]


class Peer:
    """A JVM that goes on for ever, and again from where it was."""

    def __init__(self, stack, folder, who, world):
        self.stack, self.folder, self.who = stack, folder, who
        self.id, self.topic = f"live-{world.tag}", world.topic(contest.PARTNER)
        self.alerts, counts, cell = f"{self.id}-alerts", f"{self.id}-counts", flink_cell
        contest.make_topics(stack.brokers, self.alerts)
        if who == "kafka-streams":
            counts, cell = f"{self.id}-country-changelog", streams_cell
        else:
            contest.make_topics(stack.brokers, counts)
        self.counts = counts
        self.watch = KafkaWatch(stack.brokers, self.alerts, counts, cell)

    def start(self):
        settings = [f"-Did={self.id}", f"-Dalerts={self.alerts}", f"-Dcounts={self.counts}",
                    "-Dlive=true", "-Dcheckpoint=1000", "-Dcommit=100", "-Dlinger=5"]
        state = str(self.folder / "state")
        Path(state).mkdir(exist_ok=True)
        if self.who == "kafka-streams":
            words = ["StreamsPeer", self.stack.brokers, self.topic, "0", state]
            lib = "streams"
        else:
            backend = {"flink-heap": "hashmap", "flink-rocksdb": "rocksdb"}[self.who]
            words = ["FlinkPeer", self.stack.brokers, self.topic, backend, state]
            lib = "flink"
        java, *rest = contest.java_words(lib, "small", *words)
        return Process([java, *settings, *rest], self.folder / "peer.log")


class Vigie:
    def __init__(self, world):
        self.world, self.watch = world, HttpWatch(world)

    def start(self):
        return self.world.serve(http=False)


class Probes(threading.Thread):
    """Two events every EVERY_S; `sent` is when by this clock."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world, self.sent, self.stop = world, [], False

    def run(self):
        producer = self.world.producer()
        while not self.stop:
            n, base = len(self.sent), {"category": "intrusions", "actor": f"probe {len(self.sent):05d}",
                                       "sensor": "probe", "sensor_kind": "ids"}
            base["time"] = int(time.time() * 1000)
            self.sent.append(time.time() * 1000)
            self.world.publish([(contest.PARTNER, {"id": f"p{n}-{c}", "country": c, **base})
                                for c in (FIRST, SECOND)], producer)
            time.sleep(EVERY_S)


def appended(world):
    """When the broker had each probe's first and later event, by number of the probe."""
    found = {}
    for _, _, stamp, value, _ in world.read_topic(world.topic(contest.PARTNER)):
        if value.startswith(b'{"id": "p'):
            n, country = json.loads(value)["id"][1:].split("-")
            found.setdefault(int(n), {})[country] = stamp
    return found


def settled(delays, killed_ms, bound_ms):
    """When the last probe after the kill was seen that had to wait longer than the bound."""
    slow = [at + d for at, d in delays if at + d > killed_ms and d > bound_ms]
    return max(slow, default=killed_ms)


def judge(world, watch, times):
    begun, measured, killed = times
    stamps = appended(world)
    firsts = sorted(s[FIRST] for s in stamps.values())
    alerts = [(s[SECOND], watch.alerts[n] - s[SECOND]) for n, s in stamps.items() if n in watch.alerts]
    counts = [(s, watch.counts[n] - s) for n, s in enumerate(firsts) if n in watch.counts]
    quiet = bench.quantiles([d for at, d in alerts if measured <= at < killed - BEFORE_MS])
    shown = [d for at, d in counts if measured <= at and at + d < killed]
    back = min((at + d for at, d in alerts if at > killed), default=None)
    assert back is not None, "no alert was seen after the kill"
    return {"probes": len(stamps), "alerts_seen": len(watch.alerts), "alert": quiet,
            "count": bench.quantiles(shown) if shown else None,
            "start_s": (min(watch.alerts.values()) - begun) / 1000,
            "recovery_s": (back - killed) / 1000,
            "settled_s": (settled(alerts, killed, 2 * quiet["p99_ms"]) - killed) / 1000}


def run(stack, keep, who, opt):
    """One program through a start, a paced load, a kill and what comes after it."""
    folder = Path(tempfile.mkdtemp(prefix=f"live-{who}-", dir=keep))
    world = contest.JobWorld(folder, stack.brokers, folder.name)
    program = Vigie(world) if who == "vigie" else Peer(stack, folder, who, world)
    seconds = opt.warm + opt.seconds + opt.after
    words = bench.generate(world, opt.rate * seconds, opt.rate)
    probes, now = Probes(world), lambda: time.time() * 1000
    load = subprocess.Popen([words[0], "-a", "200", "-p", *words[1:]], stdout=subprocess.PIPE, text=True)
    child = None
    try:
        program.watch.start(), probes.start()
        begun, cpu = now(), bench.cpu_s(stack.pid)
        child = program.start()
        await_that(lambda: program.watch.alerts, f"a first alert\n{child.tail()}", 120)
        time.sleep(opt.warm)
        measured = now()
        time.sleep(opt.seconds)
        spent = bench.cpu_s(child.pid)
        child.kill()
        killed = now()
        child = program.start()
        load.wait(seconds + 120)
        probes.stop = True
        probes.join(10)
        await_that(lambda: len(program.watch.alerts) == len(probes.sent), "every probe's alert", 120)
        found = judge(world, program.watch, (begun, measured, killed))
        found.update(cpu_s=spent, lived_s=(killed - begun) / 1000, cpu_broker_s=bench.cpu_s(stack.pid) - cpu)
        if who == "vigie":
            world.await_counted()
            assert world.verify(check=False).returncode == 0, "vigie verify"
        return found
    finally:
        program.watch.stop = True
        probes.stop = True
        load.kill()
        load.wait()
        if child:
            child.kill()
        world.close()
