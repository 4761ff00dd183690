"""What a newcomer types: the demo, the help texts, the tools."""
import json
import os
import re
import signal
import subprocess
import time

import pytest
from events import many
from harness import TOP, VIGIE, Process, await_that, free_port


def leftovers(tmp_path):
    return [p.name for p in tmp_path.iterdir() if p.name.startswith("vigie-demo")]


@pytest.mark.parametrize("words", [["--once"], ["--once", "--kafka"]])
def test_the_demo_reads_its_alert_back_and_cleans_up(tmp_path, words):
    done = subprocess.run([TOP / "dev" / "demo", *words], capture_output=True, text=True,
                          timeout=300, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Silent Heron" in done.stdout and "MA -> IL -> AE" in done.stdout
    assert re.search(r"MA +Morocco +2\d\d", done.stdout), done.stdout
    if "--kafka" not in words:
        assert "TRYING OUT ONLY" in done.stderr
    assert leftovers(tmp_path) == []


def test_the_demo_ends_clean_on_ctrl_c(tmp_path):
    demo = Process([TOP / "dev" / "demo"], tmp_path / "demo.log", {"TMPDIR": str(tmp_path)})
    await_that(lambda: "until Ctrl-C" in demo.text(), lambda: f"the story told\n{demo.tail()}", 120)
    url, token = re.search(r"Bearer (\S+)' '(http://[^/]+)", demo.text()).groups()[::-1]
    assert url.startswith("http://127.0.0.1:") and token.startswith("vg_")
    demo.signal(signal.SIGINT)
    assert demo.child.wait(30) == 130
    assert leftovers(tmp_path) == []


def run(*words):
    return subprocess.run([VIGIE, *words], capture_output=True, text=True, timeout=60)


def test_help_alone_is_enough():
    top = run("help")
    assert top.returncode == 0
    commands = re.findall(r"^  vigie ([\w-]+)", top.stdout, re.M)
    assert {"serve", "check", "publish", "verify", "broker", "topics", "token"} <= set(commands)
    for command in commands:
        text = run(command, "--help")
        assert text.returncode == 0 and text.stdout.startswith(f"usage: vigie {command}"), command
    assert "kafka.brokers" in run("serve", "--help").stdout


def test_the_option_table_is_the_documentation():
    assert run("help", "config").stdout == (TOP / "docs" / "configuration.md").read_text()


@pytest.mark.parametrize("words, says", [
    ([], "usage"), (["fly"], "fly"), (["serve"], "--config"), (["serve", "-x"], "-x"),
    (["chekc"], "did you mean `vigie check`?"), (["help", "tokn"], "did you mean `vigie token`?"),
    (["serve", "--confg", "x"], "did you mean --config?"), (["help", "zebra"], "`vigie help` lists them"),
    (["publish", "--topic", "t", "f"], "--brokers"),
    (["publish", "-b", "b", "-t", "t", "--rate", "fast", "f"], "fast"),
    (["publish", "-b", "b", "-t", "t", "f"], "--brokers: b is not host:port"),
    (["publish", "-b", "b:1", "-t", "a/b", "f"], "--topic: a/b is not a Kafka topic name"),
    (["check", "-c", "/nonexistent/vigie.yaml"], "/nonexistent/vigie.yaml"),
    (["token", "add", "-c", "x"], "token")])
def test_wrong_words_end_with_2_and_a_remedy(words, says):
    done = run(*words)
    assert done.returncode == 2, done
    assert says in done.stderr, done.stderr


def test_help_of_a_command_is_its_own():
    assert run("help", "token").stdout == run("token", "--help").stdout
    for form in ("-c FILE", "RULES.yaml...", "check event"):
        assert form in run("check", "--help").stdout


def test_who_finds_nobody_hears_whom_and_what_to_do(tmp_path):
    (tmp_path / "hash.key").write_bytes(os.urandom(16))
    config = tmp_path / "vigie.yaml"
    port = free_port()
    config.write_text(f"""partners: [{{id: MA, country: MA, slot: 0}}]
kafka: {{brokers: "127.0.0.1:{port}"}}
redis: {{address: "127.0.0.1:{port}"}}
hash_key_file: hash.key
""")
    done = run("repair", "-c", config, "--topic", "alerts.ma", "--partition", "0")
    assert done.returncode == 1 and f"127.0.0.1:{port}: Connection refused" in done.stderr
    assert "redis.address right?" in done.stderr
    done = run("verify", "-c", config)
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
    assert "Connection refused" in done.stderr and "kafka.brokers right?" in done.stderr
    waits = Process([VIGIE, "topics", "-c", config], tmp_path / "topics.log")
    await_that(lambda: "Connection refused; still trying" in waits.text(), waits.tail)
    waits.kill()


def test_publish_sends_every_line_with_its_sensor_as_key(world, tmp_path):
    w = world(partners=["MA"], partitions=4)
    events = many("pub", 300, int(time.time() * 1000) - 60_000, 50_000)
    lines = [json.dumps(e) for e in events] + ["not json"]
    (tmp_path / "events.ndjson").write_text("\n".join(lines) + "\n")
    done = w.tool("publish", "--brokers", w.brokers, "--topic", w.topic("MA"),
                  str(tmp_path / "events.ndjson"))
    assert "published 301" in done.stdout and "failed 0" in done.stdout, done.stdout
    by_sensor = {}
    for n, _, _, value, _ in w.read_topic(w.topic("MA")):
        if value != b"not json":
            by_sensor.setdefault(json.loads(value)["sensor"], set()).add(n)
    assert len(by_sensor) > 20 and all(len(where) == 1 for where in by_sensor.values())


def test_publish_can_keep_the_events_own_times(world, tmp_path):
    w = world(partners=["MA"], partitions=1, producer_times=True)
    (tmp_path / "e.ndjson").write_text(
        '{"id":"1","time":"2013-03-03T21:53:59Z","sensor":"s","category":"fraud"}\n')
    w.tool("publish", "-b", w.brokers, "-t", w.topic("MA"), "--record-time", "event",
           str(tmp_path / "e.ndjson"))
    assert [stamp for _, _, stamp, _, _ in w.read_topic(w.topic("MA"))] == [1362347639000]


def test_topics_makes_what_is_missing_and_keeps_the_rest(world):
    w = world(partners=["MA"], partitions=1)
    text = w.config.read_text().replace(w.topic("MA"), w.topic("MA") + "x")
    w.config.write_text(text)
    assert "made " in w.tool("topics", "-c", str(w.config), "--partitions", "2").stdout
    assert "kept " in w.tool("topics", "-c", str(w.config)).stdout


def test_verify_prints_each_difference_and_ends_with_1(world):
    w = world(partners=["MA"], partitions=1)
    w.serve("--role", "ingest", http=False)
    w.publish([("MA", e) for e in many("v", 100, int(time.time() * 1000) - 60_000, 50_000)])
    w.await_counted()
    assert "0 differences" in w.verify().stdout
    client, tag = w.redis.client(), f"vg:{{{w.topic('MA')}:0}}:"
    bucket = next(n.decode() for n in client.zrange(tag + "x", 0, -1) if b"c:country:1m" in n)
    field = next(iter(client.hgetall(tag + bucket)))
    client.hset(tag + bucket, field, "9999,9999")
    done = w.verify(check=False)
    assert done.returncode == 1
    assert bucket in done.stdout and "9999,9999" in done.stdout and "1 differences" in done.stdout
