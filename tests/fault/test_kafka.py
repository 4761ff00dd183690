"""Kafka: brokers killed, leaders moved, logs cut, topics remade, transactions, codecs, rebalances.

A rotated SCRAM password is tests/e2e/test_secure_kafka.py; a hung transaction, a compacted topic,
tests/e2e/test_topic_trouble.py.
"""
import json
import random
import signal
import time

import confluent_kafka
import pytest
from cluster import Cluster
from confluent_kafka.admin import AdminClient, NewPartitions
from frame import undisturbed
from harness import await_that

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


@pytest.fixture(scope="module")
def lone(tmp_path_factory):
    """A broker that may be killed and cut; each test leaves it up."""
    one = Cluster(tmp_path_factory.mktemp("lone") / "run")
    yield one
    one.close()


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """Three brokers."""
    several = Cluster(tmp_path_factory.mktemp("three") / "run", 3)
    yield several
    several.close()


def counted(w, partner):
    return w.account().get(partner, {}).get("counted", 0)


def send(w, producer, record, failed):
    """One record of the story, into its partition, with its time."""
    partner, event, stamp, partition = record
    producer.produce(w.topic(partner), json.dumps(event).encode(), event["sensor"],
                     partition=partition, timestamp=stamp,
                     on_delivery=lambda error, _: failed.append(error) if error else None)


def forget(w, partner, partition):
    """The runbook of a partition that is held for good: its keys are removed."""
    client = w.redis.client()
    keys = list(client.scan_iter(f"vg:{{{w.topic(partner)}:{partition}}}:*", 1000))
    assert keys
    client.delete(*keys)


def remake_topic(w, partner):
    """Deleted and made again, as whoever looks can see."""
    admin = AdminClient(w.kafka)
    admin.delete_topics([w.topic(partner)])[w.topic(partner)].result(30)
    await_that(lambda: w.topic(partner) not in admin.list_topics(timeout=30).topics,
               "the topic gone", 60, 0.2)

    def made():
        try:
            w.make_topics_of([partner])
            return True
        except confluent_kafka.KafkaException:  # not gone everywhere
            return False
    await_that(made, "the topic made again", 60, 0.5)


@pytest.mark.short
def test_a_killed_broker_comes_back(world, lone):
    w = world(brokers=lone.brokers)
    vigie = w.serve()
    feed = w.feed(8)
    await_that(w.stored, "work to disturb")
    with w.fault("kill -9 of the only broker, started again"):
        lone.kill(1)
        await_that(lambda: "event=kafka " in vigie.text() or not feed.is_alive(),
                   "that the broker is away", 60)
        assert w.status("/livez") == 200
        lone.start(1)
        feed.end()
    assert vigie.alive()
    undisturbed(w)


def test_leaders_move_while_brokers_die_one_after_the_other(world, three):
    w = world(brokers=three.brokers, copies=3, topic_config={"min.insync.replicas": "2"})
    w.serve()
    feed = w.feed(20)
    await_that(w.stored, "work to disturb")
    with w.fault("three brokers: each leader killed and started again"):
        for _ in range(2):
            node = three.partition(w.topic("MA")).leader
            three.kill(node)
            await_that(lambda node=node: three.partition(w.topic("MA")).leader not in (node, -1),
                       "another leader", 60, 0.2)
            three.start(node)
            await_that(lambda node=node: all(
                node in three.partition(w.topic(p), n).isrs
                for p in w.partners for n in range(w.partitions)), "in step again", 120, 0.3)
        feed.end()
    undisturbed(w)


def test_a_partition_without_a_replica_in_step_waits_and_the_others_go_on(world, three):
    w = world(brokers=three.brokers)
    vigie = w.serve()
    w.publish(w.records(0, 0.4))
    w.await_counted()
    places = {(p, n): three.partition(w.topic(p), n).leader
              for p in w.partners for n in range(w.partitions)}
    node = places[("MA", 0)]
    rest = w.records(0.4, 1)
    away = [r for r in rest if places[(r[0], r[3])] == node]
    here = [r for r in rest if places[(r[0], r[3])] != node]
    assert away and here
    with w.fault("three brokers: partitions whose only replica is away"):
        three.kill(node)
        await_that(lambda: three.partition(w.topic("MA")).leader == -1, "no leader", 60, 0.2)
        before = w.stored()
        w.publish(here)
        await_that(lambda: w.stored() == before + len(here), "the other partitions counted", 90)
        assert vigie.alive()
        three.start(node)
        w.publish(away)
    undisturbed(w)


def test_a_log_that_was_cut_holds_its_partition_until_it_is_counted_anew(world, lone):
    w = world(brokers=lone.brokers)
    vigie = w.serve()
    topic, whole = w.topic("MA"), w.records()
    w.publish(whole)
    w.await_counted()
    with w.fault("a broker that lost the end of a partition's log"):
        lone.kill(1)
        had = w.offset(topic, 0)
        lone.cut_log(1, topic, 0, 2000)
        lone.start(1)
        left = w.ends()[(topic, 0)]
        assert 0 <= left < had, "nothing was cut"
        await_that(lambda: "event=partition_held" in vigie.text(), "the partition held", 120)
        others = w.stored() - w.offset(topic, 0)
        # What the partner sends again is not mistaken for what was counted.
        mine = [r for r in whole if (r[0], r[3]) == ("MA", 0)]
        w.publish(mine[left:])
        assert w.stored() - w.offset(topic, 0) == others
        assert w.offset(topic, 0) == had
        assert vigie.stop() == 0
        forget(w, "MA", 0)
        w.serve()
    undisturbed(w)


@pytest.mark.short
def test_retention_that_passed_us_holds_the_partition_until_an_operator_decides(world):
    w = world()
    first = w.serve()
    topic, whole = w.topic("IL"), w.records()
    w.publish(whole[:600])
    w.await_counted()
    assert first.stop() == 0
    w.publish(whole[600:])
    passed = w.offset(topic, 1) + 20
    mine = [r for r in whole if (r[0], r[3]) == ("IL", 1)]
    with w.fault("retention removed records that were not read yet"):
        admin = AdminClient(w.kafka)
        for future in admin.delete_records(
                [confluent_kafka.TopicPartition(topic, 1, passed)]).values():
            future.result(30)
        vigie = w.serve(http=False)
        await_that(lambda: "event=partition_held" in vigie.text(), "the partition held", 60)
        assert vigie.text().count("event=partition_held") == 1
        assert "records were lost to retention" in vigie.text()
        ends = {at: end for at, end in w.ends().items() if at != (topic, 1)}
        await_that(lambda: w.caught_up(ends), "the other partitions counted")
        assert vigie.stop() == 0
        # The partner has them still and sends them again; the operator starts anew.
        w.publish(mine[:passed])
        forget(w, "IL", 1)
        vigie = w.serve(http=False)
        await_that(lambda: "start with --init" in vigie.text(), "no start in silence", 60)
        assert vigie.stop() == 0
        w.serve("--init")
    undisturbed(w)


@pytest.mark.short
def test_a_topic_made_anew_holds_its_partitions_until_they_are_counted_anew(world):
    w = world()
    vigie = w.serve()
    whole = w.records()
    mine = [r for r in whole if r[0] == "MA"]
    w.publish(whole)
    w.await_counted()
    old = {n: w.offset(w.topic("MA"), n) for n in range(w.partitions)}
    with w.fault("a topic deleted and made again with other records at the same offsets"):
        remake_topic(w, "MA")
        w.publish([*mine[::-1], *mine[:2 * w.partitions]])
        assert vigie.stop() == 0
        vigie = w.serve(http=False)
        await_that(lambda: vigie.text().count("event=partition_held") == w.partitions,
                   "both partitions held", 90)
        assert {n: w.offset(w.topic("MA"), n) for n in range(w.partitions)} == old
        assert vigie.stop() == 0
        for n in range(w.partitions):
            forget(w, "MA", n)
        w.serve()
    undisturbed(w)


def test_added_partitions_are_found_and_counted(world):
    w = world()
    vigie = w.serve()
    whole = w.records()
    w.publish(whole[:800])
    w.await_counted()
    with w.fault("partitions added to every topic"):
        admin = AdminClient(w.kafka)
        for future in admin.create_partitions(
                [NewPartitions(w.topic(p), 5) for p in w.partners]).values():
            future.result(30)
        w.partitions = 5
        rng = random.Random(7)
        w.publish([(p, e, stamp, rng.randrange(5)) for p, e, stamp, _ in whole[800:]])
    assert vigie.alive()
    undisturbed(w)


def test_aborted_transactions_are_not_counted(world):
    w = world()
    w.serve()
    whole, failed = w.records(), []
    producer = confluent_kafka.Producer({**w.kafka, "transactional.id": f"{w.tag}-tx"})
    producer.init_transactions(60)
    with w.fault("every other transaction aborted, and what it held sent again"):
        # Ends of logs that are markers are no records: the last ones go without a transaction.
        for at in range(0, len(whole) - 400, 200):
            for verdict in ("abort", "commit") if at // 200 % 2 else ("commit",):
                producer.begin_transaction()
                for record in whole[at:at + 200]:
                    send(w, producer, record, failed)
                producer.flush(60)
                if verdict == "abort":
                    producer.abort_transaction(60)
                else:
                    producer.commit_transaction(60)
        w.publish(whole[-400:])
    assert not failed, failed[:3]
    undisturbed(w)


def test_batches_of_every_codec_are_counted(world):
    w = world()
    w.serve()
    whole, step = w.records(), -(-w.events // len(CODECS))
    with w.fault("batches compressed by none, gzip, snappy, lz4 and zstd"):
        for at, codec in enumerate(CODECS):
            producer = w.producer(**{"compression.type": codec, "linger.ms": 50})
            w.publish(whole[at * step:(at + 1) * step], producer)
    undisturbed(w)


@pytest.mark.short
def test_a_storm_of_rebalances_loses_nothing(world):
    w = world(partitions=6)
    rng = random.Random(5)
    w.serve("--role", "alert", "--role", "api")
    ingest = [w.serve("--role", "ingest", http=False)]
    feed = w.feed(25)
    await_that(w.stored, "work to disturb")
    with w.fault("ingest joins, leaves, is killed and stands still, all the time"):
        while feed.is_alive():
            if len(ingest) < 4:
                ingest.append(w.serve("--role", "ingest", http=False))
            time.sleep(rng.uniform(0.2, 1.0))
            one = ingest.pop(rng.randrange(len(ingest)))
            end = rng.choice(["stop", "kill", "still"])
            if end == "stop":
                # One that has hardly begun is ended by the signal itself.
                assert one.stop() in (0, -signal.SIGTERM)
            elif end == "kill":
                one.kill()
            else:
                one.signal(signal.SIGSTOP)
                time.sleep(rng.uniform(0.1, 0.5))
                one.signal(signal.SIGCONT)
                ingest.append(one)
        feed.end()
        ingest.append(w.serve("--role", "ingest", http=False))
    undisturbed(w)
