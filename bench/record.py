"""What was measured, kept as JSON: one record a run, never a figure twice.

A file is {"machine": ..., "runs": [...]}. A run is named by what was run (its
key); a benchmark that is driven in slices looks here for what it has already.
"""
import fcntl
import json
import os
import platform
import statistics
import subprocess
import time
from pathlib import Path

BENCH = Path(__file__).resolve().parent
RESULTS = BENCH / "results"


def first_line(*words):
    """What a program says of its version; "" where it is not."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return (done.stdout + done.stderr).strip().splitlines()[0]


def machine():
    facts = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines()
                 if ":" in line)
    name = {k.strip(): v.strip() for k, v in facts.items()}.get("model name", "")
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines()
                   if "=" in line)
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / (1 << 20)
    return {"processors": os.cpu_count(), "processor": name, "memory_gib": round(memory, 1),
            "kernel": platform.release(), "system": release["PRETTY_NAME"].strip('"'),
            "redis": first_line("redis-server", "--version"),
            "java": first_line("java", "-version"),
            "vigie": first_line("git", "-C", str(BENCH), "rev-parse", "--short", "HEAD")}


def stamp():
    """When and on how busy a machine a run began."""
    return {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "load": [float(x) for x in Path("/proc/loadavg").read_text().split()[:3]]}


def same(run, key):
    return all(run.get(name) == value for name, value in key.items())


class Record:
    """A file of runs; several processes may add to it, one run at a time."""

    def __init__(self, path):
        self.path = Path(path)

    def read(self):
        if not self.path.exists() or not self.path.stat().st_size:
            return {"machine": machine(), "runs": []}
        return json.loads(self.path.read_text())

    def find(self, **key):
        return [run for run in self.read()["runs"] if same(run, key)]

    def add(self, key, run):
        """Put `run` in, in place of one of the same key."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path.with_suffix(".lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            doc = self.read()
            doc["runs"] = [r for r in doc["runs"] if not same(r, key)] + [{**key, **run}]
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(doc, indent=1) + "\n")
            fresh.rename(self.path)


def spread(runs, what):
    """Least, middle and most of a figure over runs; None where no run has it."""
    values = [run[what] for run in runs if run.get(what) is not None]
    if not values:
        return None
    return {"min": min(values), "median": statistics.median(values), "max": max(values)}
