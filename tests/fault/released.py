"""What a release left behind: a small Redis, the records it was counted from, a configuration.

Run as `released.py NAME` with VIGIE_BIN it makes the folder released/NAME anew, with real parts;
test_upgrade.py reads every such folder with the vigie of now. One is made for each schema that a
release stores, by that release, and then kept as it is.
"""
import base64
import gzip
import json
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
from campaigns import (  # noqa: E402
    ACTOR_RULE,
    CAVEAT_NAMES,
    INDICATOR_RULE,
    PARTNERS,
    by_slot,
    story,
)
from frame import HOUR_MS  # noqa: E402
from harness import World, await_that  # noqa: E402

RELEASED = HERE / "released"
BEGUN_MS = 1_772_366_400_000  # 2026-03-01T12:00:00Z, of every record
EVENTS, MORE = 60, 60
RULES = [ACTOR_RULE, INDICATOR_RULE]
# Rules that count, sum and order; their tracks are of other shapes than those of distinct counts.
COUNTING = RELEASED / "counting.yaml"


def rules_of(name):
    """Those that the release ran: counting ones since 0.9."""
    return RULES if name.startswith("0.1") else [*RULES, COUNTING]


def text(value):
    """Bytes as JSON can hold them."""
    return base64.b85encode(value).decode() if isinstance(value, bytes) else value


def plain(value):
    return base64.b85decode(value)


class ReleasedWorld(World):
    """Its topics have the names, and its records the times, of the fixture."""

    def __init__(self, folder, brokers, name, rules=None, **more):
        self.name = name
        super().__init__(folder, brokers, partners=PARTNERS, caveats=CAVEAT_NAMES, partitions=1,
                         producer_times=True, rules=rules or rules_of(name), **more)

    def topic(self, partner):
        return f"released-{self.name}.{partner.lower()}"

    def records(self):
        """Those that were counted, then those that are still to come."""
        whole = by_slot(self, story("released", EVENTS + MORE, BEGUN_MS - 5 * HOUR_MS, 4 * HOUR_MS,
                                    hidden_share=0.3, actors=6), BEGUN_MS)
        return whole[:EVENTS], whole[EVENTS:]


def dump(client):
    """Every key, its type, and what it holds."""
    for key in sorted(client.scan_iter("*", 1000)):
        kind = client.type(key).decode()
        if kind == "hash":
            held = [[text(f), text(v)] for f, v in sorted(client.hgetall(key).items())]
        elif kind == "zset":
            held = [[text(m), s] for m, s in client.zrange(key, 0, -1, withscores=True)]
        elif kind == "stream":
            held = [[i.decode(), [[text(f), text(v)] for f, v in fields.items()]]
                    for i, fields in client.xrange(key)]
        elif kind == "set":
            held = sorted(text(m) for m in client.smembers(key))
        elif kind == "list":
            held = [text(v) for v in client.lrange(key, 0, -1)]
        else:
            held = text(client.get(key))
        yield {"key": key.decode(), "type": kind, "holds": held}


def load(client, name):
    """The same again, into an empty Redis."""
    whole = gzip.decompress((RELEASED / name / "redis.ndjson.gz").read_bytes())
    for line in whole.splitlines():
        row = json.loads(line)
        key, kind, held = row["key"], row["type"], row["holds"]
        if kind == "hash":
            client.hset(key, mapping={plain(f): plain(v) for f, v in held})
        elif kind == "zset":
            client.zadd(key, {plain(m): s for m, s in held})
        elif kind == "stream":
            for entry, fields in held:
                client.xadd(key, {plain(f): plain(v) for f, v in fields}, id=entry)
        elif kind == "set":
            client.sadd(key, *map(plain, held))
        elif kind == "list":
            client.rpush(key, *map(plain, held))
        else:
            client.set(key, plain(held))


def make(name, brokers):
    folder = RELEASED / name
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        w = ReleasedWorld(Path(home), brokers, name)
        try:
            counted, _ = w.records()
            vigie = w.serve()
            w.publish(counted)
            w.await_counted()
            await_that(w.alerts, "alerts")
            assert "0 differences" in w.verify().stdout
            assert vigie.stop() == 0
            rows = "".join(json.dumps(row, separators=(",", ":")) + "\n"
                           for row in dump(w.redis.client()))
            (folder / "redis.ndjson.gz").write_bytes(gzip.compress(rows.encode(), mtime=0))
            (folder / "records.ndjson").write_text(
                "".join(json.dumps(r) + "\n" for r in counted))
            config = json.loads(w.config.read_text())
            config["rules"] = []
            (folder / "vigie.yaml").write_text(json.dumps(config, indent=1) + "\n")
            print(f"{folder}: {len(counted)} records")
        finally:
            w.close()


if __name__ == "__main__":
    make(sys.argv[1], sys.argv[2])
