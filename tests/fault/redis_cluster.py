"""A real Redis Cluster of primaries, and slots that move between them."""
import redis as redis_client
from harness import Redis, await_that, free_port

SLOTS = 16384


class Cluster:
    """Primaries without replicas; has what a World asks of a Redis."""

    def __init__(self, folder, n=3, timeout_ms=1500):
        folder.mkdir(parents=True, exist_ok=True)
        self.node = [Redis(folder / f"node{i}", more=[
            "--cluster-enabled", "yes", "--cluster-node-timeout", str(timeout_ms),
            "--cluster-port", str(free_port())]) for i in range(n)]
        for i, one in enumerate(self.node):
            first, last = i * SLOTS // n, (i + 1) * SLOTS // n - 1
            self.plain(one, "CLUSTER", "ADDSLOTSRANGE", first, last)
            self.plain(one, "CLUSTER", "SET-CONFIG-EPOCH", i + 1)
        for one in self.node[1:]:
            bus = int(one.more[one.more.index("--cluster-port") + 1])
            self.plain(self.node[0], "CLUSTER", "MEET", "127.0.0.1", one.port, bus)
        await_that(self.is_whole, "a whole cluster")

    def is_whole(self):
        """Every node knows all the others, and that every slot is served."""
        try:
            infos = [self.plain(one, "CLUSTER", "INFO").decode() for one in self.node]
        except redis_client.RedisError:
            return False
        return all("cluster_state:ok" in text and f"cluster_known_nodes:{len(self.node)}" in text
                   for text in infos)

    @staticmethod
    def plain(node, *words):
        """A node's answer as it is."""
        with redis_client.Redis(port=node.port, socket_timeout=10) as client:
            client.response_callbacks.clear()
            return client.execute_command(*words)

    @property
    def address(self):
        return self.node[0].address

    def client(self):
        return redis_client.RedisCluster(host="127.0.0.1", port=self.node[0].port,
                                         socket_timeout=10)

    def kill(self):
        for one in self.node:
            one.kill()

    def slot(self, tag):
        return self.plain(self.node[0], "CLUSTER", "KEYSLOT", tag)

    def owner(self, slot):
        """The node that has a slot, by the nodes' own word."""
        for first, last, (_, port, *_), *_ in self.plain(self.node[0], "CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(n for n in self.node if n.port == port)
        raise AssertionError(f"nobody has slot {slot}")

    def id_of(self, node):
        return self.plain(node, "CLUSTER", "MYID").decode()

    def begin_move(self, slot, source, target):
        """From now on keys of the slot may be on either side: ASK, and TRYAGAIN."""
        self.plain(target, "CLUSTER", "SETSLOT", slot, "IMPORTING", self.id_of(source))
        self.plain(source, "CLUSTER", "SETSLOT", slot, "MIGRATING", self.id_of(target))

    def move_keys(self, slot, source, target, most):
        """Move up to `most` keys; how many there were."""
        keys = self.plain(source, "CLUSTER", "GETKEYSINSLOT", slot, most)
        if keys:
            self.plain(source, "MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *keys)
        return len(keys)

    def end_move(self, slot, target):
        for one in [target, *[n for n in self.node if n is not target]]:
            self.plain(one, "CLUSTER", "SETSLOT", slot, "NODE", self.id_of(target))
