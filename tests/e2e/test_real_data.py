"""451,581 real honeypot hits counted through Kafka equal the truth tables."""
import csv
import gzip
import json
import time
from collections import Counter
from datetime import datetime, timezone

from harness import await_that

PARTNERS = ["US", "JP", "SG", "AU", "IE", "BR"]
HITS = 451_581
RULES = """
- id: marx-resolve0
  title: One address in three countries within an hour, stretches apart
  group_by: [indicator]
  window: 1h
  resolve_after: 0s
  condition: {country: {distinct: 3}}
  severity: 5
- id: marx-default
  title: One address in three countries within an hour
  group_by: [indicator]
  window: 1h
  condition: {country: {distinct: 3}}
  severity: 5
"""


def rows(path):
    with gzip.open(path, "rt", newline="") as text:
        yield from csv.DictReader(text)


def ms(stamp):
    return int(datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp() * 1000)


def hits(data):
    """(partner, event, record time): the record time is the latest event time so far."""
    latest = 0
    for n, row in enumerate(rows(data / "marx" / "marx_joined.csv.gz")):
        at = ms(row["ts"])
        latest = max(latest, at)
        event = {"id": str(n), "time": row["ts"], "sensor": row["sensor"],
                 "sensor_kind": "honeypot", "category": "information-gathering"}
        if row["src_ip"]:
            event["indicators"] = [{"type": "ipv4", "value": row["src_ip"]}]
        if row["src_cc"]:
            event["source_country"] = row["src_cc"]
        yield row["sensor_cc"], event, latest


def series(world, by):
    """{(day, value): events} over the whole time, from the API. Half a year is read from Redis,
    which half a million hits keep busy: while it is away the API says so, and is asked again."""
    path = f"/v1/series?by={by}&step=1d&from=2013-03-03T00:00:00Z&to=2013-09-09T00:00:00Z"

    def answered():
        status, _, text = world.request(path, "coalition")
        assert status in (200, 503), (path, status, text[:500])
        return text if status == 200 else None

    body = json.loads(await_that(answered, path, 60, 0.5))
    return Counter({(day[:10], row["key"][by]): value for row in body["series"]
                    for day, value in zip(body["times"], row["values"]) if value})


def truth(data, name, column):
    found = Counter()
    for row in rows(data / "truth" / f"{name}.csv.gz"):
        found[(row["day"], row[column])] += int(row["count"])
    return found


def episodes(world, rule):
    found = Counter()
    for alert in world.alerts():
        if alert["rule"] == rule:
            kind, _, address = alert["group"]["indicator"].partition(":")
            assert kind == "ipv4"
            found[(ms(alert["start"]), address, ms(alert["end"]), alert["peak"])] += 1
    return found


def settled(world, rule, want):
    """The episodes once they are those wanted, or have not changed for two minutes."""
    got, end = None, time.monotonic() + 120
    while got != want and time.monotonic() < end:
        now = episodes(world, rule)
        if now != got:
            got, end = now, time.monotonic() + 120
        time.sleep(1)
    return got


def true_episodes(data, name):
    return Counter((ms(r["start"]), r["src_ip"], ms(r["end"]), int(r["peak"]))
                   for r in rows(data / "truth" / f"{name}.csv.gz"))


def test_marx_counts_and_episodes_equal_the_truth(world, data, tmp_path):
    (tmp_path / "rules.yaml").write_text(RULES)
    w = world(partners=PARTNERS, partitions=3, producer_times=True, rules=[tmp_path / "rules.yaml"],
              options={"alert.kept": "3650d"})
    producer, batch = w.producer(), []
    for hit in hits(data):
        batch.append(hit)
        if len(batch) == 20_000:
            w.publish(batch, producer)
            batch = []
    w.publish(batch, producer)
    w.serve()
    w.await_counted(300)

    await_that(lambda: sum(series(w, "country").values()) == HITS, "the view is level", 60, 0.5)
    assert series(w, "country") == truth(data, "marx_sensorcountry_day", "sensor_country")
    assert series(w, "sensor") == truth(data, "marx_sensor_day", "sensor")
    by_source = truth(data, "marx_srccountry_day", "src_country")
    unknown = Counter({k: v for k, v in by_source.items() if k[1] == "-"})
    assert series(w, "source_country") == by_source - unknown
    assert HITS - sum(series(w, "source_country").values()) == sum(unknown.values()) == 3595

    for rule, name, n in (("marx-resolve0", "marx_episodes_1h_resolve0", 9458),
                          ("marx-default", "marx_episodes_1h_default", 8736)):
        want = true_episodes(data, name)
        assert sum(want.values()) == n
        got = settled(w, rule, want)
        assert got == want, (len(got), list((got - want).items())[:5],
                             list((want - got).items())[:5])
    assert w.verify().returncode == 0
    print(json.dumps({"hits": HITS, "episodes": 9458 + 8736}))
