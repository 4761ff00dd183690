"""A partner's own rules and watchlists: through the API, Kafka, Redis and every process."""
import json
import signal
import time

from events import rfc3339
from harness import await_that

SHARED = """id: spread
title: One actor in two countries
group_by: [actor]
window: 1h
severity: 6
condition: {country: {distinct: 2}}
"""
AMAL, NOA = ("MA", "--role", "analyst", "--name", "amal"), ("IL", "--role", "analyst", "--name", "noa")
SOC = ("coalition", "--role", "admin")
ALL = ["MA", "IL", "coalition"]


def mine(k=1, **more):
    """A rule for one actor, in k countries."""
    return {"id": "mine", "title": "Heron, anywhere", "group_by": ["actor"], "window": "2h", "severity": 9,
            "match": {"actor": "heron"}, "condition": {"country": {"distinct": k}}, **more}


WATCH = {"watchlist": "c2", "severity": 7, "values": ["ipv4:192.0.2.7", "bad.example"]}


def send(w, method, path, who, doc=None, **headers):
    status, _, body = w.request(path, who, method, doc, **headers)
    return status, json.loads(body)


def event(w, partner, name, actor, **more):
    at = rfc3339(int(time.time() * 1000))
    w.publish([(partner, {"id": name, "time": at, "sensor": "s", "category": "fraud", "country": partner,
                          "actor": actor, **more})])


def state(w, path, who="MA"):
    """None until the leader has applied it."""
    status, _, body = w.request(path, who)
    return json.loads(body)["state"] if status == 200 else None


def serves(w, path, who="MA"):
    await_that(lambda: state(w, path, who) == "serving", f"{path} serves", 60)


def about(w, viewer, rule):
    return [a for a in w.alerts(viewer) if a["rule"] == rule]


def seen_by(w, viewer):
    """All of what a viewer reads that a rule could show in; times of detection are left out."""
    pages = {}
    for path in ("/v1/rules", "/v1/alerts?limit=1000", "/v1/own/rules", "/v1/own/watchlists", "/v1/campaigns",
                 "/api/v1/rules", "/api/v1/alerts", "/api/v2/alerts", "/v1/rules/ma.mine/shadow",
                 "/v1/account", "/taxii2/vigie/collections/"):
        status, headers, body = w.request(path, viewer)
        pages[path] = status, body, headers.get("ETag")
    return pages


def changed(pages, others):
    return [(path, page, others[path]) for path, page in pages.items() if others[path] != page]


def at_rest(w, viewer):
    """What a viewer reads, once it reads the same twice."""
    seen = [seen_by(w, viewer)]

    def still():
        seen.append(seen_by(w, viewer))
        return not changed(seen[-2], seen[-1])
    await_that(still, f"what {viewer} reads is at rest", 60, 0.5)
    return seen[-1]


def test_what_a_partner_keeps_is_its_own(world, tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(SHARED)
    own = tmp_path / "own.yaml"
    own.write_text("id: filed\ntitle: Egret in files\ngroup_by: [actor]\nwindow: 3h\nseverity: 4\n"
                   "match: {actor: egret}\ncondition: {country: {distinct: 1}}\n")
    w = world(partners=["MA", "IL"], partitions=2, rules=[path])
    doc = json.loads(w.config.read_text())
    doc["partners"][0]["own_rules"] = [str(own)]
    doc["alert"] = {"lease": "500ms"}
    w.config.write_text(json.dumps(doc))
    for who in (*ALL, AMAL, NOA, SOC):
        w.token(who)
    ingest = [w.serve("--role", "ingest", http=False) for _ in range(2)]
    w.serve("--role", "alert", http=False)
    api = w.serve("--role", "api")
    event(w, "MA", "a", "heron", indicators=[{"type": "ipv4", "value": "192.0.2.7"},
                                             {"type": "ipv4", "value": "192.0.2.8"}])
    event(w, "IL", "b", "ibis", tlp="AMBER+STRICT")
    w.await_counted()
    await_that(lambda: all(p in str(w.get("/v1/account")) for p in ("'MA'", "'IL'")), "the view is level", 60)
    before = {v: at_rest(w, v) for v in ("IL", "coalition")}

    # Who may, and what is refused with its reason: nothing changes by that.
    assert send(w, "POST", "/v1/own/rules", "MA", mine())[0] == 403
    assert send(w, "POST", "/v1/own/rules", SOC, mine())[0] == 403
    status, said = send(w, "POST", "/v1/own/rules", AMAL, mine(window="soon"))
    assert status == 422 and "`window`" in said["detail"]
    status, said = send(w, "POST", "/v1/own/rules", AMAL, mine(match={"indicator": {"in_watchlist": "c2"}}))
    assert status == 422 and "watchlist" in said["detail"]
    status, said = send(w, "POST", "/v1/own/rules", AMAL, {**mine(), "group_by": ["indicator"], "match": {}})
    assert status == 422 and "narrow it" in said["detail"]

    # A rule and a watchlist reach every process: the past is filled in by both ingests.
    assert send(w, "POST", "/v1/own/watchlists", AMAL, WATCH)[0] == 202
    serves(w, "/v1/own/watchlists/c2")
    key = {"Idempotency_Key": "once"}
    assert send(w, "POST", "/v1/own/rules", AMAL, mine(), **key)[0] == 202
    serves(w, "/v1/own/rules/mine")
    assert send(w, "POST", "/v1/own/rules", AMAL, mine(), **key)[1]["state"] == "applied"
    assert send(w, "POST", "/v1/own/rules", AMAL, mine())[0] == 422
    kept = w.get("/v1/own/rules/mine", "MA")
    assert kept["created_by"] == kept["changed_by"] == "amal" and kept["rule"]["window"] == "2h"
    first = await_that(lambda: about(w, "MA", "ma.mine"), "an alert of the rule's own past", 60)
    assert first[0]["group"] == {"actor": "heron"} and first[0]["countries"] == ["MA"]
    hits = await_that(lambda: about(w, "MA", "ma.watch-c2"), "a hit", 60)
    assert [a["group"] for a in hits] == [{"indicator": "ipv4:192.0.2.7"}], "and not what came beside it"

    # Nobody else can tell: neither a list, nor a tag, nor an answer to its name.
    for viewer, pages in before.items():
        assert changed(pages, at_rest(w, viewer)) == []
    assert w.status(f"/v1/alerts/{first[0]['id']}", "coalition") == 404
    assert send(w, "DELETE", "/v1/own/rules/mine", NOA)[0] == 404
    assert b"ma.mine" not in w.request("/metrics", "coalition")[2]
    assert not any("mine" in p.text() for p in w.running)
    assert {r["id"]: r["own"] for r in w.get("/v1/rules", "MA")["rules"]} == {
        "spread": False, "ma.filed": True, "ma.watch-c2": True, "ma.mine": True}

    # Its owner sees what it may see, and no more: Israel's own is Israel's.
    ibis = {**mine(), "id": "mine", "match": {"actor": "ibis"}}
    assert send(w, "PUT", "/v1/own/rules/mine", NOA, ibis)[0] == 202
    serves(w, "/v1/own/rules/mine", "IL")
    await_that(lambda: about(w, "IL", "il.mine"), "Israel's alert", 60)
    assert send(w, "PUT", "/v1/own/rules/mine", AMAL, mine(match={"actor": ["heron", "ibis"]}))[0] == 202
    serves(w, "/v1/own/rules/mine")
    event(w, "MA", "c", "heron")
    event(w, "MA", "d", "egret")
    await_that(lambda: about(w, "MA", "ma.filed"), "an alert of the files", 60)
    assert {a["group"]["actor"] for a in about(w, "MA", "ma.mine")} == {"heron"}

    # A change keeps what stands on it; a list in use stays; a half edit of files changes nothing.
    assert send(w, "POST", "/v1/own/rules", AMAL, {**mine(), "id": "listed",
                "match": {"indicator": {"in_watchlist": "c2"}}})[0] == 202
    serves(w, "/v1/own/rules/listed")
    status, said = send(w, "DELETE", "/v1/own/watchlists/c2", AMAL)
    assert status == 422 and "in_watchlist" in said["detail"]
    loaded = w.get("/v1/rules")["loaded_at"]
    path.write_text("half a rule")
    assert send(w, "DELETE", "/v1/own/rules/listed", AMAL)[0] == 202
    await_that(lambda: w.status("/v1/own/rules/listed", "MA") == 404, "it is gone", 60)
    await_that(lambda: "ma.listed" not in str(w.get("/v1/rules", "MA")), "not in force", 60)
    shown = w.get("/v1/rules")
    assert (shown["error"], shown["loaded_at"]) == (None, loaded)
    path.write_text(SHARED)

    # A restart of a process, and the loss of Redis, lose none of it.
    api.stop()
    w.serve("--role", "api")
    assert state(w, "/v1/own/rules/mine") in ("serving", "backfilling")
    hashes = {r["id"]: r["hash"] for r in w.get("/v1/rules", "MA")["rules"]}
    for p in ingest:
        p.signal(signal.SIGHUP)
    await_that(lambda: "0 differences" in w.verify(check=False).stdout, "verify", 60, 1)
    w.redis.client().flushall()
    await_that(lambda: w.status("/v1/own/rules/mine", "MA") == 200, "applied again", 90)
    serves(w, "/v1/own/rules/mine")
    assert {r["id"]: r["hash"] for r in w.get("/v1/rules", "MA")["rules"]} == hashes
    assert w.get("/v1/own/rules/mine", "MA")["changed_by"] == "amal"
