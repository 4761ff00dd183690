#!/usr/bin/env python3
"""Show the demo: watch.py URL TOKEN [--once].

Prints counters by country as they grow and each alert as it fires. --once ends
as soon as the cross-border alert has been read back: 0; 1 when it has not come
within a minute.
"""
import json
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

url, token, once = sys.argv[1], sys.argv[2], "--once" in sys.argv
NAMES = {"MA": "Morocco", "IL": "Israel", "AE": "United Arab Emirates",
         "US": "United States", "BH": "Bahrain"}
PATIENCE_S = 60


def get(path):
    request = urllib.request.Request(url + path, headers={"Authorization": "Bearer " + token})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def counters():
    since = (datetime.now(timezone.utc) - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:00Z")
    rows = get(f"/v1/top?by=country&from={since}&n=10")["rows"]
    return {row["key"]["country"]: row["value"] for row in rows}


def show_counters(counts):
    most = max(counts.values(), default=1)
    print("\n  events in the last 30 minutes, by country")
    for country, n in sorted(counts.items(), key=lambda item: -item[1]):
        bar = "#" * max(1, round(32 * n / most))
        print(f"    {country}  {NAMES.get(country, ''):<21} {n:>6}  {bar}")


def show_alert(alert):
    group = ", ".join(f"{k} {v}" for k, v in alert["group"].items())
    print(f"\n  ALERT  {alert['title']}")
    print(f"         {group}; severity {alert['severity']}, {alert['state']}, "
          f"marking {alert['marking']}")
    print(f"         in {' -> '.join(in_order(alert))}; holds since {alert['start']}")
    print(f"         {url}/v1/alerts/{alert['id']}")


def in_order(alert):
    """The countries in the order in which they were reached."""
    seen = [(s["first"], s["value"]) for s in alert["first_seen"] if s["field"] == "country"]
    return list(dict.fromkeys(value for _, value in sorted(seen)))


def main():
    shown, last, end = set(), None, time.monotonic() + PATIENCE_S
    while True:
        try:
            counts, alerts = counters(), get("/v1/alerts")["alerts"]
        except (urllib.error.URLError, OSError) as error:
            counts, alerts = {}, []
            if time.monotonic() > end:
                print(f"demo: {url} does not answer: {error}", file=sys.stderr)
                return 1
        if counts and counts != last:
            show_counters(counts)
            last = counts
        for alert in alerts:
            if alert["id"] not in shown:
                shown.add(alert["id"])
                show_alert(alert)
                sys.stdout.flush()
                if once:
                    return 0
        if once and time.monotonic() > end:
            print("demo: no alert within a minute", file=sys.stderr)
            return 1
        if not once and shown and time.monotonic() > end:
            return 0
        sys.stdout.flush()
        time.sleep(0.3 if not shown else 2)


try:
    sys.exit(main())
except KeyboardInterrupt:
    sys.exit(130)
