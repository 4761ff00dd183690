"""Brokers with TLS, users and access rules: who is let in, and who is not."""
import json
import random
import subprocess
import time
from pathlib import Path

import pytest
from events import make_event
from harness import VIGIE, World, await_that

REFUSED_SECONDS = 20  # until a tool says that it is refused


class SecureWorld(World):
    """Its topics are those that the access rules name, shared by all tests."""

    def topic(self, partner):
        return f"alerts.{partner.lower()}"

    def dead_topic(self, partner):
        return f"alerts.dead.{partner.lower()}"

    def make_topics(self, producer_times):
        pass


@pytest.fixture
def secure_world(tmp_path, stack):
    made = []

    def make(options):
        made.append(SecureWorld(
            tmp_path, stack.brokers, partners=["MA", "IL"], partitions=2,
            security=stack.client("admin"),
            options={"kafka.group": f"vigie-{random.randrange(10 ** 9)}",
                     "kafka.dead_prefix": "alerts.dead.", **options}))
        return made[-1]

    yield make
    for one in made:
        one.close()


def some_events(partner, n):
    rng = random.Random(time.time_ns())
    tag = f"{partner}-{rng.randrange(10 ** 12)}"
    found = []
    for i in range(n):
        event = make_event(rng, i, time.time() * 1000)
        event["id"] = f"{tag}-{i}"
        event.pop("partner", None)
        event.pop("origin", None)
        found.append(event)
    return found


@pytest.fixture
def publish(tmp_path, stack):
    """publish(user, topic, options, n) -> the finished `vigie publish`."""
    def run(user, topic, options=None, n=5):
        lines = tmp_path / "lines.ndjson"
        lines.write_text("".join(json.dumps(e) + "\n" for e in some_events(user, n)))
        chosen = {"kafka.brokers": stack.brokers, **(options or stack.by_password(user))}
        words = [word for name, value in chosen.items() for word in ("--set", f"{name}={value}")]
        began = time.monotonic()
        done = subprocess.run([VIGIE, "publish", *words, "-t", topic, str(lines)], text=True,
                              capture_output=True, timeout=120, check=False)
        done.seconds = time.monotonic() - began
        return done
    return run


def is_refused(done, *says):
    assert done.returncode == 2, done.stdout + done.stderr
    for text in says:
        assert text in done.stderr, done.stderr
    assert done.seconds < REFUSED_SECONDS
    assert "published 0," in done.stdout or done.stdout == ""


def test_a_partner_writes_to_its_own_topic(publish):
    done = publish("ma", "alerts.ma")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("published 5, failed 0")


def test_a_partner_is_refused_on_the_topic_of_another(publish):
    is_refused(publish("ma", "alerts.il"), "authorization failed", "use the topic that is ours")


def test_a_partners_own_file_says_all_that_is_needed(stack, tmp_path):
    lines = tmp_path / "lines.ndjson"
    lines.write_text(json.dumps(some_events("MA", 1)[0]) + "\n")
    done = subprocess.run([VIGIE, "publish", "-c", stack.file("ma.yaml"), "-t", "alerts.ma", lines],
                          text=True, capture_output=True, timeout=60, check=False)
    assert done.stdout.startswith("published 1, failed 0"), done.stderr


def test_a_wrong_password_is_refused_and_said(publish, stack, tmp_path):
    wrong = tmp_path / "wrong.password"
    wrong.write_text("no\n")
    wrong.chmod(0o600)
    is_refused(publish("ma", "alerts.ma",
                       {**stack.by_password("ma"), "kafka.password_file": wrong}),
               "uthentication", "check kafka.user, kafka.password_file")


def test_a_password_file_that_others_can_read_is_refused(publish, stack, tmp_path):
    shown = tmp_path / "shown.password"
    shown.write_text(stack.password("ma") + "\n")
    shown.chmod(0o644)
    is_refused(publish("ma", "alerts.ma",
                       {**stack.by_password("ma"), "kafka.password_file": shown}),
               "others can read", "chmod o=")


def authority(folder, name):
    """Another CA: (certificate, key)."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"],
                   check=True, capture_output=True)
    return folder / f"{name}.crt", folder / f"{name}.key"


def certificate(folder, user, ca, days):
    """A certificate that `ca` signs; of yesterday when days is -1."""
    key, request, made = (folder / f"{user}{days}.{end}" for end in ("key", "csr", "crt"))
    subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-subj", f"/CN={user}", "-keyout", key, "-out", request],
                   check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", ca[0], "-CAkey", ca[1],
                    "-CAcreateserial", "-days", str(days), "-out", made],
                   check=True, capture_output=True)
    return {"kafka.certificate_file": made, "kafka.key_file": key}


def test_brokers_of_an_unknown_authority_are_refused(publish, stack, tmp_path):
    other, _ = authority(tmp_path, "other")
    is_refused(publish("ma", "alerts.ma", {**stack.by_password("ma"), "kafka.ca_file": other}),
               "certificate verify failed", "check kafka.ca_file and")


def test_a_partner_comes_in_with_a_certificate_of_its_own(publish, stack):
    done = publish("ma", "alerts.ma", stack.by_certificate("ma"))
    assert done.stdout.startswith("published 5, failed 0"), done.stderr
    is_refused(publish("ma", "alerts.il", stack.by_certificate("ma")), "authorization failed")


def test_an_expired_certificate_is_refused(publish, stack, tmp_path):
    ours = (stack.file("ca.crt"), stack.file("ca.key"))
    good = certificate(tmp_path, "ma", ours, 1)
    assert publish("ma", "alerts.ma", {**stack.by_certificate("ma"), **good}).returncode == 0
    old = certificate(tmp_path, "ma", ours, -1)
    is_refused(publish("ma", "alerts.ma", {**stack.by_certificate("ma"), **old}),
               "certificate", "check kafka.ca_file and kafka.certificate_file")


def test_a_certificate_of_an_unknown_authority_is_refused(publish, stack, tmp_path):
    forged = certificate(tmp_path, "ma", authority(tmp_path, "forger"), 1)
    is_refused(publish("ma", "alerts.ma", {**stack.by_certificate("ma"), **forged}),
               "certificate", "check kafka.ca_file and kafka.certificate_file")


@pytest.mark.parametrize("way", ["by_password", "by_certificate"])
def test_records_are_counted_over(way, stack, secure_world, publish):
    w = secure_world(getattr(stack, way)("vigie"))
    vigie = w.serve()
    assert publish("ma", "alerts.ma", stack.by_password("ma"), 40).returncode == 0
    assert publish("il", "alerts.il", stack.by_certificate("il"), 30).returncode == 0
    # A dead letter is written with the same rights.
    w.publish([("MA", b"{")])
    w.await_counted()
    book = w.account()
    assert book["MA"]["counted"] >= 40 and book["IL"]["counted"] >= 30
    assert book["MA"]["rejected:syntax"] >= 1
    assert any(value == b"{" for _, _, _, value, _ in w.read_topic(w.dead_topic("MA")))
    assert vigie.stop() == 0
    assert "kafka_refused" not in vigie.text()
    assert "0 differences" in w.verify().stdout


def test_vigie_says_once_that_it_is_refused(stack, secure_world, tmp_path):
    wrong = tmp_path / "vigie.password"
    wrong.write_text("no\n")
    wrong.chmod(0o600)
    w = secure_world({**stack.by_password("vigie"), "kafka.password_file": str(wrong)})
    vigie = w.serve(http=False)
    await_that(lambda: "event=kafka_refused" in vigie.text(), "the refusal in the log", 30)
    status, _, body = w.request("/readyz")
    assert status == 503 and "kafka" in json.loads(body)["missing"], body
    assert w.metric("vigie_kafka_refused") == 1
    time.sleep(3)  # it goes on trying, in silence
    assert vigie.text().count("event=kafka_refused") == 1
    assert "check kafka.user" in vigie.text()
    checked = w.verify(check=False)
    assert checked.returncode == 2 and "check kafka.user" in checked.stderr, checked.stderr
    # The right password in the file is enough.
    wrong.write_text(stack.password("vigie") + "\n")
    w.await_ready(vigie)
    w.await_counted()
    await_that(lambda: w.metric("vigie_kafka_refused") == 0, "the end of the refusal")


def test_a_password_is_rotated_without_a_restart(stack, secure_world, publish, tmp_path):
    w = secure_world({**stack.by_password("vigie")})
    file = Path(stack.file("vigie.password"))
    vigie = w.serve()
    assert publish("ma", "alerts.ma", None, 20).returncode == 0
    w.await_counted()
    fresh = "rotated-" + str(random.randrange(10 ** 12))
    stack.set_password("vigie", fresh)
    # Every connection is made anew, with the password that is no longer right.
    stack.down("--keep")
    stack.up()
    await_that(lambda: "event=kafka_refused" in vigie.text(), "the old password refused", 60)
    file.write_text(fresh + "\n")
    await_that(lambda: "event=kafka_login" in vigie.text(), "the new password read", 20)
    assert fresh not in vigie.text()
    assert publish("ma", "alerts.ma", None, 20).returncode == 0
    w.publish([("MA", b"[]")])  # the dead-letter producer logs in anew too
    w.await_counted()
    assert w.account()["MA"]["rejected:not_object"] >= 1
    await_that(lambda: w.status("/readyz") == 200, "ready again")
    assert vigie.stop() == 0
    assert "0 differences" in w.verify().stdout


def test_brokers_beyond_loopback_want_tls_or_an_order(secure_world, stack):
    w = secure_world(stack.by_password("vigie"))
    doc = json.loads(w.config.read_text())
    doc["kafka"] = {"brokers": "192.0.2.1:9092"}
    w.config.write_text(json.dumps(doc))
    done = w.tool("check", "-c", str(w.config), check=False)
    assert done.returncode == 2 and "kafka.insecure: true" in done.stderr
    done = w.tool("check", "-c", str(w.config), "--set", "kafka.insecure=true")
    assert "good" in done.stdout
