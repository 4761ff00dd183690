"""What throughput the costs of an event allow. A cost is microseconds of CPU."""

WORKERS = 2  # ingest.workers of each process that was measured
PARTS = ("ingest", "alert", "redis", "broker")


def model(costs, processes, shards, cores):
    """Events/s that costs allow to so many ingest processes and Redis, and what ends it.

    Each is a ceiling of its own: all processors, the threads that count, and
    the one thread on which a Redis runs its scripts.
    """
    limits = {"processors": cores * 1e6 / sum(costs[p] for p in PARTS),
              "threads of ingest": processes * WORKERS * 1e6 / costs["ingest"],
              "Redis": shards * 1e6 / costs["redis"]}
    what = min(limits, key=limits.get)
    return {"model_per_s": limits[what], "model_limit": what}


def machines(costs, rate, load):
    """What `rate` events/s need when nothing is loaded beyond `load` (0 to 1): cores, and Redis."""
    need = {p: rate * costs[p] / 1e6 / load for p in PARTS}
    return {**need, "cores": sum(need.values())}
