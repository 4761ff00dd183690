"""What people do about alerts: over the API, through Kafka, and through the loss of Redis."""
import json
import time

import pytest
from events import rfc3339
from harness import await_that
from receivers import Hook

RULE = """
id: spread
title: One actor in two countries
group_by: [actor]
window: 20s
resolve_after: 1s
severity: 8
condition: {country: {distinct: 2}}
"""
OTHER, SOC = ("IL", "--role", "analyst"), ("coalition", "--role", "admin")
ANALYST = ("MA", "--role", "analyst", "--name", "amal", "--expires", "90d")


@pytest.fixture
def hook():
    made = Hook()
    yield made
    made.close()


def start(world, hook):
    w = world(partners=["MA", "IL"], partitions=1)
    rule = w.folder / "rule.yaml"
    rule.write_text(RULE)
    (w.folder / "secret").write_text("shared secret\n")
    (w.folder / "secret").chmod(0o600)
    doc = json.loads(w.config.read_text())
    doc.update(rules=[str(rule)], alert={"lease": "500ms"},
               receivers=[{"name": "hook", "viewer": "MA", "type": "webhook", "url": hook.url,
                           "secret_file": "secret", "group_wait": "0s", "group_interval": "200ms"}])
    w.config.write_text(json.dumps(doc))
    for token in ("MA", "IL", "coalition", ANALYST, OTHER, SOC):
        w.token(token)  # a server that runs takes a second to see one
    w.serve()
    return w


def campaign(w, actor):
    at = rfc3339(int(time.time() * 1000))
    w.publish([(p, {"id": f"{actor}-{p}", "time": at, "sensor": "s", "category": "fraud",
                    "country": p, "actor": actor}) for p in ("MA", "IL")])


def alert_of(w, actor, viewer="MA"):
    return await_that(lambda: next((a for a in w.alerts(viewer) if a["group"]["actor"] == actor), None),
                      f"an alert about {actor} for {viewer}", 30)


def act(w, alert, doc, viewer=ANALYST, **headers):
    status, _, body = w.request(f"/v1/alerts/{alert}/actions", viewer, "POST", doc, **headers)
    return status, json.loads(body)


def actions(w, alert):
    """What people did, without what the evaluator noted."""
    return [e for e in w.get(f"/v1/alerts/{alert}", "MA")["history"] if "n" in e]


def spoken(w):
    """The last words on heron, once all five are in the list: it follows a moment behind."""
    return await_that(lambda: next((a["people"] for a in w.alerts("MA") if a["group"]["actor"] == "heron"
                                    and len(a.get("people", {})) == 5), None), "five words on heron", 20)


def test_what_people_do_is_shown_and_outlives_redis(world, hook):
    w = start(world, hook)
    campaign(w, "heron")
    alert = alert_of(w, "heron")["id"]

    # Who may: analysts, and only about what they see.
    assert act(w, alert, {"action": "acknowledge"}, "MA")[0] == 403
    assert act(w, alert, {"action": "acknowledge"}, OTHER)[0] == 404
    assert act(w, alert, {"action": "acknowledge"}, SOC)[0] == 404
    assert act(w, alert, {"action": "dance"})[0] == 400
    said = [{"action": "acknowledge"}, {"action": "assign", "assignee": "noor"},
            {"action": "comment", "text": "seen at the border"}, {"action": "verdict", "verdict": "true"},
            {"action": "close", "text": "done"}]
    for n, doc in enumerate(said):
        for _ in range(2):  # a repeat is harmless
            status, body = act(w, alert, doc, Idempotency_Key=f"k{n}")
            assert status in (200, 202), body
    await_that(lambda: len(actions(w, alert)) == 5, "all five in the history", 20)
    assert [e["n"] for e in actions(w, alert)] == [1, 2, 3, 4, 5]
    assert [e["change"] for e in actions(w, alert)] == ["acknowledged", "assigned", "commented", "judged", "closed"]
    assert {e["author"] for e in actions(w, alert)} == {"amal"}
    people = spoken(w)
    assert people["judged"]["verdict"] == "true" and people["assigned"]["assignee"] == "noor"
    assert act(w, alert, {"action": "close"}, Idempotency_Key="k0")[0] == 422
    assert alert_of(w, "heron")["campaign"]["stage"] == "closed"
    found = w.get("/v1/campaigns?stage=closed", "MA")["campaigns"]
    assert [c["alerts"] for c in found] == [[alert]] and len(found[0]["countries"]) == 2
    assert w.get("/v1/campaigns?stage=closed", "IL")["campaigns"] == []
    precision = w.get("/v1/rules", "MA")["rules"][0]["precision"]
    assert precision["true"] == 1 and precision["countries"]["IL"]["share"] == 1
    assert w.get("/v1/rules", "IL")["rules"][0]["precision"]["share"] is None
    evidence = w.get(f"/v1/alerts/{alert}/evidence", "MA")
    assert evidence["rule"]["text"]["condition"] == {"country": {"distinct": 2}}
    assert {c["partner"] for c in evidence["cells"]} == {"MA", "IL"}
    assert evidence["events_state"] == "read", evidence
    assert {(e["partner"], e["id"], e["sensor"]) for e in evidence["events"]} == {
        (p, f"heron-{p}", "s") for p in ("MA", "IL")}
    assert {e["at"] for e in evidence["events"]} == {"first", "last"}
    assert evidence["completeness"]["members"] == 2 and evidence["campaign"]["stage"] == "closed"
    assert w.request(f"/v1/alerts/{alert}/evidence", "IL")[0] == 404
    # Law 3: the same campaign as others see it bears no trace.
    for other in ("IL", "coalition"):
        assert "people" not in alert_of(w, "heron", other)
    records = [json.loads(v) for _, _, _, v, _ in w.read_topic(f"{w.tag}.actions")]
    assert {r["action"] for r in records} == {d["action"] for d in said}

    # Silences: MA's receivers are not told of osprey; they are once it ends.
    until = rfc3339(int(time.time() * 1000) + 3600000)
    status, _, body = w.request("/v1/silences", ANALYST, "POST",
                                {"match": {"actor": "osprey"}, "to": until, "reason": "an exercise"})
    assert status == 202
    silence = json.loads(body)["id"]
    await_that(lambda: w.get("/v1/silences", "MA")["silences"], "the silence", 20)
    assert w.get("/v1/silences", "IL")["silences"] == []
    campaign(w, "osprey")
    campaign(w, "kite")
    alert_of(w, "osprey")

    def told():
        return {a["group"]["actor"] for _, b in hook.got for a in json.loads(b)["alerts"]}
    await_that(lambda: {"heron", "kite"} <= told(), "told of the others", 20)
    assert "osprey" not in told()
    assert w.request(f"/v1/silences/{silence}", OTHER, "DELETE")[0] == 404
    assert w.request(f"/v1/silences/{silence}", ANALYST, "DELETE")[0] == 202
    await_that(lambda: w.get("/v1/silences", "MA")["silences"][0]["state"] == "ended", "its end", 20)
    await_that(lambda: w.metric("vigie_actions") == 7, "seven applied", 20)

    # Redis is lost, whole: the log has it all.
    before, muted = actions(w, alert), w.get("/v1/silences", "MA")
    assert w.running[0].stop() == 0
    w.redis.client().flushall()
    w.serve()
    await_that(lambda: w.caught_up() and len(actions(w, alert_of(w, "heron")["id"])) == 5, "all five again", 60)
    assert actions(w, alert_of(w, "heron")["id"]) == before
    assert spoken(w) == people
    await_that(lambda: w.get("/v1/silences", "MA") == muted, "the silence again", 20)


def test_an_alert_is_released_with_four_eyes_of_each_that_hides_a_part(world):
    w = world(partners=["MA", "IL", "US"], partitions=1, caveats=["MA+IL"])
    rule = w.folder / "rule.yaml"
    rule.write_text(RULE.replace("window: 20s", "window: 1h"))
    doc = json.loads(w.config.read_text())
    doc["rules"] = [str(rule)]
    w.config.write_text(json.dumps(doc))
    second, noa, ann = (("MA", "--role", "analyst", "--name", "zineb"),
                        ("IL", "--role", "analyst", "--name", "noa"), ("IL", "--role", "analyst", "--name", "ann"))
    for token in ("MA", "US", "coalition", ANALYST, second, noa, ann, ("US", "--role", "analyst", "--name", "bob")):
        w.token(token)
    w.serve()
    at = rfc3339(int(time.time() * 1000))
    w.publish([(p, {"id": f"heron-{p}", "time": at, "sensor": "s", "category": "fraud", "country": p,
                    "actor": "heron", "tlp": "AMBER", "releasable_to": ["MA", "IL"]}) for p in ("MA", "IL")])
    alert = alert_of(w, "heron")
    assert w.alerts("US") == [] and w.alerts("coalition") == []

    def asks(who):
        return w.get("/v1/releases", who)["releases"]

    def answer(release, action, who):
        status, _, body = w.request(f"/v1/releases/{release}/actions", who, "POST", {"action": action})
        return status, body

    assert act(w, alert["id"], {"action": "release", "viewers": ["IL"]})[0] == 422  # it is in no need of it
    assert act(w, alert["id"], {"action": "release", "viewers": ["US"], "text": "they are next"})[0] == 202
    one = await_that(lambda: next(iter(asks("IL")), None), "IL is asked", 30)
    release = one["id"]
    # IL is shown its own part; those it is not about, nothing.
    assert {c["partner"] for c in one["cells"]} == {"IL"} and one["partners"] is None
    assert one["viewers"] == ["US"] and one["text"] == "they are next" and one["asked_by"] == "MA"
    assert asks("US") == [] and asks("coalition") == []
    bob = ("US", "--role", "analyst", "--name", "bob")
    assert answer(release, "agree", bob)[0] == 404

    for who, other in ((ANALYST, second), (noa, ann)):
        assert w.alerts("US") == []
        assert answer(release, "agree", who)[0] == 202
        own = await_that(lambda w_=who: asks(w_)[0]["own"]["agreed"], "it is noted", 30)
        assert own["author"] == who[4]
        assert answer(release, "confirm", who)[0] == 422  # two eyes are not four
        assert answer(release, "confirm", other)[0] == 202
    got = alert_of(w, "heron", "US")
    assert got["id"] == release and got["viewers"] == ["US"] and got["released"]["by"] == "MA"
    assert {c["partner"] for c in got["first_seen"]} == {"MA", "IL"} and got["start"] == alert["start"]
    assert not any(k.startswith("_") for k in got)
    assert [c["change"] for c in w.get(f"/v1/alerts/{release}", "US")["history"]] == ["released"]
    assert w.alerts("coalition") == []
    # What comes later is not in it.
    w.publish([("MA", {"id": "heron-3", "time": at, "sensor": "s", "category": "fraud", "country": "FR",
                       "actor": "heron", "tlp": "AMBER", "releasable_to": ["MA", "IL"]})])
    await_that(lambda: "FR" in alert_of(w, "heron")["countries"], "the alert grows", 30)
    assert "FR" not in alert_of(w, "heron", "US")["countries"]
    # Anybody who was asked takes it back.
    assert answer(release, "refuse", ann)[0] == 202
    await_that(lambda: w.alerts("US") == [], "it is withdrawn", 30)
    assert asks(ANALYST)[0]["state"] == "withdrawn"
