"""Real processes for black-box tests: Kafka, Redis, vigie, and what reads them.

Everything listens on free loopback ports, lives in a temporary folder, and is
ended by pid. Waits poll a condition with a deadline; nothing sleeps for luck.
"""
import json
import os
import random
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import confluent_kafka
import redis as redis_client
from confluent_kafka.admin import AdminClient, NewTopic

TOP = Path(__file__).resolve().parents[2]
VIGIE = os.environ.get("VIGIE_BIN", str(TOP / "build" / "vigie"))
PARTNERS = ["MA", "IL", "AE", "US", "BH"]
SEP = "\x1f"
VERDICTS = {"counted", "duplicate", "relayed", "beyond", "future", "control", "canary", "not_alert",
            "not_member"}


def free_port():
    """A loopback port nobody listens on, below the kernel's client range. Workers that run
    side by side draw from ranges of their own, so none takes what another was just given."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 8
    while True:
        port = 20000 + 1000 * worker + random.randrange(1000)
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)):
                return port


def await_that(condition, what, seconds=60.0, every=0.05):
    """The first true value of condition(); fails with `what` (text, or what makes it then) at the deadline."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"not within {seconds} s: {what() if callable(what) else what}"
        time.sleep(every)


# What a broker says of a partition whose leader is not yet known everywhere.
UNSETTLED = {confluent_kafka.KafkaError.LEADER_NOT_AVAILABLE,
             confluent_kafka.KafkaError.NOT_LEADER_FOR_PARTITION,
             confluent_kafka.KafkaError.UNKNOWN_TOPIC_OR_PART}


def watermarks(consumer, topic, partition, seconds=30):
    """(low, end) of a partition; one made a moment ago, or whose leader moves, is asked again."""
    end = time.monotonic() + seconds
    while True:
        try:
            return consumer.get_watermark_offsets(
                confluent_kafka.TopicPartition(topic, partition), seconds)
        except confluent_kafka.KafkaException as error:
            if error.args[0].code() not in UNSETTLED or time.monotonic() > end:
                raise
        time.sleep(0.1)


class Process:
    """A child, its log file, and an end by pid."""

    def __init__(self, words, log, env=None):
        self.log = Path(log)
        with open(self.log, "ab") as out:
            self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                          env={**os.environ, **(env or {})})

    @property
    def pid(self):
        return self.child.pid

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        """kill -9, and wait until it is gone."""
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()

    def stop(self, seconds=30):
        """SIGTERM; its exit status. A process that does not end is an error."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.terminate()
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"pid {self.pid} did not end on SIGTERM:\n{self.tail()}") from None

    def alive(self):
        return self.child.poll() is None

    def text(self):
        return self.log.read_text(errors="replace")

    def tail(self, lines=30):
        return "\n".join(self.text().splitlines()[-lines:])


class Redis:
    """A private Redis with an append-only file, that can be killed and cut."""

    def __init__(self, folder, fsync="everysec", more=(), inside=()):
        """`more`: options after ours; `inside`: words of a command that runs it."""
        self.folder, self.port, self.fsync = Path(folder), free_port(), fsync
        self.more, self.inside = list(more), list(inside)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = None
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def start(self, *more):
        """`more`: options of this start alone."""
        self.launch(*more)
        await_that(self.answers, f"redis on {self.port}")

    def launch(self, *more):
        """Start it and do not wait: it may be loading for a while."""
        self.process = Process(
            [*self.inside, "redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
             "--dir", str(self.folder), "--save", "", "--appendonly", "yes",
             "--appendfsync", self.fsync, "--maxmemory-policy", "noeviction",
             "--auto-aof-rewrite-min-size", "1gb", *self.more, *more],
            self.folder / "redis.log")

    def answers(self):
        try:
            return self.client().ping()
        except redis_client.RedisError:
            return False

    def client(self):
        return redis_client.Redis(port=self.port, socket_timeout=10)

    def kill(self):
        self.process.kill()

    def stop(self):
        self.process.stop()

    def newest_aof(self):
        """The incremental file that the next write goes to."""
        files = sorted((self.folder / "appendonlydir").glob("*.incr.aof"),
                       key=lambda f: int(f.name.split(".")[-3]))
        return files[-1]

    def cut_aof(self, bytes_off):
        """Lose the newest `bytes_off` bytes, as a crash of the machine would."""
        aof = self.newest_aof()
        size = aof.stat().st_size
        os.truncate(aof, max(0, size - bytes_off))
        return min(size, bytes_off)


class World:
    """One coalition: its topics on the shared broker, a Redis, a configuration."""

    def __init__(self, folder, brokers, partners=PARTNERS, partitions=4, producer_times=False,
                 options=None, rules=(), caveats=(), fsync="everysec", security=None, redis=None,
                 copies=1, topic_config=None, tag=None):
        self.folder, self.brokers, self.partners = Path(folder), brokers, list(partners)
        # How this side, not vigie, speaks with the brokers.
        self.kafka = {"bootstrap.servers": brokers, **(security or {})}
        self.partitions = partitions
        self.tag = tag or f"t{random.randrange(10 ** 9)}"
        self.redis = redis or Redis(self.folder / "redis", fsync)
        self.http_port = free_port()
        self.tokens = {}
        self.running = []
        self.binary = VIGIE
        (self.folder / "hash.key").write_bytes(b"0123456789abcdef")
        self.config = self.folder / "vigie.yaml"
        self.write_config(options or {}, rules, caveats)
        self.copies, self.topic_config = copies, topic_config or {}
        self.make_topics(producer_times)
        self.token_error = None
        try:
            for viewer in ("coalition", *self.partners):
                self.token(viewer)
        except AssertionError as error:  # a test of a bad configuration or rule
            self.token_error = error

    def topic(self, partner):
        return f"{self.tag}.{partner.lower()}"

    def dead_topic(self, partner):
        return f"{self.tag}.dead.{partner.lower()}"

    def write_config(self, options, rules, caveats):
        country = {p: (p if len(p) == 2 and p.isalpha() else "MA") for p in self.partners}
        doc = {
            "partners": [{"id": p, "country": country[p], "slot": i, "topic": self.topic(p)}
                         for i, p in enumerate(self.partners)],
            "kafka": {"brokers": self.brokers, "group": self.tag,
                      "dead_prefix": f"{self.tag}.dead.", "actions_topic": f"{self.tag}.actions",
                      "session_timeout": "6s"},
            "redis": {"address": self.redis.address},
            "hash_key_file": "hash.key",
            "http": {"address": f"127.0.0.1:{self.http_port}", "token_file": "tokens"},
        }
        if rules:
            doc["rules"] = [str(r) for r in rules]
        if caveats:
            doc["caveats"] = list(caveats)
        for name, value in options.items():
            section, _, option = name.partition(".")
            doc.setdefault(section, {})[option] = value
        self.config.write_text(json.dumps(doc, indent=1))  # JSON is YAML

    def make_topics(self, producer_times):
        self.stamp = "CreateTime" if producer_times else "LogAppendTime"
        self.make_topics_of(self.partners)

    def make_topics_of(self, partners):
        """The topics of some, as they were made at first."""
        config = {"message.timestamp.type": self.stamp, **self.topic_config}
        admin = AdminClient(self.kafka)
        made = admin.create_topics([
            NewTopic(self.topic(p), self.partitions, self.copies, config=config)
            for p in partners])
        for future in made.values():
            future.result(30)

    # -- processes

    def serve(self, *words, env=None, http=True):
        process = Process([self.binary, "serve", "-c", str(self.config), *words],
                          self.folder / f"vigie-{len(self.running)}.log", env)
        self.running.append(process)
        if http:
            self.await_ready(process)
        return process

    def await_ready(self, process, seconds=60):
        def ready():
            assert process.alive(), f"vigie ended:\n{process.tail()}"
            return self.status("/readyz") == 200
        await_that(ready, lambda: f"readyz\n{process.tail()}", seconds)

    def tool(self, *words, check=True, text=None, seconds=600):
        done = subprocess.run([VIGIE, *words], capture_output=True, text=True, input=text,
                              timeout=seconds)
        if check:
            assert done.returncode == 0, f"vigie {words}: {done.stdout[-3000:]}{done.stderr}"
        return done

    def verify(self, check=True, seconds=600):
        return self.tool("verify", "-c", str(self.config), check=check, seconds=seconds)

    def close(self):
        for process in self.running:
            process.kill()
        try:
            self.adds_up()
        finally:
            self.redis.kill()

    def adds_up(self):
        """Law 4 on what this world counted; nothing when its Redis is gone."""
        try:
            book = self.account()
        except redis_client.ConnectionError:
            return
        for partner, row in book.items():
            verdicts = sum(n for name, n in row.items()
                           if name in VERDICTS or name.startswith("rejected:"))
            assert row.get("received", 0) == verdicts, (partner, row)

    # -- Kafka

    def producer(self, **more):
        return confluent_kafka.Producer({
            **self.kafka, "enable.idempotence": True, "linger.ms": 5,
            "compression.type": "lz4", "queue.buffering.max.messages": 500000, **more})

    def publish(self, events, producer=None):
        """Send (partner, event or bytes[, record time ms[, partition]]) and await the acks."""
        own = producer or self.producer()
        failed = []

        def report(error, _):
            if error is not None:
                failed.append(error)

        for partner, event, *more in events:
            value = event if isinstance(event, bytes) else json.dumps(event).encode()
            key = event.get("sensor") if isinstance(event, dict) else None
            extra = {"timestamp": more[0]} if more and more[0] is not None else {}
            if len(more) > 1:
                extra["partition"] = more[1]
            while True:
                try:
                    own.produce(self.topic(partner), value, key, on_delivery=report, **extra)
                    break
                except BufferError:
                    own.poll(0.1)
            own.poll(0)
        own.flush(120)
        assert not failed, failed[:3]

    def recall(self, partner, sensor, at=None, **asked):
        """The sensor takes back: ids, from and to; tlp, releasable_to."""
        own, when = self.producer(), {} if at is None else {"timestamp": at}
        own.produce(self.topic(partner), json.dumps({"recall": {"sensor": sensor, **asked}}),
                    sensor, **when)
        assert own.flush(30) == 0

    def ends(self):
        """{(topic, partition): end offset} over every partner's topic."""
        consumer = confluent_kafka.Consumer({**self.kafka, "group.id": f"{self.tag}-look"})
        found = {}
        for p in self.partners:
            for n in range(self.partitions):
                found[(self.topic(p), n)] = watermarks(consumer, self.topic(p), n)[1]
        consumer.close()
        return found

    def read_topic(self, topic):
        """Every record of a topic, as (partition, offset, timestamp ms, value, headers)."""
        consumer = confluent_kafka.Consumer({
            **self.kafka, "group.id": f"{self.tag}-read",
            "enable.auto.commit": False, "isolation.level": "read_committed"})
        meta = consumer.list_topics(topic, 30).topics[topic]
        left, starts = {}, []
        for n in meta.partitions:
            low, high = watermarks(consumer, topic, n)
            if high > low:
                left[n] = high
                starts.append(confluent_kafka.TopicPartition(topic, n, low))
        consumer.assign(starts)
        while left:
            for message in consumer.consume(1000, 1.0):
                assert message.error() is None, message.error()
                n = message.partition()
                yield (n, message.offset(), message.timestamp()[1], message.value(),
                       dict(message.headers() or []))
                if message.offset() + 1 >= left.get(n, 0):
                    left.pop(n, None)
        consumer.close()

    # -- Redis

    def offset(self, topic, partition):
        stored = self.redis.client().hget(f"vg:{{{topic}:{partition}}}:o", "off")
        return int(stored) if stored is not None else 0

    def stored(self):
        """Sum of the stored offsets; None while Redis is away."""
        try:
            return sum(self.offset(self.topic(p), n) for p in self.partners
                       for n in range(self.partitions))
        except redis_client.RedisError:
            return None

    def seen(self, event):
        """How often the processes of this world have said an event."""
        return sum(len(re.findall(rf"event={event}", p.text())) for p in self.running)

    def caught_up(self, ends=None):
        ends = ends or self.ends()
        try:
            return all(self.offset(t, p) >= end for (t, p), end in ends.items())
        except redis_client.RedisError:
            return False

    def await_counted(self, seconds=120):
        """Wait until every record now in the topics is counted."""
        ends = self.ends()
        await_that(lambda: self.caught_up(ends), "every record counted", seconds, 0.1)

    def cells(self, aggregate, resolution):
        """{(bucket start ms, audience, values...): (events, reports)}, summed over partitions."""
        client, total = self.redis.client(), {}
        for p in self.partners:
            for n in range(self.partitions):
                tag = f"vg:{{{self.topic(p)}:{n}}}:"
                for name in client.zrange(tag + "x", 0, -1):
                    kind, _, rest = name.decode().partition(":")
                    part = rest.split(":")
                    if kind != "c" or part[:2] != [aggregate, resolution]:
                        continue
                    for field, value in client.hgetall(tag + name.decode()).items():
                        key = (int(part[2]), *field.decode().split(SEP))
                        events, reports = map(int, value.decode().split(","))
                        old = total.get(key, (0, 0))
                        total[key] = (old[0] + events, old[1] + reports)
        return total

    def account(self):
        """{partner: {verdict: n}} over every hour."""
        client, book = self.redis.client(), {}
        for p in self.partners:
            for n in range(self.partitions):
                tag = f"vg:{{{self.topic(p)}:{n}}}:"
                for name in client.zrange(tag + "x", 0, -1):
                    if not name.startswith(b"a:"):
                        continue
                    for field, value in client.hgetall(tag + name.decode()).items():
                        mine = book.setdefault(p, {})
                        mine[field.decode()] = mine.get(field.decode(), 0) + int(value)
        return book

    # -- HTTP

    def token(self, viewer):
        """Of a viewer, or of a tuple: a viewer and words for `vigie token add`."""
        if viewer not in self.tokens:
            words = (viewer,) if isinstance(viewer, str) else viewer
            done = self.tool("token", "add", *words, "-c", str(self.config))
            self.tokens[viewer] = done.stdout.strip()
        return self.tokens[viewer]

    def request(self, path, viewer=None, method="GET", doc=None, **headers):
        """(status, headers, body bytes); status 0 when nobody listens. `doc` is sent as JSON."""
        if viewer:
            headers["Authorization"] = "Bearer " + self.token(viewer)
        if doc is not None:
            headers["Content-Type"] = "application/json"
        wanted = urllib.request.Request(f"http://127.0.0.1:{self.http_port}{path}",
                                        None if doc is None else json.dumps(doc).encode(),
                                        headers={k.replace("_", "-"): v for k, v in headers.items()}, method=method)
        try:
            with urllib.request.urlopen(wanted, timeout=30) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()
        except OSError:
            return 0, {}, b""

    def status(self, path, viewer=None):
        return self.request(path, viewer)[0]

    def get(self, path, viewer="coalition"):
        status, _, body = self.request(path, viewer)
        assert status == 200, (path, status, body[:500])
        return json.loads(body)

    def alerts(self, viewer="coalition"):
        """Every alert the viewer sees, over all pages."""
        found, after = [], ""
        while True:
            page = self.get(f"/v1/alerts?limit=1000{after}", viewer)
            found += page["alerts"]
            if len(page["alerts"]) < 1000:
                return found
            after = "&after=" + page["next"]

    def metric(self, name):
        """One of vigie's own counters, by its full name."""
        for line in self.request("/metrics", "coalition")[2].decode().splitlines():
            if line.split(" ")[0] in (name, name + "_total"):
                return float(line.split(" ")[1])
        raise AssertionError(f"no metric {name}")
