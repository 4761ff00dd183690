"""Redis: away, slow, full, read-only, busy, forgetful, cut off, and another than it was."""
import random
import shutil
import threading
from pathlib import Path

import pytest
import redis as redis_client
from frame import undisturbed
from harness import Redis, await_that
from proxy import Proxy

QUICK = {"redis.command_timeout": "500ms", "redis.connect_timeout": "500ms"}
SAME_MEMBER = {"kafka.instance_id": "one"}


def behind_proxy(world, **more):
    """A world whose vigie speaks to Redis through a proxy; verify does, too."""
    w = world(options=QUICK, **more)
    w.proxy = Proxy(w.redis.port)
    w.write_config({**QUICK, "redis.address": w.proxy.address}, w.rules, w.caveats)
    return w


COMMIT = b"hzszhhh"  # the types of its first keys; nothing else that is said has this
CUTS = [("before", 0), ("after", 0), ("request", 7), ("request", 300), ("request", 5000),
        ("answer", 1), ("answer", 3)]


@pytest.mark.short
def test_the_link_is_cut_before_and_after_the_reply_and_within_both(world):
    w = behind_proxy(world)
    vigie = w.serve()
    step = 1 / len(CUTS)
    for i, (when, byte) in enumerate(CUTS):
        with w.fault(f"the link is cut: {when} {byte or ''}".rstrip()):
            w.proxy.cut(COMMIT, when, byte)
            w.publish(w.records(i * step, (i + 1) * step))
            await_that(w.proxy.idle, "the cut", 30)
    w.publish(w.records(len(CUTS) * step - 1e-9))
    assert w.proxy.done == len(CUTS) and vigie.alive()
    assert w.seen("partition_rewind") > 0
    undisturbed(w)
    w.proxy.close()


@pytest.mark.short
def test_slow_replies_are_waited_for_and_later_ones_are_asked_again(world):
    w = behind_proxy(world)
    w.serve()
    for i, (delay, what) in enumerate([(0.1, "within the time-out"), (0.9, "past the time-out")]):
        with w.fault(f"every reply is {delay} s late: {what}"):
            w.proxy.delay = delay
            w.publish(w.records(i / 2, i / 2 + 0.5))
            if delay > 0.5:
                await_that(lambda: w.seen("redis_away topic=") > 0, "a commit without an answer")
            w.proxy.delay = 0
    undisturbed(w)
    w.proxy.close()


@pytest.mark.short
def test_redis_killed_and_started_again_under_load(world):
    w = world(options=QUICK)
    w.serve()
    feed = w.feed(6)
    await_that(w.stored, "work to disturb")
    for n in range(3):
        with w.fault(f"kill -9 of Redis, {n + 1}"):
            w.redis.kill()
            await_that(lambda n=n: w.seen("redis_away") > n, "it is missed")
            w.redis.start()
    feed.end()
    undisturbed(w)


def busy(world):
    """A script that does not end, until it is killed; a thread that runs it."""
    client = redis_client.Redis(port=world.redis.port, socket_timeout=60)
    client.config_set("busy-reply-threshold", 50)

    def run():
        try:
            client.eval("while true do end", 0)
        except redis_client.RedisError:
            pass
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def said(world, word):
    """How often the log has a refusal of Redis."""
    return sum(p.text().count(f": {word}") for p in world.running)


def refuses(world, name, word, begin, end, piece):
    """One condition under which Redis refuses: provoked, seen in the log, and taken away."""
    with world.fault(name):
        before = said(world, word)
        begin()
        world.publish(piece)
        await_that(lambda: said(world, word) > before, f"{word} in the log", 40)
        end()


@pytest.mark.short
def test_what_redis_refuses_is_tried_again_when_the_cause_is_gone(world):
    """OOM, BUSY, NOREPLICAS, LOADING, and NOSCRIPT, which is not even refused twice."""
    w = world(options=QUICK)
    vigie = w.serve()
    admin = redis_client.Redis(port=w.redis.port, socket_timeout=60)
    w.publish(w.records(0, 0.2))
    w.await_counted()

    refuses(w, "OOM: maxmemory reached", "OOM", lambda: admin.config_set("maxmemory", "1mb"),
            lambda: admin.config_set("maxmemory", 0), w.records(0.2, 0.35))
    refuses(w, "NOREPLICAS: too few replicas", "NOREPLICAS",
            lambda: admin.config_set("min-replicas-to-write", 1),
            lambda: admin.config_set("min-replicas-to-write", 0), w.records(0.35, 0.5))
    refuses(w, "BUSY: a script that does not end", "BUSY", lambda: busy(w),
            lambda: admin.execute_command("SCRIPT", "KILL"), w.records(0.5, 0.65))

    with w.fault("NOSCRIPT: the scripts are forgotten"):
        known = w.metric("vigie_redis_noscript")
        admin.script_flush()
        w.publish(w.records(0.65, 0.8))
        await_that(lambda: w.metric("vigie_redis_noscript") > known, "the script is loaded again")

    with w.fault("LOADING: a large file is read"):
        admin.bgrewriteaof()
        await_that(lambda: admin.info("persistence")["aof_rewrite_in_progress"] == 0
                   and not admin.info("persistence")["aof_rewrite_scheduled"], "one file")
        slow_us = 4_000_000 // admin.dbsize()
        w.redis.kill()
        w.redis.launch("--key-load-delay", str(slow_us),
                       "--loading-process-events-interval-bytes", "1024")
        w.publish(w.records(0.8, 1))
        await_that(lambda: is_loading(admin), "LOADING", 40)
        errors = w.metric("vigie_redis_errors")
        await_that(lambda: w.metric("vigie_redis_errors") > errors and is_loading(admin),
                   "vigie is refused while it loads", 40)
        await_that(w.redis.answers, "it has loaded", 120)
    assert vigie.alive()
    undisturbed(w)


def is_loading(client):
    try:
        return not client.ping()
    except redis_client.exceptions.BusyLoadingError:
        return True
    except redis_client.RedisError:
        return False


def follower_of(world):
    """A replica of the world's Redis, in step with it."""
    other = Redis(world.folder / "replica", more=["--replicaof", "127.0.0.1", str(world.redis.port)])
    await_that(lambda: other.client().info("replication")["master_link_status"] == "up",
               "the replica is in step")
    return other


@pytest.mark.short
def test_a_primary_that_becomes_read_only_and_a_primary_again(world):
    """READONLY, by a real change of roles there and back: nothing is lost, so nothing is fenced."""
    w = world(options=QUICK)
    w.serve()
    other = follower_of(w)
    w.publish(w.records(0, 0.3))
    with w.fault("READONLY: the roles change, and change back"):
        w.redis.client().execute_command("FAILOVER", "TO", "127.0.0.1", other.port)
        await_that(lambda: other.client().role()[0] == b"master", "the other is primary")
        w.publish(w.records(0.3, 0.6))
        await_that(lambda: said(w, "READONLY") > 0, "READONLY in the log", 40)
        other.client().execute_command("FAILOVER", "TO", "127.0.0.1", w.redis.port)
        await_that(lambda: w.redis.client().role()[0] == b"master", "roles as before")
    w.publish(w.records(0.6, 1))
    undisturbed(w)
    other.kill()


@pytest.mark.short
def test_a_full_disk_under_the_append_only_file(world, tmp_path):
    home = tmp_path / "small"
    home.mkdir()
    script = f'mount -t tmpfs -o size=12m tmpfs "{home}" && exec "$@"'
    store = Redis(home, inside=["unshare", "-rm", "sh", "-c", script, "sh"])
    w = world(options=QUICK, redis=store)
    w.serve()
    w.publish(w.records(0, 0.3))
    w.await_counted()
    filler = Path(f"/proc/{store.process.pid}/root{home}/filler")
    with w.fault("MISCONF: the disk of the append-only file is full"):
        with pytest.raises(OSError), open(filler, "wb", buffering=0) as out:
            while out.write(bytes(1 << 16)):
                pass
        w.publish(w.records(0.3, 0.7))
        await_that(lambda: said(w, "MISCONF") > 0, "MISCONF in the log", 60)
        filler.unlink()
    w.publish(w.records(0.7, 1))
    undisturbed(w)


def cuts_of(size, n, seed=7):
    """n lengths to cut a file of `size` bytes to: half anywhere, half near its end."""
    rng = random.Random(seed)
    return sorted([rng.randrange(size) for _ in range(n // 2)] +
                  [size - rng.randrange(1, min(size, 40_000)) for _ in range(n - n // 2)],
                  reverse=True)


def cut_at_each(world, n):
    """Count the story; then, again and again, lose what is behind an offset of the file."""
    w = world(options={**QUICK, **SAME_MEMBER})
    vigie = w.serve()
    feed = w.feed(3)
    feed.end()
    w.await_counted()
    vigie.stop()
    w.redis.stop()
    whole = w.folder / "whole"
    shutil.copytree(w.redis.folder / "appendonlydir", whole)
    file = w.redis.newest_aof()
    for cut in cuts_of(file.stat().st_size, n):
        w.redis.kill()
        shutil.rmtree(w.redis.folder / "appendonlydir")
        shutil.copytree(whole, w.redis.folder / "appendonlydir")
        with open(file, "r+b") as f:
            f.truncate(cut)
        w.redis.start()
        try:
            with w.fault(f"the append-only file is cut at byte {cut}"):
                vigie = w.serve("--role", "ingest", http=False)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{vigie.tail()}") from None
        assert "0 differences" in w.verify().stdout, cut
        vigie.kill()
    undisturbed(w)


@pytest.mark.short
def test_the_append_only_file_cut_at_six_offsets(world):
    cut_at_each(world, 6)


def test_the_append_only_file_cut_at_each_of_100_offsets(world):
    cut_at_each(world, 100)
