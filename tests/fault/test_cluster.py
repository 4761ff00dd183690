"""Redis Cluster: slots elsewhere, on their way, and served by nobody."""
import pytest
import redis as redis_client
from frame import undisturbed
from harness import await_that
from redis_cluster import Cluster

QUICK = {"redis.command_timeout": "2s", "redis.connect_timeout": "500ms"}


def on_cluster(world, tmp_path):
    """A world whose Redis is a cluster of three primaries, and its partitions' tags."""
    return world(options=QUICK, redis=Cluster(tmp_path / "cluster"))


def tags(world):
    return [f"{world.topic(p)}:{n}" for p in world.partners for n in range(world.partitions)]


@pytest.mark.short
def test_partitions_are_counted_on_three_primaries_and_one_that_is_away_comes_back(world, tmp_path):
    """MOVED: nobody tells vigie where slots are. CLUSTERDOWN: a primary without a replica ends."""
    w = on_cluster(world, tmp_path)
    owners = {w.redis.owner(w.redis.slot(tag)).port for tag in tags(w)}
    assert len(owners) > 1, "every partition is on one node: try again"
    vigie = w.serve()
    w.publish(w.records(0, 0.4))
    w.await_counted()
    gone = w.redis.node[1]
    with w.fault("CLUSTERDOWN: a primary without a replica ends"):
        gone.kill()
        w.publish(w.records(0.4, 1))
        await_that(lambda: cluster_is_down(w), "the others refuse")
        errors = w.metric("vigie_redis_errors")
        await_that(lambda: w.metric("vigie_redis_errors") > errors, "vigie is refused")
        gone.start()
        await_that(w.redis.is_whole, "a whole cluster")
    assert vigie.alive()
    undisturbed(w)


def cluster_is_down(world):
    try:
        world.redis.plain(world.redis.node[0], "GET", "{vg}")
        world.redis.plain(world.redis.node[2], "GET", "{vg}")
        return False
    except redis_client.ResponseError as error:
        return "CLUSTERDOWN" in str(error) or "MOVED" not in str(error)
    except redis_client.RedisError as error:
        return "CLUSTERDOWN" in str(error)


def test_slots_that_are_migrated_under_load(world, tmp_path):
    """ASK and TRYAGAIN while a partition's keys, and the alerts', are on two nodes; then MOVED."""
    w = on_cluster(world, tmp_path)
    vigie = w.serve()
    w.publish(w.records(0, 0.3))
    w.await_counted()
    feed = w.feed(8, 0.3, 1)
    for tag in (tags(w)[0], tags(w)[-1], "vg"):
        slot = w.redis.slot(tag)
        source = w.redis.owner(slot)
        target = w.redis.node[(w.redis.node.index(source) + 1) % len(w.redis.node)]
        with w.fault(f"the slot of {'the alerts' if tag == 'vg' else 'a partition'} is migrated"):
            refused = w.metric("vigie_redis_errors")
            w.redis.begin_move(slot, source, target)
            w.redis.move_keys(slot, source, target, 2)
            await_that(lambda before=refused: w.metric("vigie_redis_errors") > before,
                       "a refusal while keys are on both sides")
            while w.redis.move_keys(slot, source, target, 10):
                pass
            w.redis.end_move(slot, target)
    feed.end()
    assert vigie.alive()
    undisturbed(w)
