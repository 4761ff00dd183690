"""Episodes by brute force: every instant where something can change is asked."""


def holds_at(events, t, window, conditions):
    """(holds, distinct values of the first condition) over (t - window, t]."""
    inside = [e for e in events if t - window < e["t"] <= t]
    counts = [len({e[field] for e in inside}) for field, _ in conditions]
    return all(n >= k for n, (_, k) in zip(counts, conditions)), counts[0]


def episodes(events, window, conditions, resolve_after):
    """[(start, end, peak)] of events [{"t": ms, field: value, ...}] of one group."""
    instants = sorted({e["t"] for e in events} | {e["t"] + window for e in events})
    found = []
    for at, until in zip(instants, instants[1:]):
        holds, n = holds_at(events, at, window, conditions)
        if not holds:
            continue
        if found and (at <= found[-1][1] or at - found[-1][1] < resolve_after):
            found[-1] = (found[-1][0], until, max(found[-1][2], n))
        else:
            found.append((at, until, n))
    return found
