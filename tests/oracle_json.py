#!/usr/bin/env python3
"""Damaged records through the strict reader, jansson and Python's json in strict form.

The program compares with jansson and ends at the first difference. Here its output is read again:
what it took, Python takes too, with equal values; what it refused, Python refuses as well, unless
the reason is a bound that Python does not have.

usage: oracle_json.py JSON_CLI [RECORDS]
"""
import json
import subprocess
import sys
from collections import Counter

OWN_BOUNDS = {"range", "depth", "utf8"}  # 2^53; 32; \u0000 and lone surrogates


def refuse(text):
    raise ValueError(text)


def unique(pairs):
    if len({k for k, _ in pairs}) != len(pairs):
        raise ValueError("duplicate key")
    return tuple(pairs)


def marks(value, out):
    """The values in document order, as the program writes them."""
    if value is None or isinstance(value, bool):
        out.append({None: "n", False: "f", True: "t"}[value])
    elif isinstance(value, int):
        out.append(f"i{value}")
    elif isinstance(value, float):
        out.append(value)
    elif isinstance(value, str):
        out.append("s" + value.encode().hex())
    elif isinstance(value, list):
        out.append(f"a{len(value)}")
        for v in value:
            marks(v, out)
    else:
        out.append(f"o{len(value)}")
        for k, v in value:
            out.append("s" + k.encode().hex())
            marks(v, out)
    return out


def read(raw):
    """The marks, or None when Python refuses the record."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=unique, parse_constant=refuse)
        return marks(value, [])
    except ValueError:
        return None


def is_same(want, got):
    return len(want) == len(got) and all(
        g[0] == "d" and float(g[1:]) == w if isinstance(w, float) else w == g
        for w, g in zip(want, got))


def main():
    records = sys.argv[2] if len(sys.argv) > 2 else "100000"
    done = subprocess.run([sys.argv[1], records], capture_output=True)
    if done.returncode != 0:
        sys.exit(f"oracle_json: {done.stderr.decode(errors='replace')}")
    data, at, seen = done.stdout, 0, Counter()
    while at < len(data):
        space = data.index(b" ", at)
        fault_end = data.index(b" ", space + 1)
        fault = data[space + 1:fault_end].decode()
        end = fault_end + 1 + int(data[at:space])
        raw = data[fault_end + 1:end]
        at = data.index(b"\n", end + 1) + 1
        want = read(raw)
        if fault == "ok":
            if want is None or not is_same(want, data[end + 1:at].decode().split()):
                sys.exit(f"oracle_json: taken, but Python reads {want}: {raw}")
        elif want is not None and fault not in OWN_BOUNDS:
            sys.exit(f"oracle_json: refused for {fault}, but Python takes it: {raw}")
        seen[fault] += 1
    if sum(seen.values()) != int(records) or seen["ok"] < int(records) // 10:
        sys.exit(f"oracle_json: too little was compared: {dict(seen)}")
    for fault in ("syntax", "utf8", "duplicate_key", "range", "depth", "trailing"):
        if seen[fault] == 0:
            sys.exit(f"oracle_json: no record was refused for {fault}: {dict(seen)}")
    print(f"oracle_json: {dict(seen)}")


if __name__ == "__main__":
    main()
