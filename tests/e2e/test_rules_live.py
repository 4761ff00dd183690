"""Rules that count others' alerts, new values, and Sigma's: live as in a back-test, and
after a recall."""
import json
import random
import subprocess
import time

from harness import TOP, VIGIE, await_that

EVENTS, SPAN_S = 160, 3600
CHAINS = """
- id: tries
  title: Many tries
  type: event_count
  group_by: [fields.User]
  window: 5m
  severity: 3
  match: {fields.EventID: 4625}
  condition: {gte: 3}
- id: spreads
  title: Tries in two countries
  group_by: [fields.User]
  window: 10m
  severity: 5
  match: {fields.EventID: 4625}
  condition: {country: {distinct: 2}}
- id: both
  title: Tries that spread, and a good one
  type: chain
  group_by: [fields.User]
  window: 20m
  severity: 9
  rules: [tries, spreads, {match: {fields.EventID: 4624}}]
- id: anybody
  title: Two users within a minute
  type: chain
  group_by: []
  window: 1m
  severity: 9
  rules: [both]
- id: first-seen
  title: A user not seen at this country before
  type: new_value
  group_by: [country]
  distinct: User
  history: 30m
  severity: 4
- id: first-learnt
  title: The same, of a country that is known for a while
  type: new_value
  group_by: [country]
  distinct: User
  history: 4m
  learn: 25m
  severity: 4
- id: sensor-learnt
  title: A code that no partner has sent for a while
  type: new_value
  group_by: []
  distinct: [EventID, User]
  history: 5m
  learn: 40m
  severity: 4
"""
NEW = {"first-seen": ["User"], "first-learnt": ["User"], "sensor-learnt": ["EventID", "User"]}


def sigma_page():
    return (TOP / "docs" / "sigma.md").read_text().split("```yaml\n")[1].split("```", 1)[0]


def story(end_ms):
    """(partner, event, record time): late ones among them, and the last of each at the end."""
    rng, out = random.Random(7), []
    for i in range(EVENTS):
        partner = rng.choice(["MA", "IL", "AE"])
        at = end_ms - rng.randrange(60, SPAN_S) * 1000
        out.append((partner, {
            "id": f"e{i}", "sensor": "dc", "category": "intrusion-attempts", "time": at / 1000,
            "tlp": rng.choice(["GREEN", "AMBER", "AMBER+STRICT"]),
            "fields": {"EventID": rng.choice([4625, 4625, 4624]),
                       "User": rng.choice(["bob", "eve", "svc-a"])}},
            at + rng.choice([0, 0, 600_000])))
    out.sort(key=lambda row: row[2])
    for partner in ("MA", "IL", "AE"):
        out.append((partner, {"id": "end", "sensor": "dc", "category": "other",
                              "time": end_ms / 1000}, end_ms + 600_000))
    return out


def offline(w, rules, events, viewer, end_ms):
    path = w.folder / "events.ndjson"
    path.write_text("".join(json.dumps({**e, "partner": p, "record_time": r / 1000}) + "\n"
                            for p, e, r in events))
    words = [x for r in rules for x in ("--rules", r)]
    done = subprocess.run([VIGIE, "backtest", "-c", w.config, *words, "--viewer", viewer,
                           "--until", str(end_ms + 600_000), path],
                          text=True, capture_output=True, check=True)
    return told(json.loads(line) for line in done.stdout.splitlines())


def told(alerts):
    """Who they are, and what happened; a new value is part of the group when it is live."""
    out = []
    for a in alerts:
        group, new = a["group"], a["rule"] in NEW
        if new and "value" in a:
            values = a["value"] if isinstance(a["value"], list) else [a["value"]]
            group = {**group, **dict(zip(NEW[a["rule"]], values, strict=True))}
        out.append((a["rule"], a["fingerprint"], json.dumps(group), a["start"][:19],
                    a["end"] and a["end"][:19], None if new else a["peak"]))
    return sorted(out)


def test_chains_and_sigma_are_live_what_a_back_test_says(world, tmp_path):
    rules = [tmp_path / "chains.yaml", tmp_path / "sigma.yml"]
    rules[0].write_text(CHAINS)
    rules[1].write_text(sigma_page())
    w = world(partners=["MA", "IL", "AE"], partitions=1, producer_times=True, rules=rules,
              options={"rule.lateness": "30d"})
    end_ms = (int(time.time()) - 86400) * 1000
    events = story(end_ms)
    w.publish(events)
    w.serve()
    w.await_counted()

    def want_of(events):
        return {v: offline(w, rules, events, v, end_ms) for v in ("coalition", "MA", "AE")}

    want = want_of(events)
    assert {"both", "anybody", *NEW, "many-failed-logins",
            "0f5d1f5e-6f0a-4e0e-9a55-1d2c3b4a5f60"} <= {a[0] for a in want["coalition"]}
    got = {}

    def same():
        got.update({v: told(w.alerts(v)) for v in want})
        return got == want

    def is_told():
        try:
            await_that(same, "the alerts of a back-test", 60)
        except AssertionError:
            assert got == want

    is_told()
    # What MA takes back was never there: alerts over it begin later, end sooner, or go.
    back = [e["id"] for p, e, _ in events if p == "MA" and e["id"] != "end"][::2]
    w.recall("MA", "dc", end_ms + 600_000, ids=back)
    w.await_counted()
    assert w.account()["MA"]["recalled"] == len(back)
    before, want = want, want_of([row for row in events
                                  if row[0] != "MA" or row[1]["id"] not in back])
    assert want != before
    is_told()
    assert "0 differences" in w.verify().stdout
