"""Who is told of an alert: real receivers, some of them bad, and kill -9."""
import email
import email.policy
import hashlib
import hmac
import json
import signal
import time

import pytest
from events import rfc3339
from harness import await_that
from receivers import Alertmanager, Hook, Lines, Mail

RULE = """
id: spread
title: One actor in two countries
group_by: [actor]
window: 4s
resolve_after: 1s
severity: 8
condition: {country: {distinct: 2}}
"""
FAST = {"group_wait": "0s", "group_interval": "200ms", "timeout": "1s"}


@pytest.fixture
def closing():
    made = []
    yield lambda one: made.append(one) or one
    for one in made:
        one.close()


def start(world, receivers, **options):
    """A world with the rule above and these receivers."""
    w = world(partners=["MA", "IL"], partitions=1)
    rule = w.folder / "rule.yaml"
    rule.write_text(RULE)
    (w.folder / "secret").write_text("shared secret\n")
    (w.folder / "password").write_text("let me in\n")
    for name in ("secret", "password"):
        (w.folder / name).chmod(0o600)
    doc = json.loads(w.config.read_text())
    doc.update(rules=[str(rule)], alert={"lease": "500ms"},
               receivers=[{"viewer": "coalition", **FAST, **r} for r in receivers], **options)
    w.config.write_text(json.dumps(doc))
    return w


def campaign(w, actor, tlp="AMBER"):
    """Two countries within the window, now."""
    at = int(time.time() * 1000)
    w.publish([(p, {"id": f"{actor}-{p}", "time": rfc3339(at), "sensor": "s", "category": "fraud",
                    "country": p, "actor": actor, "tlp": tlp}) for p in ("MA", "IL")])


def told(hook, state=None):
    """{actor: ids of the notifications that said so}"""
    found = {}
    for headers, body in hook.got:
        for alert in json.loads(body)["alerts"]:
            if state in (None, alert["state"]) and "actor" in alert["group"]:
                found.setdefault(alert["group"]["actor"], []).append(headers["Idempotency-Key"])
    return found


def test_every_receiver_is_told_in_its_own_form(world, tmp_path, closing):
    hook, lines = closing(Hook()), closing(Lines())
    mail, am = closing(Mail(tmp_path)), closing(Alertmanager(tmp_path))
    w = start(world, [
        {"name": "hook", "type": "webhook", "url": hook.url, "secret_file": "secret"},
        {"name": "am", "type": "alertmanager", "url": am.url, "resend": "1s"},
        {"name": "log", "type": "syslog", "url": f"tcp://127.0.0.1:{lines.port}"},
        {"name": "mail", "type": "smtp", "url": f"smtp://localhost:{mail.port}", "from": "vigie@example.org",
         "to": "soc@example.org,cert@example.org", "user": "vigie", "password_file": "password",
         "ca_file": str(mail.certificate), "language": "fr"}])
    doc = json.loads(w.config.read_text())
    doc["receivers"].append({"name": "topic", "type": "kafka", "viewer": "MA", "topic": f"{w.tag}.out.ma", **FAST})
    w.config.write_text(json.dumps(doc))
    w.serve()
    campaign(w, "heron")
    await_that(lambda: "heron" in told(hook, "resolved"), f"told and resolved\n{w.running[0].tail()}", 30)
    headers, body = hook.got[0]
    signed = hmac.new(b"shared secret", headers["Vigie-Timestamp"].encode() + b"." + body, hashlib.sha256)
    assert headers["Vigie-Signature"] == "sha256=" + signed.hexdigest()
    first = json.loads(body)
    assert first["status"] == "firing" and first["viewer"] == "coalition" and first["group"] == {"rule": "spread"}
    assert sorted(first["alerts"][0]["countries"]) == ["IL", "MA"]
    stored = w.alerts()[0]
    assert first["alerts"][0]["id"] == stored["id"]
    # Where its campaign is, as the API says it.
    where = first["alerts"][0]["campaign"]
    assert where["stage"] == "emerging" and {c["country"] for c in where["countries"]} == {"MA", "IL"}
    assert where["countries"][0]["after_ms"] == 0 and "velocity" in where

    await_that(lambda: len(lines.messages()) >= 2, "syslog", 10)
    message = lines.messages()[0]
    assert message.startswith("<131>1 ") and f'id="{stored["id"]}" state="firing"' in message
    assert 'stage="emerging"' in message and 'spread="' in message
    assert lines.messages()[-1].startswith("<134>1 ") and 'stage="dormant"' in lines.messages()[-1]

    await_that(lambda: len(mail.got) >= 2, "mails", 10)
    secure, envelope = mail.got[0]
    letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert secure and envelope.rcpt_tos == ["soc@example.org", "cert@example.org"]
    assert letter["Subject"] == "[AMBER] 1 en cours: One actor in two countries"
    assert "gravité 8" in letter.get_content() and letter["Content-Language"] == "fr"
    assert "; campagne émergente: " in letter.get_content()

    def records():
        return [json.loads(v) for _, _, _, v, _ in w.read_topic(f"{w.tag}.out.ma")]
    await_that(lambda: {r["state"] for r in records()} == {"firing", "resolved"}, "both in the topic", 20, 0.5)
    assert "MA" in records()[0]["viewers"]
    assert {r["state"]: r["campaign"]["stage"] for r in records()} == {"firing": "emerging", "resolved": "dormant"}

    # What Alertmanager is told again in time stays; then it ends by itself.
    assert am.alerts() == [] or am.alerts()[0]["labels"]["alertname"] == "spread"
    campaign(w, "osprey")
    await_that(lambda: any(a["labels"]["actor"] == "osprey" for a in am.alerts()), "osprey in alertmanager", 10)
    assert [a["annotations"]["stage"] for a in am.alerts() if a["labels"]["actor"] == "osprey"] == ["emerging"]
    await_that(lambda: not any(a["labels"]["actor"] == "osprey" for a in am.alerts()), "osprey resolved", 15)


def test_nothing_is_lost_when_receivers_fail_or_vigie_dies(world, closing):
    hook, good = closing(Hook()), closing(Hook())
    hook.mode = "fail"
    w = start(world, [{"name": "bad", "type": "webhook", "url": hook.url},
                      {"name": "good", "type": "webhook", "url": good.url}])
    process = w.serve()
    campaign(w, "heron")
    await_that(lambda: "heron" in told(good, "firing") and hook.seen > 0, "one told, one failed", 30)
    for mode in ("hang", "cut"):
        hook.mode = mode
        before = hook.seen
        await_that(lambda: hook.seen > before, lambda: f"another attempt\n{process.tail()}", 20)
    waiting = list(w.redis.client().hkeys("vg:{vg}:outbox"))
    assert len(waiting) >= 1
    process.kill()
    hook.mode = "ok"
    process = w.serve()
    await_that(lambda: "heron" in told(hook, "firing"), lambda: f"told after all\n{process.tail()}", 30)
    assert told(hook, "firing")["heron"][0].encode() in waiting, "the same key"
    # Raised and over while nobody looked: told all the same.
    await_that(lambda: "heron" in told(hook, "resolved"), "and resolved", 30)
    process.kill()
    campaign(w, "osprey")
    time.sleep(6)
    process = w.serve()
    await_that(lambda: "osprey" in told(hook) and "osprey" in told(good), lambda: f"missed\n{process.tail()}", 30)
    await_that(lambda: w.redis.client().hlen("vg:{vg}:outbox") == 0, "an empty outbox", 20)
    text = process.text() + w.running[0].text()
    assert "event=receiver_away" in text


def test_a_viewer_is_told_only_what_it_may_see(world, closing):
    il, ma = closing(Hook()), closing(Hook())
    w = start(world, [{"name": "il", "viewer": "IL", "type": "webhook", "url": il.url},
                      {"name": "ma", "viewer": "MA", "type": "webhook", "url": ma.url}])
    w.serve()
    at = int(time.time() * 1000)
    w.publish([("MA", {"id": f"x{c}", "time": rfc3339(at), "sensor": "s", "category": "fraud", "country": c,
                       "actor": "secret", "tlp": "AMBER+STRICT"}) for c in ("MA", "US")])
    campaign(w, "known")
    await_that(lambda: {"secret", "known"} <= set(told(ma)) and "known" in told(il, "resolved"), "both told", 30)
    assert "secret" not in told(il)
    assert all("secret" not in body.decode() for _, body in il.got)


def test_the_watchdogs_absence_is_noticed_and_a_canary_comes_through(world, tmp_path, closing):
    hook, am = closing(Hook()), closing(Alertmanager(tmp_path))
    w = start(world, [{"name": "hook", "type": "webhook", "url": hook.url, "watchdog": "1s"},
                      {"name": "am", "type": "alertmanager", "url": am.url, "resend": "1s", "watchdog": "1s"}])
    doc = json.loads(w.config.read_text())
    doc["alert"]["stuck_after"] = "2s"
    doc["partners"][0]["sensors"] = [{"name": "quiet", "cadence": "1s"}]
    w.config.write_text(json.dumps(doc))
    ingest = w.serve("--role", "ingest", http=False)
    w.serve("--role", "alert", "--role", "api")

    def beats():
        return sum(a["rule"] == "watchdog" for _, body in list(hook.got) for a in json.loads(body)["alerts"])

    def fires():
        return any(a["labels"]["alertname"] == "watchdog" for a in am.alerts())
    await_that(lambda: beats() >= 2 and fires(), f"a watchdog\n{w.running[1].tail()}", 30)

    # A canary goes the whole way, is in no total, and shows its delay to its own.
    w.tool("publish", "-b", w.brokers, "-t", w.topic("MA"), "--canary")

    def canary(viewer):
        return next(p for p in w.get("/v1/partners", viewer)["partners"] if p["id"] == "MA").get("canary")
    await_that(lambda: canary("MA") and canary("MA")["delay_ms"] is not None, "a canary", 20)
    assert canary("coalition") == canary("MA") and canary("IL") is None
    assert abs(canary("MA")["delay_ms"]) < 20_000
    assert w.account()["MA"] == {"received": 1, "canary": 1}
    assert w.metric('vigie_canary_delay_seconds{partner="MA"}') == canary("MA")["delay_ms"] / 1000
    assert w.cells("partner", "1m") == {}

    # A sensor falls silent while its partner speaks: raised, told, and over when it speaks again.
    def speak(n, sensor):
        w.publish([("MA", {"id": f"q{n}", "time": rfc3339(int(time.time() * 1000) - 20), "sensor": sensor,
                           "category": "fraud", "country": "MA", "actor": f"nobody {n}"})])

    def silent(n, state):
        speak(n, "loud" if state == "firing" else "quiet")
        return any(a["rule"] == "sensor-silent" and a["group"].get("sensor") == "quiet" and a["state"] == state
                   for _, body in list(hook.got) for a in json.loads(body)["alerts"])
    speak(0, "quiet")
    ids = iter(range(1, 1000))
    await_that(lambda: silent(next(ids), "firing"), "told that quiet is silent", 30, 0.3)
    await_that(lambda: silent(next(ids), "resolved"), "told that it speaks", 30, 0.3)

    # Its absence is noticed: when nobody ingests, and when Redis is away.
    ingest.signal(signal.SIGSTOP)
    await_that(lambda: not fires(), "no watchdog without ingest", 30)
    assert "event=watchdog_held" in w.running[1].text()
    ingest.signal(signal.SIGCONT)
    await_that(fires, "a watchdog again", 30)
    w.redis.process.signal(signal.SIGSTOP)
    await_that(lambda: not fires(), "no watchdog without Redis", 30)
    w.redis.process.signal(signal.SIGCONT)
    await_that(fires, "a watchdog again", 30)
    # A receiver that hangs holds back nobody else's.
    hook.mode = "hang"
    seen, got = hook.seen, beats()
    await_that(lambda: hook.seen > seen, "one that hangs", 20)
    assert fires() and beats() == got
    hook.mode = "ok"
    await_that(lambda: beats() > got, "told again", 20)
    assert "0 differences" in w.verify().stdout
