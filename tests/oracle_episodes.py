#!/usr/bin/env python3
"""An oracle of alert/episodes that shares no idea with it.

The rule is judged from its definition alone: a case is a set of events with
actors, countries and origins; the window at t is (t - W, t]; the rule holds at
t when at least k different values are in it. It is evaluated at every instant
at which anything can change, by counting events again each time; no spans, no
sweep. Then the same events go, as the spans that partitions would keep, to
the program given as argument, and the answers must be equal.

usage: oracle_episodes.py PROGRAM [CASES] [SEED]
"""
import json
import random
import subprocess
import sys


def values_at(events, t, window, key):
    return {e[key] for e in events if t - window < e["t"] <= t}


def holds(events, t, case):
    return all(len(values_at(events, t, case["window"], key)) >= k
               for key, k in case["conditions"])


def brute_force(events, case):
    """Episodes of one actor's events, by definition."""
    window, resolve = case["window"], case["resolve_after"]
    instants = sorted({e["t"] for e in events} | {e["t"] + window for e in events})
    stretches = []
    for i, t in enumerate(instants):
        if not holds(events, t, case):
            continue
        # Nothing changes before the next instant; after the last nothing holds.
        end = instants[i + 1]
        size = len(values_at(events, t, window, case["conditions"][0][0]))
        if stretches and stretches[-1][1] == t:
            last = stretches[-1]
            last[1] = end
            if size > last[2]:
                last[2], last[3] = size, t
        else:
            stretches.append([t, end, size, t])
    episodes = []
    for s in stretches:
        if episodes and (s[0] <= episodes[-1][1]
                         or s[0] - episodes[-1][1] < resolve):
            last = episodes[-1]
            last[1] = s[1]
            if s[2] > last[2]:
                last[2], last[3] = s[2], s[3]
        else:
            episodes.append(list(s))
    return episodes


def spans_of(events, case, names):
    """What partitions keep: first and last in each aligned sub-window."""
    window, cells = case["window"], {}
    for e in events:
        for c, (key, _) in enumerate(case["conditions"]):
            at = (c, e[key], e["partition"], e["t"] // window)
            first, last = cells.get(at, (e["t"], e["t"]))
            cells[at] = (min(first, e["t"]), max(last, e["t"]))
    return [[c, names.setdefault((c, v), len(names)), first, last]
            for (c, v, _, _), (first, last) in cells.items()]


def random_case(rng):
    window = rng.choice([1, 2, 10, 100, 1000, 3600000])
    unit = rng.choice([1, max(1, window // 4), window, max(1, window // 10)])
    case = {
        "window": window,
        "resolve_after": rng.choice([0, 1, window // 2, window - 1, window,
                                     window + 1, 3 * window]),
        "conditions": [("country", rng.randint(1, 4))],
    }
    if rng.random() < 0.5:
        case["conditions"].append(("origin", rng.randint(1, 3)))
    events = []
    for _ in range(rng.randint(0, 45)):
        t = rng.randint(0, 30) * unit
        if events and rng.random() < 0.35:      # ties and gaps of exactly W
            t = rng.choice(events)["t"] + rng.choice([0, window, 1 - window, window - 1,
                                                      case["resolve_after"] + window])
        e = {"t": max(0, t), "country": rng.choice("ABCDE"),
             "origin": rng.choice("PQR"), "partition": rng.randint(0, 2),
             "actors": rng.sample(["x", "y", "z"], rng.choice([1, 1, 2, 3]))}
        events.append(e)
    return case, events


def main():
    program = sys.argv[1]
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 20260101)
    asked, wanted = [], []
    for n in range(cases):
        case, events = random_case(rng)
        for actor in "xyz":
            mine = [e for e in events if actor in e["actors"]]
            late = mine[:]
            rng.shuffle(late)                   # late events: any order
            spans = spans_of(late, case, {})
            rng.shuffle(spans)
            asked.append(json.dumps({
                "window": case["window"], "resolve_after": case["resolve_after"],
                "at_least": [k for _, k in case["conditions"]], "spans": spans}))
            wanted.append((n, actor, case, mine, brute_force(mine, case)))
    out = subprocess.run([program], input="\n".join(asked) + "\n", text=True,
                         capture_output=True, check=True).stdout.splitlines()
    if len(out) != len(wanted):
        sys.exit(f"{len(wanted)} asked, {len(out)} answered")
    some = merged = 0
    for line, (n, actor, case, mine, want) in zip(out, wanted):
        got = json.loads(line)
        if got != want:
            sys.exit(f"case {n} actor {actor}: {case}\nevents {mine}\n"
                     f"want {want}\ngot  {got}")
        some += bool(want)
        merged += any(b - a > 2 * case["window"] for a, b, _, _ in want)
    # A set of cases in which nothing happens would prove nothing.
    if cases >= 1000 and (some < cases // 4 or merged < cases // 50):
        sys.exit(f"the cases are too tame: {some} with episodes, {merged} long")
    print(f"oracle: {cases} cases, {len(wanted)} groups, {some} with episodes, "
          f"{merged} of them long: all equal")


if __name__ == "__main__":
    main()
