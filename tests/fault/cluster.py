"""Brokers of a test's own, real Apache Kafka in KRaft mode, that can be killed and cut."""
import base64
import os
import shutil
import subprocess
import uuid
from pathlib import Path

import confluent_kafka
from confluent_kafka.admin import AdminClient
from harness import TOP, Process, await_that, free_port

UP_S = 300  # the latest that a broker may be up


def java(lib, heap):
    return ["java", f"-Xmx{heap}m", "-XX:+UseSerialGC",
            f"-Dlog4j.configuration=file:{TOP}/dev/kafka/log4j.properties", "-cp", f"{lib}/*"]


class Cluster:
    """`nodes` brokers, each a controller too. Clients that come by `brokers` are told to go on
    there; those that come by `via` (a way for each node), to whatever address that is."""

    def __init__(self, folder, nodes=1, via=None):
        self.folder, self.nodes = Path(folder), list(range(1, nodes + 1))
        self.lib = subprocess.run(
            ["bash", "-c", ". dev/lib/common.sh; echo $cache/kafka-3.9.1"], cwd=TOP, text=True,
            capture_output=True, check=True).stdout.strip()
        subprocess.run([TOP / "dev" / "setup", "kafka"], check=True, capture_output=True)
        self.id = "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[1:22]
        self.direct, self.port, self.control, taken = {}, {}, {}, set()
        for node in self.nodes:
            for ports in (self.direct, self.port, self.control):
                while (port := free_port()) in taken:
                    pass
                taken.add(port)
                ports[node] = port
        self.via = via or {}
        self.process = {}
        for node in self.nodes:
            self.format(node)
        for node in self.nodes:
            self.launch(node)
        for node in self.nodes:
            self.await_up(node)

    @property
    def brokers(self):
        return ",".join(f"127.0.0.1:{self.direct[n]}" for n in self.nodes)

    def home(self, node):
        return self.folder / f"node{node}"

    def settings(self, node):
        """Those of dev/stack's broker, with a second listener and the others' addresses."""
        text = (TOP / "dev" / "kafka" / "server.properties.in").read_text()
        for name, value in {"PORT": self.port[node], "CPORT": self.control[node],
                            "DIR": self.home(node)}.items():
            text = text.replace(f"@{name}@", str(value))
        rows = dict(line.split("=", 1) for line in text.splitlines()
                    if line and not line.startswith("#"))
        copies = min(3, len(self.nodes))
        went = self.via.get(node, self.port[node])
        rows |= {
            "node.id": node,
            "controller.quorum.voters": ",".join(
                f"{n}@127.0.0.1:{self.control[n]}" for n in self.nodes),
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port[node]},"
                         f"DIRECT://127.0.0.1:{self.direct[node]},"
                         f"CONTROLLER://127.0.0.1:{self.control[node]}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{went},"
                                    f"DIRECT://127.0.0.1:{self.direct[node]}",
            "inter.broker.listener.name": "DIRECT",
            "listener.security.protocol.map":
                "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,DIRECT:PLAINTEXT",
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": 1,
            # A dead broker is found out soon.
            "broker.session.timeout.ms": 6000, "broker.heartbeat.interval.ms": 1000}
        return "".join(f"{name}={value}\n" for name, value in rows.items())

    def format(self, node):
        self.home(node).mkdir(parents=True)
        file = self.home(node) / "server.properties"
        file.write_text(self.settings(node))
        done = subprocess.run([*java(self.lib, 128), "kafka.tools.StorageTool", "format",
                               "-t", self.id, "-c", file], text=True, capture_output=True,
                              check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def launch(self, node):
        self.process[node] = Process(
            [*java(self.lib, 320), "kafka.Kafka", self.home(node) / "server.properties"],
            self.home(node) / "kafka.log")

    def await_up(self, node):
        def up():
            assert self.process[node].alive(), self.process[node].tail()
            try:
                return node in self.admin().list_topics(timeout=5).brokers
            except confluent_kafka.KafkaException:
                return False
        await_that(up, f"broker {node} up", UP_S, 0.3)

    def start(self, node):
        self.launch(node)
        self.await_up(node)

    def kill(self, node):
        """kill -9."""
        self.process[node].kill()

    def admin(self):
        return AdminClient({"bootstrap.servers": self.brokers, "log_level": 0})

    def partition(self, topic, partition=0):
        """Metadata of a partition: leader, replicas, isrs."""
        return self.admin().list_topics(topic, timeout=30).topics[topic].partitions[partition]

    def cut_log(self, node, topic, partition, bytes_off):
        """Lose the newest bytes of a partition's log, of a node that is down, as a machine that
        lost its power would; the broker finds the last whole batch when it starts."""
        newest = max((self.home(node) / "kafka" / f"{topic}-{partition}").glob("*.log"))
        size = newest.stat().st_size
        assert size > bytes_off, (newest, size)
        os.truncate(newest, size - bytes_off)

    def close(self):
        for process in self.process.values():
            process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
