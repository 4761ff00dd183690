"""A primary that is replaced, with writes that it had acknowledged, and is still there."""
import signal

import pytest
import redis as redis_client
from frame import undisturbed
from harness import Process, Redis, await_that, free_port
from proxy import Proxy

# Who stands still for some seconds stays a member: a rebalance would open its partitions anew, and
# hide whether it sees by itself what Redis lost.
QUICK = {"redis.command_timeout": "500ms", "redis.connect_timeout": "500ms",
         "kafka.session_timeout": "60s"}


class Pair:
    """Primary and replica. `proxy` is the address that people use, as a load balancer before Redis
    is; `link` is the way of replication, which can be made to lose what is sent."""

    def __init__(self, world):
        self.world, self.first, self.sentinel = world, world.redis, None
        self.link, self.proxy = Proxy(self.first.port), Proxy(self.first.port)
        self.second = Redis(world.folder / "second", more=[
            "--replicaof", "127.0.0.1", str(self.link.port)])
        await_that(lambda: self.second.client().info("replication")["master_link_status"] == "up",
                   "a replica in step")
        world.write_config({**QUICK, "redis.address": self.proxy.address}, world.rules,
                           world.caveats)

    def watch(self):
        """Start a Sentinel, and await that it knows both."""
        self.port = free_port()
        conf = self.world.folder / "sentinel.conf"
        conf.write_text(
            f"port {self.port}\nbind 127.0.0.1\ndir {self.world.folder}\n"
            f"sentinel monitor watched 127.0.0.1 {self.first.port} 1\n"
            "sentinel down-after-milliseconds watched 1000\n"
            "sentinel failover-timeout watched 10000\n")
        self.sentinel = Process(["redis-server", str(conf), "--sentinel"],
                                self.world.folder / "sentinel.log")
        await_that(self.knows_both, "a Sentinel that knows the replica")

    def knows_both(self):
        try:
            return bool(self.ask("SENTINEL", "REPLICAS", "watched"))
        except redis_client.RedisError:
            return False

    def ask(self, *words):
        with redis_client.Redis(port=self.port, socket_timeout=5) as client:
            client.response_callbacks.clear()
            return client.execute_command(*words)

    def primary(self):
        return int(self.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "watched")[1])

    def follow(self):
        """Await that the Sentinel has promoted the second, and go there."""
        await_that(lambda: self.primary() == self.second.port, "another primary", 60)
        await_that(lambda: self.second.client().role()[0] == b"master", "which knows it", 60)
        self.proxy.aim(self.second.port)
        self.world.redis = self.second

    def end(self):
        self.proxy.close()
        self.link.close()
        if self.sentinel:
            self.sentinel.kill()
        self.first.kill()
        self.second.kill()


@pytest.fixture
def pair(world):
    """(world, pair)"""
    w = world(options=QUICK)
    two = Pair(w)
    yield w, two
    two.end()


@pytest.mark.short
def test_a_failover_that_loses_acknowledged_writes(pair):
    """What is committed does not reach the replica; the primary ends; Sentinel promotes it."""
    w, two = pair
    vigie = w.serve()
    w.publish(w.records(0, 0.4))
    w.await_counted()
    await_that(lambda: two.second.client().info("replication")["slave_repl_offset"] ==
               two.first.client().info("replication")["master_repl_offset"], "both are level", 30)
    two.link.mute = True
    w.publish(w.records(0.4, 0.8))
    w.await_counted()
    before = w.stored()
    two.watch()
    with w.fault("Sentinel fails over, and acknowledged writes are lost"):
        vigie.signal(signal.SIGSTOP)  # or it would have made good before it is measured
        two.first.kill()
        two.follow()
        lost = before - w.stored()
        vigie.signal(signal.SIGCONT)
        assert lost > 0, "nothing was lost: this proves nothing"
    w.publish(w.records(0.8, 1))
    assert vigie.alive()
    undisturbed(w)
    assert w.seen("redis_behind") > 0 and w.seen("partition_rewind") > 0


@pytest.mark.short
def test_an_old_primary_that_is_still_reachable(pair):
    """Split brain: one process goes on with the old primary, which acknowledges; another counts on
    the new one. Nothing that the old one took is kept, and nothing is missing."""
    w, two = pair
    old = w.serve("--role", "ingest", "--set", f"redis.address={two.first.address}", http=False)
    w.publish(w.records(0, 0.4))
    w.await_counted()
    two.second.client().execute_command("REPLICAOF", "NO", "ONE")
    w.publish(w.records(0.4, 0.7))
    w.await_counted()  # by the old process, on the old primary
    two.proxy.aim(two.second.port)
    w.redis = two.second
    assert not w.caught_up(), "the new primary has it all: this proves nothing"
    with w.fault("an old primary is still reachable, and took writes"):
        w.serve()
        w.publish(w.records(0.7, 1))
        old.stop()
    undisturbed(w)
