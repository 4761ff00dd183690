"""Whatever comes in wrong is said with place and remedy, and nothing is half-applied."""
import json
import random
import time

import pytest
from events import assert_equal_counts, make_event
from harness import TOP, await_that

CASES = {
    "empty": b"",
    "oversized": b'{"id":"' + b"x" * 65_530 + b'"}',
    "syntax": b'{"id":',
    "utf8": b'{"id":"\xc3\x28"}',
    "dupkey": b'{"id":"a","id":"b"}',
    "range": b'{"n":9007199254740993}',
    "depth": b"[" * 33 + b"]" * 33,
    "trail": b"{} {}",
    "not_object": b"[1]",
    "missing": b'{"id":"a"}',
    "type": b'{"id":7,"time":"2026-01-01T00:00:00Z","sensor":"s","category":"fraud"}',
    "value": b'{"id":"a","time":"yesterday","sensor":"s","category":"fraud"}',
}


def test_each_reason_is_counted_and_kept_whole_in_the_dead_letters(world):
    w = world(partners=["MA", "IL"], partitions=1)
    w.serve()
    foreign = json.dumps({**make_event(random.Random(1), 1, time.time() * 1000), "partner": "IL"})
    cases = {**CASES, "partner_mismatch": foreign.encode()}
    w.publish([("MA", value) for value in cases.values()])
    w.await_counted()
    book = w.account()["MA"]
    assert {k: v for k, v in book.items() if k.startswith("rejected:")} == {
        f"rejected:{reason}": 1 for reason in cases}
    dead = {d[3] or b"": d[4] for d in w.read_topic(w.dead_topic("MA"))}
    assert set(dead) == set(cases.values())
    for reason, value in cases.items():
        headers = {k: v.decode() for k, v in dead[value].items()}
        assert headers["vigie-topic"] == w.topic("MA")
        assert headers["vigie-reason"].endswith(reason), headers
        assert set(headers) >= {"vigie-partition", "vigie-offset", "vigie-detail"}
    assert_equal_counts(w)


def edit(world, old, new):
    text = world.config.read_text()
    assert old in text
    world.config.write_text(text.replace(old, new))


@pytest.mark.parametrize("old, new, says", [
    ('"brokers"', '"brokres"', "kafka.brokres"),
    ('"slot": 1', '"slot": 0', "slot"),
    ('"slot": 1', '"slot": 61', "slot"),
    ('"session_timeout": "6s"', '"session_timeout": "soon"', "kafka.session_timeout"),
    ('"hash.key"', '"absent.key"', "absent.key"),
    ('"country": "IL"', '"country": "ZZ"', "ZZ"),
])
def test_a_bad_configuration_ends_with_2_and_names_the_place(world, old, new, says):
    w = world(partners=["MA", "IL"], partitions=1)
    assert w.tool("check", "-c", str(w.config)).returncode == 0
    edit(w, old, new)
    for command in ("check", "serve", "verify"):
        done = w.tool(command, "-c", str(w.config), check=False)
        assert done.returncode == 2, (command, done)
        assert says in done.stderr, done.stderr


def test_a_bad_rule_names_file_line_and_remedy(world, tmp_path):
    rule = tmp_path / "bad.yaml"
    rule.write_text("id: x\ntitle: t\ngroup_by: [actor]\nwindow: 1h\n"
                    "condition: {country: {distinct: many}}\nseverity: 5\n")
    w = world(partners=["MA"], partitions=1, rules=[rule])
    done = w.tool("check", "-c", str(w.config), check=False)
    assert done.returncode == 2
    assert "bad.yaml:5" in done.stderr, done.stderr
    started = w.tool("serve", "-c", str(w.config), check=False)
    assert started.returncode == 2
    assert "event=rules_bad" in started.stderr and "bad.yaml:5" in started.stderr


def test_the_log_says_what_was_loaded_and_what_was_refused(world):
    w = world(partners=["MA"], partitions=1, rules=[TOP / "rules" / "cross-border-actor.yaml"])
    process = w.serve()
    w.publish([("MA", b"{}")] * 50)
    w.await_counted()
    await_that(lambda: "event=view_loaded partitions=1" in process.text(), "the view is loaded")
    assert process.stop() == 0
    log = process.text()
    assert "event=config" in log and "partners=1" in log
    assert "event=rules_loaded rules=1 tracks=1" in log
    lines = [line for line in log.splitlines() if "event=dead_letter" in line]
    assert 1 <= len(lines) <= 4 and "last=rejected:missing" in lines[-1], lines
    assert sum(int(line.split("letters=")[1].split()[0]) for line in lines) == 50


def test_a_bad_token_file_names_the_line(world):
    w = world(partners=["MA"], partitions=1)
    (w.folder / "tokens").write_text("nonsense\n")
    (w.folder / "tokens").chmod(0o600)
    done = w.tool("serve", "-c", str(w.config), check=False)
    assert done.returncode == 2
    assert "tokens:1" in done.stderr, done.stderr


def problem(world, path, viewer="coalition"):
    status, headers, body = world.request(path, viewer)
    kind = {k.lower(): v for k, v in headers.items()}["content-type"]
    assert kind.startswith("application/problem+json"), (path, headers)
    return status, json.loads(body)


def test_queries_that_are_wrong_get_a_problem_that_says_so(world):
    w = world(partners=["MA"], partitions=1)
    w.serve()
    for path, status, says in [
            ("/v1/series?by=colour", 422, "aggregates"),
            ("/v1/series?by=actor&where=sector:energy", 422, "aggregates"),
            ("/v1/series?step=2m", 400, "step"),
            ("/v1/series?from=tomorrow", 400, "from"),
            ("/v1/series?colour=red", 400, "colour"),
            ("/v1/series?by=country&by=actor", 400, "by"),
            ("/v1/series?where=country", 400, "where"),
            ("/v1/top?by=country&n=0", 400, "n"),
            ("/v1/top?by=country&n=1001", 400, "n"),
            ("/v1/alerts/none", 404, ""),
            ("/v1/nothing", 404, "")]:
        got, body = problem(w, path)
        assert got == status, (path, got, body)
        assert says in json.dumps(body), (path, body)
        assert body["status"] == status and body["title"], body
    assert problem(w, "/v1/series", None)[0] == 401
    status, headers, _ = w.request("/v1/series", "coalition", method="POST")
    assert status == 405 and "GET" in headers["Allow"]


def test_a_wiped_redis_does_not_restart_the_count_in_silence(world):
    """No stored offset though the log was cut: held, until --init says so."""
    w = world(partners=["MA"], partitions=1)
    w.publish([("MA", make_event(random.Random(2), i, time.time() * 1000)) for i in range(50)])
    from confluent_kafka import TopicPartition
    from confluent_kafka.admin import AdminClient
    admin = AdminClient({"bootstrap.servers": w.brokers})
    for future in admin.delete_records([TopicPartition(w.topic("MA"), 0, 20)]).values():
        future.result(30)
    vigie = w.serve("--role", "ingest", http=False)
    await_that(lambda: "event=partition_held" in vigie.text(), "the partition is held", 30)
    assert "--init" in vigie.text()
    assert w.offset(w.topic("MA"), 0) == 0
    vigie.stop()
    w.serve("--role", "ingest", "--init", http=False)
    await_that(lambda: w.offset(w.topic("MA"), 0) == 50, "counted from the log's start", 30)


def test_an_evicting_redis_is_refused(world):
    w = world(partners=["MA"], partitions=1)
    w.redis.client().config_set("maxmemory-policy", "allkeys-lru")
    done = w.tool("serve", "-c", str(w.config), check=False)
    assert done.returncode == 2
    assert "noeviction" in done.stderr


def test_another_hash_key_is_refused(world):
    w = world(partners=["MA"], partitions=1)
    w.serve().stop()
    (w.folder / "hash.key").write_bytes(b"another sixteen!")
    done = w.tool("serve", "-c", str(w.config), check=False)
    assert done.returncode == 2
    assert "hash" in done.stderr


def test_a_wrong_type_in_redis_holds_the_partition_and_touches_nothing(world):
    w = world(partners=["MA"], partitions=1)
    w.redis.client().set(f"vg:{{{w.topic('MA')}:0}}:d", "not a stream")
    vigie = w.serve("--role", "ingest", http=False)
    w.publish([("MA", make_event(random.Random(3), 1, time.time() * 1000))])
    await_that(lambda: "event=partition_held" in vigie.text(), "held", 30)
    assert w.offset(w.topic("MA"), 0) == 0
