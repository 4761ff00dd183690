"""A partner that floods, or sends rubbish, through real Kafka and Redis."""
import json
import time

from events import many
from harness import await_that

LIMITS = {"max_sensors_per_minute": 50, "max_actors_per_minute": 300,
          "max_dead_records_per_hour": 7}


def rows(w, names, step, start_ms, width_ms):
    """The rows of these actors in the one step that begins there, and whose names folded."""
    frm, to = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms / 1000))
               for ms in (start_ms, start_ms + width_ms))
    body = w.get(f"/v1/series?by=actor&step={step}&from={frm}&to={to}")
    return [r for r in body["series"] if r["key"]["actor"] in names], body.get("folded")


def answers(w, names, minute):
    return [rows(w, names, "1m", minute, 60_000),
            rows(w, names, "1h", minute // 3_600_000 * 3_600_000, 3_600_000)]


def test_law5_a_flood_of_new_names_harms_its_own_numbers_alone(world):
    w = world(partners=["MA", "IL"], partitions=2)
    config = json.loads(w.config.read_text())
    config["partners"][0].update(LIMITS)
    w.config.write_text(json.dumps(config))
    vigie = w.serve()
    minute = int(time.time()) // 60 * 60_000 - 120_000
    calm = many(1, 500, minute, 50_000)
    names = {e["actor"] for e in calm}
    w.publish([("IL", e) for e in calm])
    w.await_counted()
    before = answers(w, names, minute)
    assert all(r and folded is None for r, folded in before)
    w.publish([("MA", {"id": f"f{i}", "time": calm[0]["time"], "sensor": f"s{i % 200}",
                       "category": "fraud", "actor": f"invented {i}"}) for i in range(200_000)])
    w.publish([("MA", b"rubbish", None, 0)] * 20)
    w.await_counted()
    assert answers(w, names, minute) == [(r, ["MA"]) for r, _ in before]
    book = w.account()
    assert book["MA"]["counted"] == 200_000
    assert book["MA"]["folded_actors"] > 190_000 and book["MA"]["folded_sensors"] > 10_000
    assert book["MA"]["rejected:syntax"] == 20
    kept = len(list(w.read_topic(w.dead_topic("MA"))))
    assert kept in (7, 14) and kept + book["MA"]["dead_dropped"] == 20
    assert "folded_actors" not in book["IL"]
    own = {p["id"]: p.get("quotas") for p in w.get("/v1/partners", "MA")["partners"]}
    assert own["MA"]["max_actors_per_minute"] == 300 and own["IL"] is None
    assert own["MA"]["past_24h"]["folded_actors"] == book["MA"]["folded_actors"]
    await_that(lambda: "event=partner_quota" in vigie.text(), "the log says it")
    w.verify()
