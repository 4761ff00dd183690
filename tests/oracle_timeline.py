#!/usr/bin/env python3
"""States and notifications against an oracle that shares no idea with them.

    oracle_timeline.py VG_TIMELINE_CLI ROUNDS [VECTORS.json...]

The vectors of files go the same way.
The oracle walks over every tenth of a second and keeps what a person would
note on paper; the program under test computes from intervals and sets.
"""
import json
import random
import subprocess
import sys


def states(config, flips, ticks):
    """The state at each tick (0.1 s) of one group that flips at `flips`."""
    wait, keep, join = config["for"], config["keep_firing"], config["resolve_after"]
    holds, ours, since, until = False, False, 0, None  # ours: this stretch is the alert's
    out = []
    for t in range(ticks):
        if t in flips:
            holds = not holds
            if holds:
                since = t
                ours = until is not None and (t <= until or t - until < join)
            elif ours:
                until = max(until if until is not None else t, t + keep)
                ours = False
        if holds and not ours and t - since >= wait:
            ours, until = True, t
        if holds:
            out.append("firing" if ours or (until is not None and t < until) else "pending")
        elif until is not None and t < until:
            out.append("firing")
        else:
            out.append("recovering" if until is not None and t - until < join else "inactive")
    return out


def state_vector(rng, n):
    config = {"for": rng.choice([0, 1, 5, 20]), "keep_firing": rng.choice([0, 1, 7]),
              "resolve_after": rng.choice([0, 1, 6, 30])}
    ticks = 120
    flips = sorted(rng.sample(range(ticks), rng.randrange(1, 14)))
    want = states(config, set(flips), ticks)
    holds, timeline = False, []
    for t in flips:
        holds = not holds
        timeline.append({"at": t / 10, "set": {"g": holds}})
    return {"name": f"state {n}", "form": "state",
            "config": {k: v / 10 for k, v in config.items()}, "timeline": timeline,
            "expect": [{"at": t / 10, "state": {"g": s}} for t, s in enumerate(want)]}


def is_muted(alert, known, silences, inhibit, t):
    if any(a <= t < b and alert["n"] in names for names, a, b in silences):
        return True
    if not inhibit or alert["role"] != "low":
        return False
    return any(o["role"] == "high" and o["g"] == alert["g"] and end > t for o, (_, end) in known)


def notify_vector(rng, n):
    """Alerts of two groups, pushed, ended and pushed again; silences; inhibition."""
    config = {"group_by": ["g"], "group_wait": rng.choice([1, 5]), "group_interval": rng.choice([3, 8]),
              "repeat_interval": rng.choice([1, 10, 40]), "send_resolved": rng.random() < .6}
    inhibit = rng.random() < .5
    ticks, steps, silences = 150, [], []
    alerts = [{"n": str(i), "g": rng.choice("ab"), "role": rng.choice(["low", "high", "other"])} for i in range(5)]
    for _ in range(rng.randrange(1, 14)):
        t = rng.randrange(1, ticks - 20)
        a = rng.choice(alerts)
        end = rng.choice([None, None, t, t + rng.randrange(1, 9)])
        steps.append((t, a, t, end))
    steps.sort(key=lambda s: (s[0], s[1]["n"]))
    for _ in range(rng.randrange(0, 3)):
        start = rng.randrange(1, ticks)
        silences.append((rng.choice(alerts)["n"], start, start + rng.randrange(1, 40)))
    known, group, want = {}, {}, []
    far = 10 ** 9
    for t in range(ticks):
        for at, a, start, end in steps:
            if at != t:
                continue
            s = group.setdefault(a["g"], {"next": t + config["group_wait"], "in": {}, "last": None})
            old = s["in"].get(a["n"])
            end = far if end is None else end
            keep = old[0] if old and old[1] > t else start
            s["in"][a["n"]] = (min(keep, start), end)
            known[a["n"]] = (start, end)
        for g, s in sorted(group.items()):
            if s["next"] != t:
                continue
            s["next"] = t + config["group_interval"]
            seen = {k: v for k, v in s["in"].items() if not is_muted(
                alerts[int(k)], [(alerts[int(o)], e) for o, e in known.items()],
                [({x}, p, q) for x, p, q in silences], inhibit, t)}
            fire = {k for k, v in seen.items() if v[1] > t}
            over = set(seen) - fire
            last, tell = s["last"], False
            if last is None:
                tell = bool(fire)
            elif fire - last[1]:
                tell = True
            elif not fire:
                tell = bool(last[1])
            else:
                tell = (config["send_resolved"] and bool(over - last[2])) or t - last[0] > config["repeat_interval"]
            if tell:
                s["last"] = (t, fire, over)
                listed = fire | (over if config["send_resolved"] else set())
                if listed:
                    want.append({"at": t / 10, "alerts": [
                        {"alert": alerts[int(k)], "start": seen[k][0] / 10,
                         "end": None if seen[k][1] > t else seen[k][1] / 10} for k in listed]})
            s["in"] = {k: v for k, v in s["in"].items() if v[1] > t}
    timeline = [{"at": t / 10, "alert": a, "start": s / 10, "end": None if e is None else e / 10}
                for t, a, s, e in steps]
    timeline += [{"at": 0, "silence": {"n": x}, "name": str(i), "from": p / 10, "to": q / 10}
                 for i, (x, p, q) in enumerate(silences)]
    timeline.sort(key=lambda s: s["at"])
    config = {k: v / 10 if k in ("group_wait", "group_interval", "repeat_interval") else v for k, v in config.items()}
    if inhibit:
        config["inhibit"] = [{"source": {"role": "high"}, "target": {"role": "low"}, "equal": ["g"]}]
    return {"name": f"notify {n}", "form": "notify", "config": config, "timeline": timeline,
            "until": (ticks - 1) / 10, "expect": want}


def main():
    cli, rounds = sys.argv[1], int(sys.argv[2])
    rng = random.Random(7)
    vectors = [make(rng, n) for n in range(rounds) for make in (state_vector, notify_vector)]
    for path in sys.argv[3:]:
        with open(path) as f:
            vectors += [v for v in json.load(f) if "timeline" in v]
    lines = "\n".join(map(json.dumps, vectors)) + "\n"
    out = subprocess.run([cli], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    bad = [(v, o) for v, o in zip(vectors, map(json.loads, out)) if not o["pass"]]
    for v, o in bad[:2]:
        print(json.dumps(v), "\n   got", json.dumps(o["got"]))
    told = sum(len(v["expect"]) for v in vectors if v["form"] == "notify")
    print(f"{len(vectors)} vectors, {told} notifications, {len(bad)} differ")
    return 1 if bad or len(out) != len(vectors) or told < rounds else 0


sys.exit(main())
