"""The runbooks of docs/operations.md, done as they are written."""
import json
import random
import re
import subprocess
import time

import pytest
from events import assert_equal_counts, make_event, many
from harness import TOP, await_that

OPERATIONS = (TOP / "docs" / "operations.md").read_text()
START = 1_700_000_000_000


def section(title):
    return OPERATIONS.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


@pytest.fixture
def counted(world):
    """A World that has counted, and whose ingest has ended."""
    w = world(partners=["MA", "IL"], partitions=2, producer_times=True)
    vigie = w.serve()
    w.publish([(p, e, START) for p in w.partners for e in many(f"ops-{p}", 300, START - 600_000, 500_000)])
    w.await_counted()
    assert vigie.stop() == 0
    return w


def repair(w, *words, at=("MA", 1), **more):
    return w.tool("repair", "-c", str(w.config), "--topic", w.topic(at[0]), "--partition", str(at[1]),
                  *words, **more)


def keys(w, tag):
    return {key for key in w.redis.client().scan_iter(f"vg:{{{tag}}}:*", 1000)}


def test_what_is_torn_or_foreign_is_held_and_repaired(counted):
    w, client = counted, counted.redis.client()
    spoilt = {("MA", 1): "VG TORN", ("MA", 0): ":x lists what is no bucket", ("IL", 0): ":i holds what is no id"}
    tags = {at: f"{w.topic(at[0])}:{at[1]}" for at in spoilt}
    others = {f"{w.topic(p)}:{n}" for p in w.partners for n in range(2)} - set(tags.values())
    before = {other: keys(w, other) for other in others}
    assert client.delete(f"vg:{{{tags['MA', 1]}}}:x") == 1
    [(_, at)] = client.zpopmin(f"vg:{{{tags['MA', 0]}}}:x")  # in place of another: as many
    assert client.zadd(f"vg:{{{tags['MA', 0]}}}:x", {"what is this" * 20: at}) == 1
    assert client.zadd(f"vg:{{{tags['IL', 0]}}}:i", {"what is that": 1}) == 1
    vigie = w.serve(http=False)
    for (partner, n), why in spoilt.items():
        await_that(lambda: re.search(rf"event=partition_held .*topic={w.topic(partner)} partition={n} .*{why}",
                                     vigie.text()), lambda: f"{why}\n{vigie.tail()}")
    said = repair(w, check=False)
    assert said.returncode == 2 or "with --write" in said.stdout  # owned, as long as it is
    assert vigie.stop() == 0
    await_that(lambda: repair(w, check=False).returncode == 0, "no ingest owns it any more", 120, 1)
    for at, tag in tags.items():
        assert keys(w, tag), "without --write nothing goes"
        done = await_that(lambda: (said := repair(w, "--write", at=at, check=False)).returncode == 0 and said,
                          f"{at} repaired", 60, 1)
        assert "keys removed" in done.stdout and not keys(w, tag)
    assert {other: keys(w, other) for other in others} == before
    w.serve()
    w.await_counted()
    assert_equal_counts(w)
    w.verify()


def label(w, tlp):
    """The configuration, with another `tlp` of MA."""
    doc = json.loads(w.config.read_text())
    doc["partners"][0]["tlp"] = tlp
    w.config.write_text(json.dumps(doc))


def test_a_recall_after_a_changed_label_is_held_until_it_is_set_back(world):
    w = world(partners=["MA", "IL"], partitions=1)
    label(w, "GREEN")
    vigie = w.serve()
    rng, now = random.Random(3), int(time.time() * 1000)
    events = [make_event(rng, i, now - 60_000 + i * 10, sensor="s0") for i in range(20)]
    w.publish([("MA", e) for e in events])
    w.await_counted()
    assert vigie.stop() == 0
    label(w, "AMBER")
    w.recall("MA", "s0", ids=[events[1]["id"], events[2]["id"]])
    vigie = w.serve(http=False)
    await_that(lambda: re.search(r"event=partition_held .*a recall takes more than was counted", vigie.text()),
               lambda: vigie.tail())
    assert vigie.stop() == 0
    label(w, "GREEN")
    w.serve()
    w.await_counted()
    assert w.account()["MA"]["recalled"] == 2
    assert "0 differences" in w.verify().stdout


def test_a_cut_append_only_file_is_mended_before_redis_starts(counted):
    w = counted
    w.redis.stop()
    assert w.redis.cut_aof(7) == 7
    w.redis.launch("--aof-load-truncated", "no")
    await_that(lambda: not w.redis.process.alive(), "it refuses the file that was cut")
    [manifest] = (w.redis.folder / "appendonlydir").glob("*.manifest")
    done = subprocess.run(["redis-check-aof", "--fix", manifest], input="y\n", text=True, capture_output=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    w.redis.start("--aof-load-truncated", "no")
    w.serve()
    w.await_counted()
    assert_equal_counts(w)
    w.verify()


def test_repair_refuses_what_it_should(counted):
    w = counted
    wrong = w.tool("repair", "-c", str(w.config), "--topic", "alerts.nobody", "--partition", "0", check=False)
    assert wrong.returncode == 2 and "no partner's" in wrong.stderr
    none = w.tool("repair", "-c", str(w.config), "--topic", w.topic("MA"), "--partition", "77", check=False)
    assert none.returncode == 2 and "nothing is stored" in none.stderr
    w.serve()
    w.await_counted()

    def owned():
        said = repair(w, "--write", check=False)
        return said.returncode == 2 and "an ingest has" in said.stderr

    assert owned()
    assert keys(w, f"{w.topic('MA')}:1")


def test_a_lost_redis_is_counted_again_from_the_topics(counted):
    """"Upgrading" and "Held partitions": an empty Redis, and the topics from their start."""
    w = counted
    w.redis.client().flushall()
    w.serve("--init")
    w.await_counted()
    assert_equal_counts(w)
    w.verify()


def test_tokens_are_rotated_as_it_says(counted):
    w = counted
    w.serve()
    assert w.status("/v1/me", "MA") == 200
    added = w.tool("token", "add", "MA", "--name", "night-shift", "-c", str(w.config)).stdout.strip()
    rotated = w.tool("token", "rotate", "night-shift", "-c", str(w.config)).stdout.strip()
    assert rotated != added
    w.tokens["MA"] = rotated
    await_that(lambda: w.status("/v1/me", "MA") == 200, "the new token is taken")


def test_every_event_and_metric_of_the_tables_exists():
    """The other way than test_docs: no row is of what is gone."""
    log = (TOP / "core" / "log.h").read_text()
    events = set(re.findall(r'X\(\w+,\s*"(\w+)"\)', log))
    rows = re.findall(r"^\| (`[^|]+`) \|", section("Log events"), re.M)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == events
    metric = (TOP / "core" / "metric.h").read_text()
    metrics = set(re.findall(r'X\(\w+,\s*"(\w+)",\s*\'[cg]\'', metric))
    named = re.findall(r"^\| `(vigie_\w+)` \| (?:counter|gauge) \|", section("Metrics"), re.M)
    assert set(named) == metrics and len(named) == len(metrics)


def test_every_row_says_what_to_do():
    for title in ("Log events", "Metrics", "Held partitions"):
        for row in re.findall(r"^\| .* \|$", section(title), re.M):
            cells = [cell.strip() for cell in row.strip("|").split(" | ")]
            assert all(cells), row


def test_the_commands_of_the_page_exist_with_their_options():
    from harness import VIGIE
    lines = re.findall(r"^    vigie (.*)$", OPERATIONS, re.M)
    assert len(lines) > 8
    for line in lines:
        words = line.split("#")[0].split()
        verb = words[:2] if words[0] in ("partner", "token", "sign-key") else words[:1]
        shown = subprocess.run([VIGIE, *verb, "--help"], text=True, capture_output=True, check=False)
        assert shown.returncode == 0, line
        for option in (w for w in words if w.startswith("-")):
            assert re.search(rf"{option}\b", shown.stdout), (line, option)


# What exercises each part of the page: a heading, or a row of a table; where the test is, and its name.
RUNBOOKS = {
    "Roles": "e2e/test_observability.py test_every_role_alone_tells_how_it_is_and_nothing_else",
    "What it needs": "e2e/test_bad_input.py test_an_evicting_redis_is_refused",
    "Securing the brokers": "e2e/test_secure_kafka.py test_records_are_counted_over",
    "The first hour": "e2e/test_package.py test_the_installed_binary_tells_the_demos_story",
    "Rules change": "e2e/test_reload.py test_rules_change_while_vigie_runs",
    "A partner joins, leaves, is removed": "e2e/test_membership.py test_a_member_joins_leaves_and_is_removed",
    "Log events": "e2e/test_operations.py test_every_event_and_metric_of_the_tables_exists",
    "Held partitions": "e2e/test_operations.py test_what_is_torn_or_foreign_is_held_and_repaired",
    "Upgrading": "fault/test_upgrade.py test_what_a_release_stored_is_read_and_counted_on",
    "A cut append-only file": "e2e/test_operations.py test_a_cut_append_only_file_is_mended_before_redis_starts",
    "Silence": "e2e/test_notify.py sensor-silent",
    "Metrics": "e2e/test_observability.py test_a_prometheus_scrapes_every_role_as_it_is_set_up",
    "Sizing": "e2e/test_bench.py def test_",
    "Redis": "e2e/test_redis.py test_the_story_is_told_with_no_more_rights_than_it_needs",
    "Backup and restore": "e2e/test_redis.py test_a_copy_is_restored_and_counting_goes_on_from_it",
    "Keys and passwords": "e2e/test_redis.py test_the_password_of_redis_is_changed_as_the_runbook_says",
}
HELD = {
    "no offset is stored": "e2e/test_bad_input.py test_a_wiped_redis_does_not_restart_the_count_in_silence",
    "the log starts after": "fault/test_kafka.py test_retention_that_passed_us_holds_the_partition_until",
    "the log no longer has": "fault/test_kafka.py test_a_log_that_was_cut_holds_its_partition_until",
    "the stored offset is past": "test_ingest_run.c law1_holds_a_partition_whose_log_ends_before_its_offset",
    "the record before": "fault/test_kafka.py test_a_topic_made_anew_holds_its_partitions_until",
    "the topic is set to compact": "e2e/test_topic_trouble.py test_a_compacted_topic_is_held",
    "`VG TORN`": "e2e/test_operations.py test_what_is_torn_or_foreign_is_held_and_repaired",
    "`VG TYPE`": "e2e/test_bad_input.py test_a_wrong_type_in_redis_holds_the_partition_and_touches_nothing",
    "`VG SCHEMA`": "fault/test_upgrade.py test_a_partition_of_another_schema_is_held_and_says_the_way_forward",
    "a recall takes more": "e2e/test_operations.py test_a_recall_after_a_changed_label_is_held_until_it_is_set_back",
    "`:x lists": "e2e/test_operations.py test_what_is_torn_or_foreign_is_held_and_repaired",
}
KEYS = {
    "tokens of the API": "e2e/test_operations.py test_tokens_are_rotated_as_it_says",
    "Kafka password": "e2e/test_secure_kafka.py test_a_password_is_rotated_without_a_restart",
    "Kafka certificates": "e2e/test_secure_kafka.py test_a_partner_comes_in_with_a_certificate_of_its_own",
    "Redis password": "e2e/test_redis.py test_the_password_of_redis_is_changed_as_the_runbook_says",
    "TLS certificate": "test_api_tls.c has_the_new_certificate_after_a_reload_and_keeps_connections",
    "a partner's signing key": "test_signature.c keys_are_good_from_their_first_ms_to_before_their_last",
    "`audit.key_file`": "test_audit.c holds_with_its_key_and_with_no_other",
    "`hash_key_file`": "e2e/test_bad_input.py test_another_hash_key_is_refused",
}


def first_cells(title):
    return [row.split(" | ")[0].strip("| ") for row in
            re.findall(r"^\| .* \|$", section(title), re.M)][2:]


def test_every_runbook_is_exercised_by_a_test():
    assert list(RUNBOOKS) == re.findall(r"^## (.*)$", OPERATIONS, re.M)
    for table, title in ((HELD, "Held partitions"), (KEYS, "Keys and passwords")):
        rows = first_cells(title)
        assert len(rows) == len(table), (title, rows)
        for row, begins in zip(rows, table, strict=True):
            assert row.startswith(begins), (row, begins)
    for what, where in (RUNBOOKS | HELD | KEYS).items():
        file, name = where.split(" ", 1)
        assert name in (TOP / "tests" / file).read_text(), what
