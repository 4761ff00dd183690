"""docs/partners.md is run: what a partner copies from it works."""
import base64
import json
import re
import subprocess
import sys
import time
import tomllib

import pytest
from events import many
from harness import TOP, VIGIE, watermarks

PAGE = (TOP / "docs" / "partners.md").read_text()


def blocks(language):
    found = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
    assert found, f"no {language} in docs/partners.md"
    return found


@pytest.fixture
def place(tmp_path, stack):
    """A folder with the files that the page speaks of."""
    (tmp_path / "coalition-ca.crt").write_text((stack.secure / "ca.crt").read_text())
    (tmp_path / "ma.password").write_text(stack.password("ma") + "\n")
    (tmp_path / "ma.password").chmod(0o600)
    (tmp_path / "events.ndjson").write_text("".join(
        json.dumps(e) + "\n"
        for e in many(f"page{time.time_ns()}", 25, int(time.time() * 1000) - 60_000, 50_000)))
    return tmp_path


def here(text, stack):
    return text.replace("kafka.coalition.example:9093", stack.brokers)


def ends(stack):
    import confluent_kafka
    consumer = confluent_kafka.Consumer({"bootstrap.servers": stack.brokers,
                                         **stack.client("admin"), "group.id": "page"})
    found = sum(watermarks(consumer, "alerts.ma", n)[1] for n in range(2))
    consumer.close()
    return found


def test_the_python_producer_sends_every_line(place, stack):
    before = ends(stack)
    script = place / "send.py"
    script.write_text(here(blocks("python")[0], stack))
    done = subprocess.run([sys.executable, script], cwd=place, text=True, capture_output=True,
                          stdin=open(place / "events.ndjson"), timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert ends(stack) == before + 25


def test_the_file_for_vigie_publish_works(place, stack):
    text = re.search(r"\n(    kafka:\n(?:      .*\n)+)", PAGE)[1]
    (place / "ma.yaml").write_text(here(re.sub("^    ", "", text, flags=re.M), stack))
    assert "vigie publish -c ma.yaml --topic alerts.ma events.ndjson" in PAGE
    done = subprocess.run([VIGIE, "publish", "-c", "ma.yaml", "--topic", "alerts.ma",
                           "events.ndjson"], cwd=place, text=True, capture_output=True,
                          timeout=60, check=False)
    assert done.stdout.startswith("published 25, failed 0"), done.stderr


def test_the_python_signature_is_one_that_vigie_counts(place, world):
    made = subprocess.run([VIGIE, "sign-key", "new", "--id", "ma-2026", "ma-2026.key"], cwd=place,
                          text=True, capture_output=True, check=True).stdout
    w = world(partners=["MA"], partitions=1)
    doc = json.loads(w.config.read_text())
    doc["partners"][0].update({"signatures": "required", "keys": [
        {"id": "ma-2026", "key": made.split('"')[1]}]})
    w.config.write_text(json.dumps(doc))
    script = place / "sign.py"
    script.write_text(blocks("python")[1] + "\nimport sys\n"
                      "print(headers(sys.stdin.buffer.read())[0][1])\n")
    producer = w.producer()
    for line in (place / "events.ndjson").read_bytes().splitlines()[:3]:
        done = subprocess.run([sys.executable, script], cwd=place, input=line,
                              capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        signature = done.stdout.decode().strip()
        assert len(base64.b64decode(signature.split(":")[1])) == 64
        producer.produce(w.topic("MA"), line, b"k", headers=[("vigie-sig", signature)])
    assert producer.flush(30) == 0
    w.serve()
    w.await_counted()
    assert w.account()["MA"]["counted"] == 3


def test_the_vector_configuration_is_whole():
    doc = tomllib.loads(blocks("toml")[0])
    sink = doc["sinks"]["coalition"]
    assert sink["inputs"] == ["parsed"] and doc["transforms"]["parsed"]["inputs"] == ["events"]
    assert sink["type"] == "kafka" and sink["key_field"] == "sensor"
    assert sink["tls"]["enabled"] and sink["sasl"]["mechanism"] == "SCRAM-SHA-512"
    assert sink["librdkafka_options"]["acks"] == "all"


LOGSTASH_KAFKA = {"bootstrap_servers", "topic_id", "message_key", "codec", "acks",
                  "compression_type", "security_protocol", "sasl_mechanism", "sasl_jaas_config",
                  "ssl_truststore_type", "ssl_truststore_location"}


def test_the_logstash_configuration_is_whole():
    text = blocks("logstash")[0]
    words = re.compile(r'\s*("(?:[^"\\]|\\.)*"|=>|[\w@]+|[{}\[\],])')
    at, depth, section, named = 0, 0, [], {}
    while at < len(text.rstrip()):
        m = words.match(text, at)
        assert m, f"not Logstash's at: {text[at:at + 40]!r}"
        token, at = m[1], m.end()
        if token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
            section.pop()
            assert depth >= 0
        elif re.match(r"\s*\{", text[at:]):
            section.append(token)
        elif re.match(r"\s*=>", text[at:]):
            named.setdefault(tuple(section), set()).add(token)
    assert depth == 0 and not section
    assert named[("output", "kafka")] == LOGSTASH_KAFKA
    assert {"path", "codec"} == named[("input", "file")]


def test_the_commands_of_the_page_have_the_options_it_names():
    for use in re.findall(r"^    vigie (.*)$", PAGE, re.M):
        words = use.split("<")[0].split()
        command = [w for w in words[:2] if not w.startswith("-")] if words[0] == "check" \
            else words[:1]
        shown = subprocess.run([VIGIE, *command, "--help"], text=True, capture_output=True,
                               check=False)
        assert shown.returncode == 0, command
        for option in (w for w in words if w.startswith("-")):
            assert re.search(rf"(^|[ ,]){re.escape(option)}\b", shown.stdout, re.M), (use, option)
