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


def await_seen(w, partner, minute, reports):
    """Wait until the API has counted so many records of the partner."""
    w.await_counted()
    frm, to = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms / 1000))
               for ms in (minute, minute + 60_000))
    path = f"/v1/top?by=partner&measure=reports&from={frm}&to={to}"
    await_that(lambda: {"key": {"partner": partner}, "value": reports} in w.get(path)["rows"],
               f"{reports} of {partner} in the API")


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
    await_seen(w, "IL", minute, 500)
    before = answers(w, names, minute)
    assert all(r and folded is None for r, folded in before)
    w.publish([("MA", {"id": f"f{i}", "time": calm[0]["time"], "sensor": f"s{i % 200}",
                       "category": "fraud", "actor": f"invented {i}"}) for i in range(1_000_000)])
    w.publish([("MA", b"rubbish", None, 0)] * 20)
    await_seen(w, "MA", minute, 1_000_000)
    assert answers(w, names, minute) == [(r, ["MA"]) for r, _ in before]
    book = w.account()
    assert book["MA"]["counted"] == 1_000_000
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


def test_law1_quotas_and_recalls_through_kills(world):
    w = world(partners=["MA", "IL"], partitions=1,
              options={"ingest.dedup_span": 150, "ingest.recall_span": 300})
    config = json.loads(w.config.read_text())
    config["partners"][0].update({**LIMITS, "max_sensors_per_minute": 9, "max_actors_per_minute": 8,
                                  "max_records_per_minute": 800, "max_indicators_per_minute": 500})
    w.config.write_text(json.dumps(config))
    at = int(time.time() * 1000) - 60_000
    vigie = w.serve(http=False)
    for part in range(3):
        events = many(part, 500, at, 30_000, tlp="GREEN", sensor=f"s{part}")
        others = many(10 + part, 500, at, 30_000, tlp="RED")
        w.publish([("MA", e) for pair in zip(events, others) for e in pair])
        w.publish([("MA", b"rubbish")] * 5)
        vigie.kill()
        vigie = w.serve(http=False)
        recall = {"recall": {"sensor": f"s{part}", "ids": [e["id"] for e in events[390:400]]}}
        producer = w.producer()
        producer.produce(w.topic("MA"), json.dumps(recall).encode(), f"s{part}".encode())
        assert producer.flush(30) == 0
    w.await_counted()
    book = w.account()["MA"]
    assert book["rejected:quota"] > 0 and book["folded_sensors"] > 0, book
    assert book["folded_actors"] > 0 and book["left_indicators"] > 0, book
    w.verify()
    vigie.stop()
