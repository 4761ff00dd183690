"""Two evaluators, and the one that leads killed over and over: no alert is lost, none told twice."""
import json
import random
import time
from collections import defaultdict
from datetime import datetime

from events import rfc3339
from harness import await_that
from receivers import Hook

KILLS = 50
RULES = """
- id: borders
  title: One actor in two countries
  group_by: [actor]
  window: 3s
  resolve_after: 1s
  severity: 8
  condition: {country: {distinct: 2}}
- id: burst
  title: Three events that last
  group_by: [actor]
  type: event_count
  condition: {gte: 3}
  window: 2s
  for: 500ms
  keep_firing: 300ms
  resolve_after: 1s
  severity: 5
- id: order
  title: First one, then the other
  group_by: [actor]
  type: temporal_ordered
  window: 3s
  resolve_after: 1s
  severity: 6
  match:
    stages:
      - {name: first, match: {category: intrusion-attempts}}
      - {name: second, match: {category: malicious-code}}
"""
CLOSE_TO_NOW = 20  # ms before its record, so that nothing is in the future


class Flow:
    """Campaigns, each of an actor of its own; and events that only move the clock on."""

    def __init__(self, w, seed):
        self.w, self.rng, self.n, self.actors = w, random.Random(seed), 0, 0
        self.producer = w.producer()

    def event(self, actor, country, category="fraud"):
        self.n += 1
        at = int(time.time() * 1000) - CLOSE_TO_NOW
        return ("MA", {"id": f"h{self.n}", "time": rfc3339(at), "sensor": "s", "country": country,
                       "category": category, "actor": actor})

    def step(self):
        """A campaign of two countries, of a burst, of two stages, or of all three."""
        self.actors += 1
        actor = f"crew {self.actors}"
        events = [self.event(actor, "MA", "intrusion-attempts")]
        kind = self.rng.randrange(4)
        if kind in (0, 3):
            events.append(self.event(actor, "IL"))
        if kind in (1, 3):
            events += [self.event(actor, "MA") for _ in range(3)]
        if kind in (2, 3):
            events.append(self.event(actor, "MA", "malicious-code"))
        self.w.publish(events, self.producer)

    def tick(self):
        self.w.publish([self.event(f"clock {self.n}", "MA")], self.producer)


def start(w, hook):
    rules = w.folder / "rules.yaml"
    rules.write_text(RULES)
    doc = json.loads(w.config.read_text())
    doc.update(rules=[str(rules)], alert={"lease": "300ms"}, rule={"lateness": "1m"}, receivers=[
        {"name": "hook", "type": "webhook", "viewer": "coalition", "url": hook.url, "group_wait": "0s",
         "group_interval": "100ms", "repeat_interval": "24h", "timeout": "2s",
         "group_by": "rule,actor"}])
    w.config.write_text(json.dumps(doc))
    w.serve("--role", "ingest", "--role", "api")
    return [w.serve("--role", "alert", http=False) for _ in range(2)]


def leader(w, processes):
    """Which of the processes holds the lease now, or None."""
    owner = (w.redis.client().hget("vg:{vg}:lease", "owner") or b"").decode()
    for i, process in enumerate(processes):
        if f":{process.pid}:" in owner and process.alive():
            return i
    return None


def marks(w, hook):
    """What moves as work goes on, from a write to what a receiver has."""
    client = w.redis.client()
    return {"written": int(client.get("vg:{vg}:aseq") or 0), "waits": client.hlen("vg:{vg}:outbox"),
            "told": hook.seen, "counted": w.offset(w.topic("MA"), 0)}


def as_lines(alerts):
    """A whole second is written with .000 by the API and without by the back-test."""
    at = lambda t: t and datetime.fromisoformat(t)  # noqa: E731
    return sorted((a["rule"], a["group"]["actor"], at(a["start"]), at(a["end"]), a["peak"])
                  for a in alerts)


def undisturbed(w):
    """What a run that nobody disturbs makes of the same log."""
    file = w.folder / "log.ndjson"
    with open(file, "w", encoding="utf-8") as out:
        for _, _, at, value, _ in w.read_topic(w.topic("MA")):
            out.write(json.dumps({**json.loads(value), "partner": "MA", "record_time": at}) + "\n")
    done = w.tool("backtest", "--rules", str(w.folder / "rules.yaml"), "-c", str(w.config), str(file))
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_law2_fifty_kills_of_the_leader_lose_no_alert_and_tell_none_twice(world):
    hook = Hook()
    w = world(partners=["MA", "IL"], partitions=1)
    processes, flow, rng = start(w, hook), Flow(w, 6), random.Random(66)
    for _ in range(KILLS):
        await_that(lambda: leader(w, processes) is not None, "someone leads", 30, 0.005)
        before, what = marks(w, hook), rng.choice(["written", "waits", "told", "counted", "written"])
        for _ in range(rng.randint(1, 3)):
            flow.step()
        await_that(lambda: marks(w, hook)[what] != before[what], f"{what} moved: {before}", 30, 0.001)
        at = leader(w, processes)
        if at is None:  # its lease ran out in that instant: the other is the leader soon
            at = await_that(lambda: leader(w, processes) is not None and leader(w, processes) + 1,
                            "someone leads", 30, 0.005) - 1
        processes[at].kill()
        processes[at] = w.serve("--role", "alert", http=False)
    wanted = None

    def settled():
        flow.tick()
        return as_lines(w.alerts()) == as_lines(undisturbed(w)) and \
            all(a["state"] == "resolved" for a in w.alerts())
    try:
        await_that(settled, f"the alerts of an undisturbed run\n{processes[0].tail()}", 60, 1)
    finally:
        found, wanted = as_lines(w.alerts()), as_lines(undisturbed(w))
        print("more:", [a for a in found if a not in wanted], "less:",
              [a for a in wanted if a not in found], {a["state"] for a in w.alerts()})
    found = w.alerts()
    wanted = as_lines(undisturbed(w))
    assert as_lines(found) == wanted and len(wanted) > KILLS
    assert len(set(wanted)) == len(wanted)
    # Each was raised once in its history, under one identity.
    histories = [w.get(f"/v1/alerts/{a['id']}")["history"] for a in found]
    assert all(sum(h["change"] == "raised" for h in one) == 1 for one in histories)
    # Each transition comes to the receiver, under one key alone.
    transitions = {(a["id"], state) for a in found for state in ("firing", "resolved")}
    await_that(lambda: transitions <= set(keys_of(hook)), "all told: missing " +
               str(len(transitions - set(keys_of(hook)))), 30)
    assert set(keys_of(hook)) == transitions
    assert {k: v for k, v in keys_of(hook).items() if len(v) != 1} == {}
    await_that(lambda: w.redis.client().hlen("vg:{vg}:outbox") == 0, "an empty outbox", 30)
    hook.close()


def keys_of(hook):
    """{(alert, state): idempotency keys of what told of it}"""
    keys = defaultdict(set)
    for headers, body in list(hook.got):
        for alert in json.loads(body)["alerts"]:
            keys[alert["id"], alert["state"]].add(headers["Idempotency-Key"])
    return keys
