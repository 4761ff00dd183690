"""Rules that change while vigie runs, through real Kafka and Redis."""
import json
import signal
import time

from harness import await_that

RULE = """id: {id}
title: {title}
match: {{category: [intrusion-attempts]}}
group_by: [actor]
window: {window}
condition: {{country: {{distinct: {k}}}}}
severity: 7
"""


def rule(path, *rules):
    """Write `rules` (id, k[, window[, title]]) to the file, by renaming as an editor does."""
    text = "---\n".join(RULE.format(id=r[0], k=r[1], window=r[2] if len(r) > 2 else "1h",
                                    title=r[3] if len(r) > 3 else "a title") for r in rules)
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


def an_event(i, country, at, actor="Quick Fox"):
    return {"id": f"w{i}", "time": at, "sensor": "s0", "country": country,
            "category": "intrusion-attempts", "confidence": 90, "actor": actor}


def alerts(w):
    """What an alert says, whenever it was found out."""
    return sorted((a["rule"], json.dumps(a["group"]), a["start"], a["end"], a["peak"])
                  for a in w.alerts())


def rules(w, viewer="coalition"):
    return w.get("/v1/rules", viewer)


def hashes(w):
    return {r["id"]: r["hash"] for r in rules(w)["rules"]}


def reload(w, process):
    """SIGHUP, and wait until that was heeded."""
    before = rules(w)
    process.signal(signal.SIGHUP)
    await_that(lambda: rules(w)["loaded_at"] != before["loaded_at"]
               or rules(w)["error_at"] != before["error_at"], "the reload", 30)
    return rules(w)


def test_rules_change_while_vigie_runs(world, tmp_path):
    path = tmp_path / "rules.yaml"
    rule(path, ("two", 2))
    w = world(partners=["MA", "IL", "AE"], partitions=1, rules=[path])
    vigie = w.serve()
    now = int(time.time() * 1000)
    w.publish([(p, an_event(i, p, now - 60_000 + i)) for i, p in enumerate(["MA", "IL", "AE"])])
    await_that(lambda: len(w.alerts()) == 1, "an alert", 30)
    first = w.alerts()[0]

    # The same track under another rule, and the old one under another title.
    rule(path, ("two", 2, "1h", "another title"), ("three", 3))
    assert not reload(w, vigie)["error"]
    await_that(lambda: len(w.alerts()) == 2, "the new rule's alert", 30)
    assert first["id"] in [a["id"] for a in w.alerts()], "an alert of before"

    # A bad file keeps what there is, and says so.
    good = hashes(w)
    path.write_text("id: two\n")
    said = reload(w, vigie)
    assert "rules.yaml" in said["error"] and hashes(w) == good
    assert "rules.yaml" not in json.dumps(rules(w, "MA")) and rules(w, "MA")["error"]
    assert "event=rules_bad" in vigie.text()
    assert b"vigie_rules_bad 1" in w.request("/metrics", "coalition")[2]

    rule(path, ("three", 3))
    assert not reload(w, vigie)["error"]
    assert list(hashes(w)) == ["three"]
    assert b"vigie_rules_bad 0" in w.request("/metrics", "coalition")[2]
    assert "0 differences" in w.verify().stdout
