#!/usr/bin/env python3
"""The semantics of rules again, from their text alone, against vigie backtest.

A case is a handful of events within a tenth of a second and a rule of each kind
over them. Each rule is judged at every millisecond up to the clock by looking
at all events anew; a little machine that knows only "now" makes alerts of that.
No edges, no sorting by window, no arithmetic on intervals: nothing is shared
with alert/ but the rules of the semantics. Answers must be equal.

usage: brute.py VIGIE [CASES] [SEED]
"""
import json
import random
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import vector as vectors  # noqa: E402

SILENT = {"silence", "new_value"}


def value_of(event, name):
    """The field's text, or None: "" and null are missing."""
    v = event["f"].get(name)
    return None if v is None or v == "" else vectors.scalar(v)


def number_of(event, name):
    v = event["f"].get(name)
    return None if isinstance(v, (bool, str)) or v is None else v


def matches(test, event):
    return all(value_of(event, k) in {vectors.scalar(x) for x in (v if isinstance(v, list) else [v])}
               and value_of(event, k) is not None for k, v in test.items())


def tuple_of(event, names):
    names = names if isinstance(names, list) else [names]
    parts = tuple(value_of(event, n) for n in names)
    return None if None in parts else parts


def inside(events, after, upto):
    return [e for e in events if after < e["t"] <= upto]


def total(events):
    return sum(e["n"] for e in events)


def keeps(bounds, v):
    ops = {"gt": lambda a, b: a > b, "gte": lambda a, b: a >= b, "lt": lambda a, b: a < b,
           "lte": lambda a, b: a <= b, "eq": lambda a, b: a == b, "neq": lambda a, b: a != b}
    return all(ops[op](v, b) for op, b in bounds.items())


def counted(rule, event):
    """True when the event is one of those that give the group its life."""
    kind = rule["type"]
    if kind in ("temporal", "temporal_ordered"):
        return any(matches(s["match"], event) for s in rule["match"]["stages"]
                   if not s.get("absent"))
    if kind == "ratio":
        return matches(rule["of"], event)
    if not matches(rule["match"], event):
        return False
    if "distinct" in rule:
        return tuple_of(event, rule["distinct"]) is not None
    return "field" not in rule or number_of(event, rule["field"]) is not None


def percentile(numbers, p):
    numbers = sorted(numbers)
    rank = Fraction(p) * (len(numbers) - 1) / 100
    low = int(rank)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] + float(rank - low) * (numbers[high] - numbers[low])


def metric(rule, now):
    numbers = [number_of(e, rule["field"]) for e in now for _ in range(e["n"])]
    exact = sum((Fraction(x) for x in numbers), Fraction(0))
    if rule["type"] == "sum":
        return float(exact)
    if not numbers:
        return None
    if rule["type"] == "avg":
        return float(exact / len(numbers))
    return percentile(numbers, rule.get("percentile", 50))


def size(rule, events):
    if "distinct" in rule:
        return len({tuple_of(e, rule["distinct"]) for e in events})
    return total(events)


def spike(rule, events, t):
    w, ref = rule["window"], rule.get("reference", rule["window"])
    now = size(rule, inside(events, t - w, t))
    before = size(rule, inside(events, t - w - ref, t - w))
    if before < rule.get("min_reference", 1) or now < rule.get("min_current", 0):
        return None
    scaled, height = Fraction(before * w, ref), Fraction(rule["height"])
    up = now >= 1 and now >= height * scaled
    down = now * height <= scaled
    wanted = {"up": up, "down": down, "both": up or down}[rule["direction"]]
    return now if wanted else None


def chains(steps, events, chosen):
    """Every way to take different events for the steps, in the order of time."""
    if not steps:
        yield [events[i]["t"] for i in chosen]
        return
    for i, e in enumerate(events):
        if i in chosen or (chosen and e["t"] < events[chosen[-1]]["t"]):
            continue
        if matches(steps[0], e):
            yield from chains(steps[1:], events, chosen + [i])


def all_chains(rule, events):
    copies = [e for e in events for _ in range(e["n"])]
    steps = [s["match"] for s in rule["match"]["stages"] if not s.get("absent")
             for _ in range(s.get("count", 1))]
    breakers = [e["t"] for e in events if "until" in rule and matches(rule["until"], e)]
    return {(ts[0], ts[-1]) for ts in chains(steps, copies, [])
            if ts[-1] - ts[0] < rule["window"]
            and not any(ts[0] <= u < ts[-1] for u in breakers)}


def blocked(rule, now):
    return any(matches(s["match"], e) for s in rule["match"]["stages"] if s.get("absent")
               for e in now)


def test_events(field, test, events):
    if field == "events":
        return events
    number = any(k in test for k in ("sum", "avg", "percentile"))
    return [e for e in events if (number_of if number else value_of)(e, field) is not None]


def run_test(rule, field, test, events, t):
    """(value, holds) of one test of a field, over the events that have it."""
    mine = test_events(field, test, events)
    if not mine or not min(e["t"] for e in mine) <= t < max(e["t"] for e in mine) + rule["window"]:
        return None, False
    now = inside(mine, t - rule["window"], t)
    if field == "events":
        return total(now), keeps(test, total(now))
    if "distinct" in test:
        seen = {value_of(e, field) for e in now}
        v = sum(total([e for e in now if value_of(e, field) == x]) >= test.get("min_per_value", 1)
                for x in seen)
        asked = test["distinct"]
        return v, keeps(asked if isinstance(asked, dict) else {"gte": asked}, v)
    if "max_share" in test:
        if not now:
            return None, False
        v = max(total([e for e in now if value_of(e, field) == x])
                for x in {value_of(e, field) for e in now}) / total(now)
        return v, v <= test["max_share"]
    what = next(k for k in ("sum", "avg", "percentile") if k in test)
    v = metric({"type": what, "field": field, "percentile": test.get("p", 50)}, now)
    return v, v is not None and keeps(test[what], v)


def tests_in(condition):
    for key, value in condition.items():
        if key in ("all", "any"):
            for part in value:
                yield from tests_in(part)
        elif key == "not":
            yield from tests_in(value)
        else:
            yield key, value


def tree_holds(rule, condition, events, t):
    parts = []
    for key, value in condition.items():
        if key in ("all", "any"):
            inner = [tree_holds(rule, part, events, t) for part in value]
            parts.append(all(inner) if key == "all" else any(inner))
        elif key == "not":
            parts.append(not tree_holds(rule, value, events, t))
        else:
            parts.append(run_test(rule, key, value, events, t)[1])
    return all(parts)


def judge_tree(rule, events, t):
    tests = list(tests_in(rule["condition"]))
    lives = [x for x in (test_events(f, test, events) for f, test in tests) if x]
    if not lives or t < min(e["t"] for x in lives for e in x) or \
       t >= max(e["t"] for x in lives for e in x) + rule["window"]:
        return False, None
    return tree_holds(rule, rule["condition"], events, t), run_test(rule, *tests[0], events, t)[0]


def judge(rule, events, t, memory):
    """(holds, value) at t, by definition."""
    kind, w = rule["type"], rule.get("window")
    if kind == "tree":
        return judge_tree(rule, [e for e in events if matches(rule["match"], e)], t)
    mine = [e for e in events if counted(rule, e)]
    if not mine:
        return False, None
    reach = w + (rule.get("reference", w) if kind == "spike" else 0)
    first, last = min(e["t"] for e in mine), max(e["t"] for e in mine)
    if t < first or (kind != "silence" and t >= last + reach):
        return False, None
    now = inside(mine, t - w, t)
    if kind == "silence":
        return not now, None
    if kind == "spike":
        v = spike(rule, mine, t)
        return v is not None, v
    if kind == "ratio":
        if not now or total(now) < rule["min_denominator"]:
            return False, None
        v = total([e for e in now if matches(rule["match"], e)]) / total(now)
        return not keeps(rule["bounds"], v), v
    if kind == "temporal":
        if blocked(rule, inside(events, t - w, t)):
            return False, None
        positive = [s for s in rule["match"]["stages"] if not s.get("absent")]
        v = sum(total([e for e in now if matches(s["match"], e)]) >= s.get("count", 1)
                for s in positive)
        return keeps(rule.get("condition", {"gte": len(positive)}), v), v
    if kind == "temporal_ordered":
        if "chains" not in memory:
            memory["chains"] = all_chains(rule, events)
        v = sum(not s.get("absent") for s in rule["match"]["stages"])
        return not blocked(rule, inside(events, t - w, t)) and \
            any(tn <= t < t1 + w for t1, tn in memory["chains"]), v
    v = metric(rule, now) if "field" in rule else size(rule, now)
    return v is not None and keeps(rule["condition"], v), v


def alerts_of(rule, events, clock):
    """A machine that goes through the milliseconds and knows only the past."""
    fire, keep = rule.get("for", 0), rule.get("keep_firing", 0)
    resolve = rule.get("resolve_after", rule["window"])
    alerts, memory = [], {}
    since = peak = None
    joined = False
    for t in range(0, clock + 1):
        holds, value = judge(rule, events, t, memory)
        if not holds:
            if since is not None and joined:
                alerts[-1]["end"] = max(alerts[-1]["end"], t + keep)
            since = None
            continue
        if since is None:
            since, peak = t, None
            joined = bool(alerts) and (t <= alerts[-1]["end"] or t - alerts[-1]["end"] < resolve)
        if value is not None:
            peak = value if peak is None else max(peak, value)
        if not joined and t - since >= fire:
            alerts.append({"start": since, "end": -1, "peak": None})
            joined = True
        if joined and peak is not None:
            old = alerts[-1]["peak"]
            alerts[-1]["peak"] = peak if old is None else max(old, peak)
    if since is not None and joined:
        alerts[-1]["end"] = clock + 1
    return alerts


def new_values(rule, events, clock):
    mine = sorted((e for e in events if counted(rule, e)), key=lambda e: e["t"])
    found = {}
    for e in mine:
        value = tuple_of(e, rule["distinct"])
        past = any(tuple_of(o, rule["distinct"]) == value
                   and e["t"] - rule["history"] < o["t"] < e["t"] for o in mine)
        if not past and e["t"] >= mine[0]["t"] + rule.get("learn", 0) and e["t"] <= clock:
            found[(e["t"], value)] = {"start": e["t"], "end": e["t"], "value": list(value)}
    return list(found.values())


def accepted(events, retention, max_future):
    seen, log, kept = set(), None, []
    for e in events:
        log = e["arrive"] if log is None else max(log, e["arrive"])
        if max_future is not None and e["t"] > e["arrive"] + max_future:
            continue
        if e["id"] in seen:
            continue
        seen.add(e["id"])
        if retention is None or e["t"] > log - retention:
            kept.append(e)
    return kept


def expected(rule, events, clock):
    groups = {}
    for e in events:
        key = tuple_of(e, rule["group_by"])
        if key is not None:
            groups.setdefault(key, []).append(e)
    for key, mine in groups.items():
        answer = new_values if rule["type"] == "new_value" else alerts_of
        for a in answer(rule, mine, clock):
            a["group"] = dict(zip(rule["group_by"], key))
            if a["end"] > clock:
                a["end"] = None
            if rule["type"] in SILENT or a.get("peak") is None:
                a.pop("peak", None)
            yield a


# --- random cases -----------------------------------------------------------------


def random_events(rng):
    w = rng.choice([1, 2, 5, 10, 20])
    events, t = [], 0
    for i in range(rng.randint(0, 12)):
        t = rng.choice([t, t + rng.randint(0, 3), t + w, t + w - 1, max(0, t - w), rng.randint(0, 80)])
        fields = {"g": rng.choice(["a", "a", "b", "", None]), "c": rng.choice(["x", "y", "z", "", 1]),
                  "d": rng.choice(["p", "q", None]), "k": rng.choice(["s1", "s2", "s3", "s3", "no"]),
                  "brk": rng.choice(["no", "no", "no", "yes"]),
                  "x": rng.choice([0, 1, 2, -1, 0.1, 0.2, 1e9, "7", True, None])}
        drop = [k for k in fields if rng.random() < 0.1]
        events.append({"t": t, "f": {k: v for k, v in fields.items() if k not in drop},
                       "n": rng.choice([1, 1, 1, 2, 3]), "arrive": t + rng.choice([0, 0, 0, 5, 40]),
                       "id": f"e{rng.randint(0, 40) if rng.random() < 0.2 else 100 + i}"})
    return w, events


def bounds(rng, values):
    ops = rng.choice([["gte"], ["gte"], ["gt"], ["lt"], ["lte"], ["eq"], ["neq"], ["gte", "lte"],
                      ["gt", "lt"]])
    return {op: rng.choice(values) for op in ops}


def life(rng, w, rule):
    rule.update({"group_by": rng.choice([["g"], [], ["g", "d"]]), "window": w})
    if rng.random() < 0.5:
        rule["resolve_after"] = rng.choice([0, 1, w - 1, w, w + 1, 3 * w])
    if rng.random() < 0.4:
        rule["for"] = rng.choice([1, w // 2, w - 1, w, 3])
    if rng.random() < 0.3:
        rule["keep_firing"] = rng.choice([1, w, 2 * w])
    return rule


def test_of(rng):
    return rng.choice([{}, {}, {"k": "s1"}, {"k": ["s1", "s2"]}, {"c": ["x", "y"], "brk": "no"}])


def stages(rng, ordered):
    out = []
    for i in range(rng.randint(1, 3)):
        s = {"name": f"n{i}", "match": rng.choice([{"k": "s1"}, {"k": "s2"}, {"k": ["s1", "s3"]}, {}])}
        if rng.random() < 0.2 and i > 0:
            s["absent"] = True
            s["match"] = rng.choice([{"k": "s2"}, {"brk": "yes"}])
        elif rng.random() < (0.15 if ordered else 0.3):
            s["count"] = 2
        out.append(s)
    return {"stages": out}


def random_test(rng):
    field = rng.choice(["c", "d", "k", "x", "events"])
    if field == "events":
        return {field: bounds(rng, [0, 1, 2, 3, 4])}
    if field == "x":
        return {field: {rng.choice(["sum", "avg", "percentile"]): bounds(rng, [0, 0.1, 1, 2])}}
    if rng.random() < 0.3:
        return {field: {"max_share": rng.choice([0.25, 0.5, 0.6, 1])}}
    test = {"distinct": rng.choice([1, 2, {"lt": 2}, {"eq": 2}])}
    if rng.random() < 0.4:
        test["min_per_value"] = 2
    return {field: test}


def random_tree(rng, depth=0):
    kind = rng.choice(["all", "any", "not", "test", "test"]) if depth < 2 else "test"
    if kind == "test":
        return random_test(rng)
    if kind == "not":
        return {"not": random_tree(rng, depth + 1)}
    return {kind: [random_tree(rng, depth + 1) for _ in range(2)]}


def random_rules(rng, w):
    yield {"type": "tree", "match": test_of(rng),
           "condition": {"all": [random_tree(rng), random_tree(rng)]}}
    number = [0, 1, 2, 3]
    share = [0, 0.25, 0.5, 0.75, 1]
    numeric = [0, 0.1, 0.2, 0.3, 1, 2, 1e9]
    values = rng.choice(["c", ["c"], ["c", "d"]])
    yield {"type": "event_count", "match": test_of(rng), "condition": bounds(rng, number)}
    yield {"type": "distinct", "match": test_of(rng), "distinct": values, "condition": bounds(rng, number)}
    for kind in ("sum", "avg"):
        yield {"type": kind, "match": test_of(rng), "field": "x", "condition": bounds(rng, numeric)}
    yield {"type": "percentile", "match": {}, "field": "x", "condition": bounds(rng, numeric),
           "percentile": rng.choice([0, 25, 50, 75, 90, 100])}
    temporal = {"type": "temporal", "match": stages(rng, False)}
    if rng.random() < 0.6:
        temporal["condition"] = bounds(rng, number)
    yield temporal
    ordered = {"type": "temporal_ordered", "match": stages(rng, True)}
    if rng.random() < 0.4:
        ordered["until"] = rng.choice([{"brk": "yes"}, {"k": "s2"}])
    yield ordered
    spiked = {"type": "spike", "match": test_of(rng), "height": rng.choice([1, 1.5, 2, 3]),
              "direction": rng.choice(["up", "down", "both"])}
    for key, choice in (("reference", [1, w, 2 * w, 3 * w]), ("min_reference", [0, 1, 2]),
                        ("min_current", [0, 1, 2])):
        if rng.random() < 0.5:
            spiked[key] = rng.choice(choice)
    if rng.random() < 0.4:
        spiked["distinct"] = values
    yield spiked
    yield {"type": "silence", "match": test_of(rng)}
    yield {"type": "ratio", "of": test_of(rng), "match": rng.choice([{"c": "x"}, {"k": "s1"}, {}]),
           "bounds": bounds(rng, share), "min_denominator": rng.choice([0, 1, 2, 3])}
    yield {"type": "new_value", "match": test_of(rng), "distinct": values,
           "history": rng.choice([1, w, 2 * w, 100]), "learn": rng.choice([0, 0, 1, w])}


def random_case(rng):
    w, events = random_events(rng)
    rules = []
    for i, rule in enumerate(random_rules(rng, w)):
        life(rng, w, rule)
        if rule["type"] == "new_value":
            for key in ("window", "resolve_after", "for", "keep_firing"):
                rule.pop(key, None)
        rule["id"] = f"r{i}"
        rules.append(rule)
    case = {"events": events, "rules": rules, "retention": None, "max_future": None}
    if rng.random() < 0.3:
        case["retention"] = rng.choice([1, w, 2 * w, 40])
    kept = accepted(events, case["retention"], case["max_future"])
    case["kept"] = kept
    last = max((e["t"] for e in kept), default=0)
    case["until"] = rng.choice([None, last, last + w, max(0, last - 3), last + 200, rng.randint(0, 150)])
    case["clock"] = last if case["until"] is None else case["until"]
    return case


def fields_of(condition):
    """A condition of several tests, with its fields where they travel."""
    out = {}
    for key, value in condition.items():
        if key in ("all", "any"):
            out[key] = [fields_of(part) for part in value]
        elif key == "not":
            out[key] = fields_of(value)
        else:
            out[key if key == "events" else vectors.field(key)] = value
    return out


def written(rule):
    """In milliseconds; vector.rule() has seconds."""
    if rule["type"] == "tree":
        out = written({**{k: v for k, v in rule.items() if k != "condition"}, "type": "silence"})
        del out["type"]
        return {**out, "condition": fields_of(rule["condition"])}
    out = vectors.rule({k: v for k, v in rule.items() if k not in vectors.WINDOWED | {"id"}})
    out.update({k: f"{v}ms" for k, v in rule.items() if k in vectors.WINDOWED})
    out["id"] = rule["id"]
    return out


def ask(binary, folder, case):
    (folder / "rules.yaml").write_text(json.dumps([written(r) for r in case["rules"]]))
    (folder / "vigie.yaml").write_text(vectors.CONFIG % "1d")
    with open(folder / "events.ndjson", "w", encoding="utf-8") as out:
        for e in case["events"]:
            line = next(vectors.lines([{**e, "t": e["t"] / 1000, "arrive": e["arrive"] / 1000}]))
            out.write(json.dumps(line) + "\n")
    words = [binary, "backtest", "-c", folder / "vigie.yaml", "--rules", folder / "rules.yaml",
             "--horizon", "9000d" if case["retention"] is None else f"{case['retention']}ms",
             folder / "events.ndjson"]
    if case["until"] is not None:
        words += ["--until", vectors.instant(case["until"])]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0 or "rejected" in done.stderr:
        sys.exit(f"{done.stderr}\n{json.dumps(case['rules'])}")
    got = {}
    for line in done.stdout.splitlines():
        a = vectors.answer(line)
        for key in ("start", "end"):
            a[key] = None if a[key] is None else int(a[key] * 1000)
        if isinstance(a.get("value"), str):
            a["value"] = [a["value"]]
        got.setdefault(json.loads(line)["rule"], []).append(a)
    return got


def key_of(alert):
    return (alert["start"], sorted(alert["group"].items()), alert.get("value", []))


def equal(got, want):
    got, want = sorted(got, key=key_of), sorted(want, key=key_of)
    if len(got) != len(want):
        return False
    for g, w in zip(got, want):
        if key_of(g) != key_of(w) or g["end"] != w["end"]:
            return False
        if ("peak" in w) != ("peak" in g) or ("peak" in w and not vectors.near(g["peak"], w["peak"])):
            return False
    return True


def main():
    binary = sys.argv[1]
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 20260101)
    held = {}
    with tempfile.TemporaryDirectory() as folder:
        for n in range(cases):
            case = random_case(rng)
            got = ask(binary, Path(folder), case)
            for rule in case["rules"]:
                want = list(expected(rule, case["kept"], case["clock"]))
                if not equal(got.get(rule["id"], []), want):
                    sys.exit(f"case {n}: {json.dumps(rule)}\nevents {json.dumps(case['events'])}\n"
                             f"retention {case['retention']} clock {case['clock']}\nwant {want}\n"
                             f"got  {got.get(rule['id'], [])}")
                held[rule["type"]] = held.get(rule["type"], 0) + bool(want)
    # Cases in which nothing happens would prove nothing.
    if cases >= 100 and min(held.values()) < cases // 20:
        sys.exit(f"the cases are too tame: {held}")
    print(f"brute force: {cases} cases, {len(held)} kinds, all equal; with alerts: {held}")


if __name__ == "__main__":
    main()
