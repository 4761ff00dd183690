"""Topics that would make numbers wrong: compacted, or stuck behind a transaction."""
import time

import confluent_kafka
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource,
                                   ResourceType)
from events import many
from harness import await_that


def set_policy(w, partner, policy):
    admin = AdminClient(w.kafka)
    entry = ConfigEntry("cleanup.policy", policy,
                        incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, w.topic(partner),
                              incremental_configs=[entry])
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(30)


def some(tag, n):
    return [("MA", e) for e in many(tag, n, int(time.time() * 1000) - 60_000, 50_000)]


def test_a_compacted_topic_is_held_and_the_others_are_counted(world):
    w = world(partners=["MA", "IL"], partitions=2)
    set_policy(w, "MA", "compact")
    vigie = w.serve()
    await_that(lambda: w.metric("vigie_partitions_stopped") == 2, "both partitions held")
    text = vigie.text()
    assert text.count("event=topic_compacted") == 1
    assert "cleanup.policy=delete" in text
    w.publish([("IL", e) for _, e in some("il", 20)])
    await_that(lambda: w.account().get("IL", {}).get("counted") == 20, "the other partner counted")
    assert vigie.stop() == 0
    # Mended and started again, all is counted.
    set_policy(w, "MA", "delete")
    vigie = w.serve()
    w.publish(some("ma", 20))
    w.await_counted()
    assert w.account()["MA"]["counted"] == 20
    assert "topic_compacted" not in vigie.text()


def test_a_hung_transaction_is_said_and_ends(world):
    w = world(partners=["MA"], partitions=1, options={"kafka.hung_after": "1s"})
    vigie = w.serve()
    w.publish(some("before", 10))
    w.await_counted()
    hung = confluent_kafka.Producer({**w.kafka, "transactional.id": f"{w.tag}-hung",
                                     "transaction.timeout.ms": 300000})
    hung.init_transactions(30)
    hung.begin_transaction()
    hung.produce(w.topic("MA"), b"{}", b"k")
    hung.flush(30)
    w.publish(some("behind", 15))
    await_that(lambda: w.metric("vigie_partitions_hung") == 1, "the hung transaction in a metric")
    assert vigie.text().count("event=transaction_hung") == 1
    assert "kafka-transactions.sh" in vigie.text()
    # What is held back is behind, and is not called complete.
    await_that(lambda: w.metric(
        f'vigie_partition_lag{{topic="{w.topic("MA")}",partition="0"}}') >= 15, "the lag")
    assert w.account()["MA"]["counted"] == 10
    hung.abort_transaction(30)
    await_that(lambda: w.account()["MA"]["counted"] == 25, "what was held back counted")
    await_that(lambda: w.metric("vigie_partitions_hung") == 0, "the end of it")
    assert vigie.text().count("event=transaction_hung") == 2
    assert vigie.stop() == 0
    assert "0 differences" in w.verify().stdout


def test_a_short_transaction_is_not_called_hung(world):
    w = world(partners=["MA"], partitions=1, options={"kafka.hung_after": "60s"})
    vigie = w.serve()
    producer = confluent_kafka.Producer({**w.kafka, "transactional.id": f"{w.tag}-short"})
    producer.init_transactions(30)
    for n in range(3):
        producer.begin_transaction()
        w.publish(some(f"t{n}", 5), producer)
        time.sleep(1.2)  # longer than the looks are apart
        producer.commit_transaction(30)
    await_that(lambda: w.account().get("MA", {}).get("counted") == 15, "all committed counted")
    assert "transaction_hung" not in vigie.text()
    assert w.metric("vigie_partitions_hung") == 0
