#!/usr/bin/env python3
"""A long run under load, with a random fault each minute: nothing lost, nothing that grows.

dev/soak [--minutes N] [--rate EVENTS] [--seed S] [--keep FOLDER]. Real Kafka, Redis and three
vigies: one for alerts and the API, one for ingest, which both live through the whole run and whose
memory and descriptors are judged, and one more for ingest, which is killed. At the end every cell
and alert is compared with what was sent, `vigie verify` runs, and docs/soak.svg and a table for
docs/reliability.md are made. Exit 1: a law does not hold, memory grew by more than 1 %, or
descriptors did.

What is sent: events drawn from a fixed set, of one fixed hour, each with an id of its own. So what
must be counted is known without reading the topics, every cell is there after the first seconds,
the ids that are remembered, for duplicates and as far again for recalls, are full after a fifth of
the run, and memory has no reason to grow from a third of it on.
"""
import argparse
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
from campaigns import (  # noqa: E402
    ACTOR_RULE,
    CAVEAT_NAMES,
    INDICATOR_RULE,
    PARTNERS,
    expected_alerts,
    seen_alerts,
    story,
)
from cluster import Cluster  # noqa: E402
from events import actors, by_minute, time_ms  # noqa: E402
from harness import TOP, World, await_that  # noqa: E402
from soak_plot import draw  # noqa: E402

KINDS, PARTITIONS, EVERY_S, HOUR_MS = 2000, 4, 2.0, 3_600_000
GROWTH, FD_SLACK = 0.01, 8
READ_AGAIN_A_SECOND = 20_000  # of verify, at the least
VIEWERS = ("coalition", *PARTNERS)


class Feed(threading.Thread):
    """Sends at a rate, and knows what it has sent."""

    def __init__(self, world, rate, seconds):
        super().__init__(daemon=True)
        self.world, self.rate, self.seconds = world, rate, seconds
        self.kinds = story("soak", KINDS, int(time.time() * 1000) - 2 * HOUR_MS, HOUR_MS, 0.3, 24)
        self.sent, self.failed, self.error, self.late_s = Counter(), [], None, 0.0
        self.over = threading.Event()

    def acked(self, error, _):
        if error is not None:
            self.failed.append(str(error))

    def run(self):
        try:
            self.publish()
        except BaseException as error:  # shown by main
            self.error = error

    def publish(self):
        producer = self.world.producer(**{"linger.ms": 20, "message.timeout.ms": 600_000})
        ready = []
        for partner, event in self.kinds:
            rest = json.dumps({k: v for k, v in event.items() if k != "id"}).encode()
            ready.append((self.world.topic(partner), b'{"id":"', b'",' + rest[1:], event["sensor"]))
        rng, number, begun = random.Random(1), 0, time.monotonic()
        while (gone := time.monotonic() - begun) < self.seconds and not self.over.is_set():
            due = int(gone * self.rate) - number
            for _ in range(min(due, 2000)):
                kind = rng.randrange(KINDS)
                topic, head, tail, key = ready[kind]
                while True:
                    try:
                        producer.produce(topic, head + b"s%d" % number + tail, key,
                                         on_delivery=self.acked)
                        break
                    except BufferError:
                        producer.poll(0.1)
                self.sent[kind] += 1
                number += 1
            producer.poll(0)
            if due < 200:
                time.sleep(0.01)
        left = producer.flush(600)
        assert left == 0, f"{left} records were never acknowledged"

    def expected(self):
        """({(minute, country): events}, {(minute, actor): events}, {partner: records})."""
        country, actor, partner = Counter(), Counter(), Counter()
        for kind, n in self.sent.items():
            who, event = self.kinds[kind]
            minute, count = time_ms(event) // 60_000 * 60_000, event.get("count", 1) * n
            country[(minute, event["country"])] += count
            for name in actors(event):
                actor[(minute, name)] += count
            partner[who] += n
        return country, actor, partner


class Watch(threading.Thread):
    """Memory, descriptors and lag of what lives through the run, every EVERY_S seconds."""

    def __init__(self, world, lasting):
        super().__init__(daemon=True)
        self.world, self.lasting, self.rows, self.begun = world, lasting, [], time.monotonic()
        self.over = threading.Event()

    @staticmethod
    def of(pid):
        text = Path(f"/proc/{pid}/status").read_text()
        rss = int(next(x for x in text.splitlines() if x.startswith("VmRSS")).split()[1]) * 1024
        return {"rss": rss, "fds": len(os.listdir(f"/proc/{pid}/fd"))}

    def run(self):
        while not self.over.wait(EVERY_S):
            row = {"at": time.monotonic() - self.begun}
            for name, process in self.lasting.items():
                row[name] = self.of(process.pid)
            try:
                row["redis"] = {"rss": self.world.redis.client().info("memory")["used_memory"]}
            except Exception:  # away: that is a fault of ours
                row["redis"] = None
            row["stored"] = self.world.stored()
            self.rows.append(row)


def freeze(process, seconds):
    process.signal(signal.SIGSTOP)
    time.sleep(seconds)
    process.signal(signal.SIGCONT)


def start_redis(redis):
    """With the append-only file rewritten as it is by default, or a crash would load for long."""
    try:
        redis.start()
    except AssertionError:  # a loaded machine
        await_that(redis.answers, "redis", 600)
    redis.client().config_set("auto-aof-rewrite-min-size", "64mb")


class Faults:
    """One at a time, each undone before the next."""

    def __init__(self, world, cluster, lasting, rng):
        self.w, self.cluster, self.lasting, self.rng = world, cluster, lasting, rng
        self.other = self.ingest()
        self.done = []

    def ingest(self):
        return self.w.serve("--role", "ingest", http=False)

    def ingest_killed(self):
        self.other.kill()
        self.other = self.ingest()

    def ingest_left(self):
        assert self.other.stop() == 0
        time.sleep(3)
        self.other = self.ingest()

    def ingest_stood_still(self):
        freeze(self.other, 9)

    def lasting_ingest_stood_still(self):
        freeze(self.lasting["ingest"], 9)

    def evaluator_stood_still(self):
        freeze(self.lasting["alert and api"], 12)

    def redis_killed(self):
        self.w.redis.kill()
        time.sleep(self.rng.uniform(0, 3))
        start_redis(self.w.redis)

    def redis_stood_still(self):
        freeze(self.w.redis.process, 4)

    def broker_killed(self):
        self.cluster.kill(1)
        time.sleep(self.rng.uniform(0, 3))
        self.cluster.start(1)

    def broker_stood_still(self):
        freeze(self.cluster.process[1], 8)

    def records_that_are_none(self):
        self.w.publish([(p, b"\xff{" * 50) for p in PARTNERS for _ in range(200)])

    def rules_read_again(self):
        for process in (*self.lasting.values(), self.other):
            process.signal(signal.SIGHUP)

    def one(self, at):
        ends = ("killed", "left", "still", "none", "again")
        names = [n for n in vars(Faults) if n.endswith(ends)]
        name = self.rng.choice(names)
        print(f"{at:7.0f} s  {name.replace('_', ' ')}", flush=True)
        getattr(self, name)()
        self.done.append({"at": at, "what": name.replace("_", " ")})


def growth(rows, name, what):
    """Growth from the end of the warm-up to the end, as a share of the middle: the middle slope of
    all pairs of minutes (Theil and Sen), so that a fault's spike is not growth."""
    end = rows[-1]["at"]
    minutes = {}
    for row in rows:
        if row["at"] >= end / 3 and row.get(name):
            minutes.setdefault(int(row["at"] // 60), []).append(row[name][what])
    points = sorted((m, statistics.median(v)) for m, v in minutes.items())
    if len(points) < 3:
        return 0.0
    slopes = [(y2 - y1) / (x2 - x1) for i, (x1, y1) in enumerate(points)
              for x2, y2 in points[i + 1:]]
    middle = statistics.median(y for _, y in points)
    return statistics.median(slopes) * (points[-1][0] - points[0][0]) / middle


def laws(w, feed):
    """Every cell, verdict and alert, from what was sent alone; and verify."""
    country, actor, partner = feed.expected()
    assert by_minute(w.cells("country", "1m")) == country, "counts by country"
    assert by_minute(w.cells("actor", "1m")) == actor, "counts by actor"
    book = w.account()
    for p in PARTNERS:
        assert book[p]["counted"] == partner[p], (p, book[p], partner[p])
    w.adds_up()
    kinds = [feed.kinds[k] for k in sorted(feed.sent)]
    for viewer in VIEWERS:
        want = expected_alerts(kinds, viewer)
        await_that(lambda v=viewer, x=want: seen_alerts(w, v) == x,
                   f"the alerts of {viewer}", 120, 1)
    return w.verify(seconds=600 + sum(feed.sent.values()) / READ_AGAIN_A_SECOND).stdout


def dedup_span(opt):
    """Ids remembered of a partition: as set by default, but full before a fifth of the run is,
    with as many more that a recall may reach."""
    a_second = opt.rate / (len(PARTNERS) * PARTITIONS)
    return max(1000, min(131_072, int(a_second * opt.minutes * 60 / 10)))


def soak(opt, folder):
    seconds, rng = opt.minutes * 60, random.Random(opt.seed)
    cluster = Cluster(folder / "kafka")
    w = None
    try:
        w = World(folder, cluster.brokers, partners=PARTNERS, partitions=PARTITIONS,
                  rules=[ACTOR_RULE, INDICATOR_RULE], caveats=CAVEAT_NAMES,
                  options={"series.keep_10s": "24h", "ingest.dedup_span": dedup_span(opt),
                           # What fills with time is full within the first part of a short run.
                           "stream.entries": max(32, min(2048, int(opt.minutes * 34)))})
        w.redis.client().config_set("auto-aof-rewrite-min-size", "64mb")
        lasting = {"alert and api": w.serve("--role", "alert", "--role", "api"),
                   "ingest": w.serve("--role", "ingest", http=False)}
        feed, watch = Feed(w, opt.rate, seconds), Watch(w, lasting)
        faults = Faults(w, cluster, lasting, rng)
        feed.start()
        watch.start()
        for minute in range(1, int(opt.minutes)):
            await_that(lambda m=minute: time.monotonic() - watch.begun >= m * 60 or
                       not feed.is_alive(), "the next minute", 120, 0.2)
            faults.one(time.monotonic() - watch.begun)
        feed.join(seconds + 1200)
        assert feed.error is None and not feed.is_alive(), feed.error
        assert not feed.failed, feed.failed[:3]
        ended = time.monotonic()
        w.await_counted(1200)
        caught_up = time.monotonic() - ended
        watch.over.set()
        watch.join()
        assert all(p.alive() for p in lasting.values())
        found = {"minutes": opt.minutes, "rate": opt.rate, "seed": opt.seed,
                 "events": sum(feed.sent.values()), "faults": faults.done,
                 "caught_up_s": round(caught_up, 1),
                 "restarts": sum(f["what"] in ("ingest killed", "ingest left")
                                 for f in faults.done),
                 "rows": watch.rows}
        # Before the laws, which may stop it: an hour is not asked for twice.
        (opt.report / "soak.json").write_text(json.dumps(found))
        found["verify"] = laws(w, feed).strip().splitlines()[-1]
        return found
    finally:
        if w is not None:
            for process in w.running:
                process.signal(signal.SIGCONT) if process.alive() else None
            w.close()
        cluster.close()


def judge(found):
    """A table in Markdown, and what is wrong."""
    rows, wrong = found["rows"], []
    lines = ["| | memory at a third | at the end | growth | descriptors, most in the second third "
             "| in the last |", "| --- | --: | --: | --: | --: | --: |"]
    end = rows[-1]["at"]
    for name in ("alert and api", "ingest", "redis"):
        seen = [r for r in rows if r.get(name)]
        later = [r for r in seen if r["at"] >= end / 3]
        share = growth(rows, name, "rss")
        two = [[r[name].get("fds", 0) for r in later if low <= r["at"] < high]
               for low, high in ((end / 3, end * 2 / 3), (end * 2 / 3, end + 1))]
        most = [max(x, default=0) for x in two]
        if share > GROWTH:
            wrong.append(f"{name}: memory grew by {share:.1%}")
        if most[1] > most[0] + FD_SLACK:
            wrong.append(f"{name}: descriptors went from {most[0]} to {most[1]}")
        lines.append(f"| {name} | {later[0][name]['rss'] / 1e6:.1f} MB | "
                     f"{later[-1][name]['rss'] / 1e6:.1f} MB | {share:+.2%} | "
                     f"{most[0] or ''} | {most[1] or ''} |")
    return "\n".join(lines), wrong


def main():
    args = argparse.ArgumentParser(prog="dev/soak", description=__doc__.split("\n\n")[0])
    args.add_argument("--minutes", type=float, default=60)
    args.add_argument("--rate", type=int, default=20_000, help="events a second")
    args.add_argument("--seed", type=int, default=1, help="of the faults")
    args.add_argument("--report", type=Path, default=TOP / "docs",
                      help="folder for soak.svg and soak.json")
    opt = args.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigie-soak-") as folder:
        found = soak(opt, Path(folder))
    table, wrong = judge(found)
    draw(found, opt.report / "soak.svg")
    print(f"\n{found['events']:,} events in {found['minutes']:g} minutes, "
          f"{len(found['faults'])} faults; level again {found['caught_up_s']} s after the last "
          f"record; {found['verify']}\n\n{table}")
    for line in wrong:
        print(f"soak: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
