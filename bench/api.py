#!/usr/bin/env python3
"""dev/bench api: the HTTP API over a view of 5,000,000 cells, asked by wrk.

The server is held to one core, wrk to another. In the same run, on the same
core, in turn with it: nginx answering 304 for a static file, and libmicrohttpd
doing nothing but 304s. Figures are printed as JSON; `--check` fails when one
misses its aim.

Requests a second are worth something on a machine that does nothing else. What
others disturb less are the server's CPU seconds: `cpu_us` is what one request
costs, and `series_cold_queue` what requests offered at 500 a second would wait
for one core of their own, each taking what one of them was measured to take.
"""
import argparse
import contextlib
import http.client
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD = Path(os.environ["VIGIE_BUILD"]) / "bench"
CONNECTIONS = 64
AUTH = {"Authorization": "Bearer vg_bench"}
NGINX = """worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/err;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}; }} }}
"""
# Ranges, filters and splits that no two requests share (by chance some do).
RANDOM = """
local by = {{"country", "actor", "technique", "category", "source_country", "sector"}}
local now = {now}
math.randomseed({seed})
request = function()
  local to = now - math.random(0, 1200) * 60
  local from = to - math.random(30, 1200) * 60
  return wrk.format("GET", string.format("/v1/series?by=%s&step=1m&from=%s&to=%s",
    by[math.random(#by)], os.date("!%Y-%m-%dT%H:%M:%SZ", from),
    os.date("!%Y-%m-%dT%H:%M:%SZ", to)))
end
"""

# As many a second as the aim names, whether the last is answered or not: each
# connection rests some time, at random.
OFFERED = 500
REST = """
function delay()
  return -math.log(1 - math.random()) * {rest_ms}
end
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def on_core(core, *words):
    return ["taskset", "-c", str(core), *map(str, words)]


@contextlib.contextmanager
def running(words, **more):
    process = subprocess.Popen(words, **more)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def await_port(port):
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


def number(text):
    found = re.match(r"([\d.]+)(\w*)", text)
    if found is None:  # wrk was not let run: "-nan"
        return None
    value, unit = found.groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def cpu_s(pid):
    """CPU seconds of a process and its children so far."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            own, rest = stat.read_text().split(" ", 1)
            fields = rest.rsplit(")", 1)[1].split()
            if pid in (int(own), int(fields[1])):
                total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def wrk(server, path, seconds, headers=None, script=None):
    """Requests a second, and a CPU-second of the server; latencies in ms."""
    pid, port = server
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    for name, value in {**AUTH, **(headers or {})}.items():
        words += ["-H", f"{name}: {value}"]
    if script:
        words += ["-s", script]
    before = cpu_s(pid)
    out = subprocess.run(on_core(1, *words, f"http://127.0.0.1:{port}{path}"), text=True,
                         capture_output=True, check=True).stdout
    spent = cpu_s(pid) - before
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    assert bad is None, f"{path}: {bad[0]}"
    requests = int(re.search(r"(\d+) requests in", out)[1])
    return {"per_s": round(float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])),
            "per_cpu_s": round(requests / spent) if spent else None,
            "p50_ms": number(re.search(r"50%\s+(\S+)", out)[1]),
            "p99_ms": number(re.search(r"99%\s+(\S+)", out)[1])}


def thread_ms(pid):
    """CPU time of all threads of a process so far."""
    total = 0
    for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            total += int(stat.read_text().split()[0])
    return total / 1e6


def queued(took_ms, per_s, seed=5):
    """Waits and services of requests that come by chance, `per_s` a second."""
    chance, now, free, spent = random.Random(seed), 0.0, 0.0, []
    for _ in range(200_000):
        now += chance.expovariate(per_s / 1000)
        free = max(free, now) + chance.choice(took_ms)
        spent.append(free - now)
    spent.sort()
    return {"p50_ms": round(spent[len(spent) // 2], 2),
            "p99_ms": round(spent[len(spent) * 99 // 100], 2)}


def cold_alone(server, now, count):
    """Series that nobody asked before, one after the other: what each costs."""
    pid, port = server
    chance, took = random.Random(13), []
    by = ["country", "actor", "technique", "category", "source_country", "sector"]
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(count):
        to = now - chance.randint(0, 1200) * 60
        since = to - chance.randint(30, 1200) * 60
        before = thread_ms(pid)
        client.request("GET", f"/v1/series?by={chance.choice(by)}&step=1m"
                              f"&from={instant(since)}&to={instant(to)}", headers=AUTH)
        answer = client.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        took.append(thread_ms(pid) - before)
    client.close()
    return took


def get(port, path, headers=None):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    client.request("GET", path, headers={**AUTH, **(headers or {})})
    answer = client.getresponse()
    return answer.status, answer.getheader("ETag"), answer.read()


def instant(s):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(s))


def within_a_minute(seconds):
    """A wall's range moves each minute: start where it stays."""
    while time.time() % 60 > 58 - seconds:
        time.sleep(0.5)


def not_modified(server, path, seconds):
    port = server[1]
    within_a_minute(seconds)
    status, tag, _ = get(port, path)
    assert status == 200 and tag
    assert get(port, path, {"If-None-Match": tag})[0] == 304
    return wrk(server, path, seconds, {"If-None-Match": tag})


def measure(server, folder, seconds):
    port = server[1]
    now = int(time.time()) // 60 * 60
    day = f"/v1/series?by=country&step=1m&from={instant(now - 86400)}&to={instant(now)}"
    script = folder / "random.lua"
    script.write_text(RANDOM.format(now=now, seed=7))
    found = {}
    assert get(port, day)[0] == 200
    found["series_warm"] = wrk(server, day, seconds)
    found["series_304"] = not_modified(server, day, seconds)
    found["series_cold"] = wrk(server, "/", seconds, script=script)
    script.write_text(RANDOM.format(now=now, seed=11)
                      + REST.format(rest_ms=1000 * CONNECTIONS / OFFERED))
    found["series_cold_offered"] = wrk(server, "/", seconds, script=script)
    took = sorted(cold_alone(server, now, 1500)[500:])
    found["series_cold_cpu"] = {"mean_ms": round(sum(took) / len(took), 2),
                                "p99_ms": round(took[len(took) * 99 // 100], 2)}
    found["series_cold_queue"] = queued(took, OFFERED)
    took = []
    for i in range(9):
        today = now // 86400 * 86400
        path = (f"/v1/matrix?rows=actor&columns=country&n={i + 1}"
                f"&from={instant(today - 92 * 86400)}&to={instant(today - 2 * 86400)}")
        began = time.perf_counter()
        status, _, body = get(port, path)
        took.append((time.perf_counter() - began) * 1000)
        assert status == 200, body
    found["matrix_90d_ms"] = sorted(took)[len(took) // 2]
    return found


def median(of):
    return sorted(of)[len(of) // 2]


def in_turn(runs, rounds):
    """Each of `runs` after the other, several times; the medians."""
    found = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(run())
    return {name: {"per_s": median([one["per_s"] for one in all_]),
                   "cpu_us": round(median([1e6 / one["per_cpu_s"] for one in all_
                                           if one["per_cpu_s"]]), 2),
                   "p50_ms": median([one["p50_ms"] or 0 for one in all_]),
                   "p99_ms": median([one["p99_ms"] or 0 for one in all_])}
            for name, all_ in found.items()}


def beside(server, folder, seconds, rounds):
    """304s: the API's, and the same machine's nginx and libmicrohttpd, on the
    same core."""
    port, other = free_port(), free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    (folder / "wall.json").write_text("{}" * 2000)
    with running(on_core(0, "nginx", "-p", folder, "-c", folder / "nginx.conf"),
                 stderr=subprocess.DEVNULL) as nginx, \
            running(on_core(0, BUILD / "bench_mhd", other)) as mhd:
        await_port(port)
        await_port(other)
        return in_turn({
            "wall_304": lambda: not_modified(server, "/v1/wall", seconds),
            "nginx_304": lambda: not_modified((nginx.pid, port), "/wall.json", seconds),
            "mhd_304": lambda: wrk((mhd.pid, other), "/", seconds,
                                   {"If-None-Match": '"x"'})}, rounds)


def judged(found):
    wall, nginx = found["wall_304"], found["nginx_304"]
    return {  # the first, and what is offered, of a machine that does nothing else
        "wall 304s >= 80,000/s": wall["per_s"] >= 80_000,
        "wall 304s within 30 % of nginx, CPU": nginx["cpu_us"] >= 0.7 * wall["cpu_us"],
        "wall 304s within 30 % of nginx": wall["per_s"] >= 0.7 * nginx["per_s"],
        "series asked again >= 5,000/s": found["series_warm"]["per_s"] >= 5_000,
        "series cold >= 500/s": found["series_cold"]["per_s"] >= 500,
        "cold ones offered at 500/s: p99 < 10 ms":
            (found["series_cold_offered"]["p99_ms"] or 1e9) < 10,
        "the same with a core of their own": found["series_cold_queue"]["p99_ms"] < 10,
        "90-day matrix < 50 ms": found["matrix_90d_ms"] < 50}


def main():
    args = argparse.ArgumentParser(prog="dev/bench api", description=__doc__.splitlines()[0])
    args.add_argument("--seconds", type=int, default=8, help="of each run of wrk (8)")
    args.add_argument("--rounds", type=int, default=5, help="of 304s in turn (5)")
    args.add_argument("--minutes", type=int, default=2880, help="of the view (2,880)")
    args.add_argument("--cells", type=int, default=228, help="a minute and partition (228)")
    args.add_argument("--check", action="store_true", help="fail when an aim is missed")
    opt = args.parse_args()
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        folder, redis = Path(name), free_port()
        os.chmod(folder, 0o755)  # nginx's worker is another user
        with running(["redis-server", "--port", str(redis), "--save", "", "--dir", name],
                     stdout=subprocess.DEVNULL):
            await_port(redis)
            with running(on_core(0, BUILD / "bench_api", name, redis, opt.minutes, opt.cells),
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as api:
                word, port, cells = api.stdout.readline().split()
                assert word == "ready"
                found = {"cells": int(cells),
                         **measure((api.pid, int(port)), folder, opt.seconds),
                         **beside((api.pid, int(port)), folder, opt.seconds, opt.rounds)}
    found["aims"] = judged(found)
    print(json.dumps(found, indent=1))
    if opt.check and not all(found["aims"].values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
