"""Clients of others' protocols work as they are: Debian's promtool, prometheus
and amtool, Python's libraries of Prometheus, STIX and TAXII, the shipped
dashboard."""
import json
import re
import subprocess
import time
import urllib.parse
from pathlib import Path

import pytest
from events import many
from harness import TOP, Process, World, await_that, free_port

RULE = """
id: cross-border-actor
title: One actor, three countries
match: {confidence: {gte: 0}}
group_by: [actor]
window: 6h
condition: {country: {distinct: 3}}
severity: 8
"""


@pytest.fixture(scope="module")
def prom(tmp_path_factory, brokers):
    """A world whose events lie between two hours and ten minutes ago."""
    folder = tmp_path_factory.mktemp("prom")
    (folder / "rule.yaml").write_text(RULE)
    w = World(folder, brokers, partners=["MA", "IL"], partitions=1, rules=[folder / "rule.yaml"])
    w.serve()
    now = int(time.time() * 1000)
    events = many(7, 3000, now - 7_200_000, 6_600_000)
    events += many(8, 300, now - 7_200_000, 6_600_000, releasable_to=["MA"])
    w.publish([("MA" if n % 3 or n >= 3000 else "IL", e) for n, e in enumerate(events)])
    w.await_counted()
    await_that(lambda: w.alerts("MA"), "an alert")
    total = sum(e["count"] for e in events)
    await_that(lambda: sum(series(w, "MA", "country", now - 8_000_000, now).values())
               == total, "the view holds every event")
    w.hour_ms = (now - 600_000) // 60_000 * 60_000  # a whole minute, all before is settled
    yield w
    w.close()


def url(w, viewer="MA"):
    return f"http://token:{w.token(viewer)}@127.0.0.1:{w.http_port}"


def promtool(w, *words):
    done = subprocess.run(["promtool", "query", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ask(w, query, viewer="MA", **params):
    form = urllib.parse.urlencode({"query": query, **params})
    path = "query_range" if "start" in params else "query"
    return w.get(f"/api/v1/{path}?{form}", viewer)["data"]["result"]


def series(w, viewer, by, start_ms, end_ms):
    found = w.get("/v1/series?step=1m&" + urllib.parse.urlencode(
        {"by": by, "from": instant(start_ms), "to": instant(end_ms)}), viewer)
    return {row["key"][by]: sum(v or 0 for v in row["values"]) for row in found["series"]}


def instant(ms):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms / 1000))


@pytest.mark.parametrize("viewer", ["MA", "IL", "coalition"])
def test_increase_is_exactly_what_series_says(prom, viewer):
    want = series(prom, viewer, "country", prom.hour_ms - 3_600_000, prom.hour_ms)
    assert want
    got = ask(prom, "sum by (country) (increase(vigie_events_total[1h]))", viewer,
              time=prom.hour_ms / 1000)
    assert {r["metric"]["country"]: int(r["value"][1]) for r in got} == want
    for country, count in want.items():
        one = ask(prom, f'increase(vigie_events_total{{country="{country}"}}[1h])', viewer,
                  time=prom.hour_ms / 1000)
        assert one[0]["value"][1] == str(count)
    each = ask(prom, 'sum by (country) (increase(vigie_events_total[1m]))', viewer, step=60,
               start=(prom.hour_ms - 3_540_000) / 1000, end=prom.hour_ms / 1000)
    sums = {r["metric"]["country"]: sum(int(v) for _, v in r["values"]) for r in each}
    assert sums == want


def test_promtool_reads(prom):
    at = str(prom.hour_ms // 1000)
    out = promtool(prom, "instant", f"--time={at}", url(prom),
                   'increase(vigie_events_total{country="MA"}[1h])')
    want = series(prom, "MA", "country", prom.hour_ms - 3_600_000, prom.hour_ms)["MA"]
    assert f"=> {want} @" in out
    out = promtool(prom, "range", f"--start={int(at) - 600}", f"--end={at}", "--step=1m", url(prom),
                   "sum(rate(vigie_events_total[5m]))")
    assert len(re.findall(r"\d @\[", out)) == 11
    out = promtool(prom, "series", '--match=vigie_events_total{country!=""}', url(prom))
    assert 'country="MA"' in out
    out = promtool(prom, "labels", url(prom), "country")
    assert "MA" in out.split()


def test_the_python_library_reads(prom):
    from prometheus_api_client import PrometheusConnect
    client = PrometheusConnect(url=f"http://127.0.0.1:{prom.http_port}",
                               headers={"Authorization": "Bearer " + prom.token("MA")})
    assert client.check_prometheus_connection()
    assert "vigie_events_total" in client.all_metrics()
    got = client.custom_query("topk(3, sum by (actor) (increase(vigie_events_total[1h])))")
    assert len(got) == 3
    got = client.get_label_values("country")
    assert "MA" in got


def test_the_go_library_reads(prom, tmp_path):
    """client_golang, with answers equal to what is read without it."""
    built = subprocess.run(["go", "build", "-o", tmp_path / "goclient", "."], cwd=Path(__file__).with_name("goclient"),
                           capture_output=True, text=True, timeout=600)
    assert built.returncode == 0, built.stderr
    at = prom.hour_ms // 1000
    query = "sum by (country) (increase(vigie_events_total[1h]))"
    done = subprocess.run([tmp_path / "goclient", f"http://127.0.0.1:{prom.http_port}", prom.token("MA"), query, str(at)],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)
    want = series(prom, "MA", "country", prom.hour_ms - 3_600_000, prom.hour_ms)
    assert {r["metric"]["country"]: int(r["value"][1]) for r in got["instant"]} == want
    assert {r["metric"]["country"] for r in got["range"]} == set(got["countries"]) == set(want)
    assert all(len(r["values"]) == 11 for r in got["range"])
    assert got["scalar"][1] == "2"
    assert {"__name__", "actor", "country"} <= set(got["labels"])
    assert {s["country"] for s in got["series"]} == set(want)
    assert got["metadata"]["vigie_events_total"][0]["type"] == "counter"
    assert got["version"].startswith("2.")
    assert got["rules"]["groups"][0]["rules"][0]["name"] == "cross-border-actor"
    assert len(got["alerts"]["alerts"]) == len(prom.get("/v1/alerts?state=firing", "MA")["alerts"])
    assert got["refused"]["type"] == "bad_data" and "histogram_quantile" in got["refused"]["msg"]


def dashboard():
    doc = json.loads((TOP / "docker" / "grafana" / "vigie.json").read_text())
    for panel in doc["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target


@pytest.mark.parametrize("title, target", dashboard())
def test_every_query_of_the_dashboard_answers(prom, title, target):
    query = target["expr"].replace("$__rate_interval", "4m").replace("$country", "MA")
    assert "$" not in query
    end = prom.hour_ms / 1000
    times = {"time": time.time()} if target["instant"] else \
        {"start": end - 3600, "end": end, "step": 60}
    got = ask(prom, query, **times)
    assert got, title
    for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
        assert label in got[0]["metric"], title


def test_grafanas_own_calls(prom):
    got = prom.get("/api/v1/label/country/values?match%5B%5D=vigie_events_total")["data"]
    assert "MA" in got
    assert prom.get("/api/v1/query?query=1%2B1&time=4")["data"] == {
        "resultType": "scalar", "result": [4, "2"]}
    assert prom.get("/api/v1/metadata")["data"]["vigie_events_total"][0]["type"] == "counter"
    assert prom.get("/api/v1/status/buildinfo")["data"]["version"].startswith("2.")


def test_amtool_and_rules_show_what_fires(prom, tmp_path):
    config = tmp_path / "http.yml"
    config.write_text(f"authorization: {{credentials: '{prom.token('MA')}'}}\n")
    here = f"--alertmanager.url=http://127.0.0.1:{prom.http_port}"
    done = subprocess.run(["amtool", here, f"--http.config.file={config}", "alert", "query",
                           "alertname=cross-border-actor", "-o", "json"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown and shown[0]["labels"]["alertname"] == "cross-border-actor"
    fires = prom.get("/api/v1/rules", "MA")["data"]["groups"][0]["rules"][0]
    assert fires["name"] == "cross-border-actor" and fires["alerts"]
    total = ask(prom, "sum(vigie_alerts_firing)")[0]["value"][1]
    assert int(total) == len(fires["alerts"]) == len(prom.get("/v1/alerts?state=firing",
                                                              "MA")["alerts"])


def test_a_prometheus_federates(prom, tmp_path):
    port = free_port()
    (tmp_path / "token").write_text(prom.token("MA"))
    (tmp_path / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": "3s", "scrape_timeout": "3s"},
        "scrape_configs": [{
            "job_name": "vigie", "metrics_path": "/federate", "honor_labels": True,
            "params": {"match[]": ['vigie_events_total{country!=""}', "vigie_alerts_firing"]},
            "authorization": {"credentials_file": "token"},
            "static_configs": [{"targets": [f"127.0.0.1:{prom.http_port}"]}]}]}))
    await_that(lambda: prom.status("/v1/me", "MA") == 200, "the token is in force")
    server = Process(["prometheus", f"--config.file={tmp_path}/prometheus.yml",
                      f"--storage.tsdb.path={tmp_path}/data",
                      f"--web.listen-address=127.0.0.1:{port}"], tmp_path / "log")

    def scraped():
        done = subprocess.run(["promtool", "query", "instant", f"http://127.0.0.1:{port}",
                               "vigie_events_total"], capture_output=True, text=True, timeout=60)
        return done.stdout if "country=" in done.stdout else None
    try:
        await_that(scraped, lambda: f"a scrape\n{server.tail()}", 90, every=0.5)
    finally:
        server.stop()


def bundles(prom, viewer):
    for alert in prom.alerts(viewer):
        yield prom.get(f"/v1/alerts/{alert['id']}/stix", viewer)


def test_stix_libraries_accept_every_object(prom):
    import stix2
    from stix2validator import ValidationOptions, validate_instance
    seen = set()
    for bundle in list(bundles(prom, "MA"))[:10]:
        parsed = stix2.parse(bundle, allow_custom=False)
        refs = {o["id"] for o in bundle["objects"]}
        for o, made in zip(bundle["objects"], parsed.objects):
            seen.add(o["type"])
            result = validate_instance(o, ValidationOptions(version="2.1"))
            assert result.is_valid, (o, [str(e) for e in result.errors])
            assert made["id"] == o["id"]
            for name, value in o.items():
                if name.endswith("_ref"):
                    assert value in refs
                elif name.endswith("_refs"):
                    assert set(value) <= refs
    assert {"grouping", "identity", "intrusion-set", "location", "sighting",
            "marking-definition"} <= seen


def test_an_alert_is_the_same_objects_each_time(prom):
    assert list(bundles(prom, "MA")) == list(bundles(prom, "MA"))


def test_the_taxii_client_reads_all_that_a_viewer_sees(prom):
    from taxii2client.v21 import Server, as_pages
    here = f"http://127.0.0.1:{prom.http_port}/taxii2/"
    server = Server(here, user="token", password=prom.token("MA"))
    root = server.default
    assert root.title == "vigie"
    [collection] = root.collections
    assert collection.can_read and not collection.can_write
    whole = [o for page in as_pages(collection.get_objects, per_request=50)
             for o in page.get("objects", [])]
    ids = [o["id"] for o in whole]
    assert len(ids) == len(set(ids))
    want = {o["id"] for b in bundles(prom, "MA") for o in b["objects"]}
    assert set(ids) == want
    manifest = collection.get_manifest()["objects"]
    assert [m["id"] for m in manifest] == ids[:len(manifest)]
    assert [m["date_added"] for m in manifest] == sorted(m["date_added"] for m in manifest)
    one = collection.get_object(ids[0])["objects"]
    assert one == [whole[0]]
    assert collection.object_versions(ids[0])["versions"] == [manifest[0]["version"]]
    last = manifest[-1]["date_added"]
    assert collection.get_objects(added_after=last).get("objects", []) == []
    groupings = collection.get_objects(type="grouping")["objects"]
    assert {o["type"] for o in groupings} == {"grouping"}


def test_taxii_says_no_as_the_standard_has_it(prom):
    import requests
    here = f"http://127.0.0.1:{prom.http_port}/taxii2/"
    kind = "application/taxii+json;version=2.1"
    own = {"auth": ("token", prom.token("MA")), "headers": {"Accept": kind}}
    found = requests.get(here + "vigie/collections/", **own)
    assert found.headers["Content-Type"] == kind
    mine = found.json()["collections"][0]["id"]
    other = requests.get(here + "vigie/collections/", headers={"Accept": kind},
                         auth=("token", prom.token("IL"))).json()["collections"][0]["id"]
    assert mine != other
    assert requests.get(f"{here}vigie/collections/{other}/objects/", **own).status_code == 404
    assert requests.get(f"{here}vigie/collections/{mine}/objects/x--1/", **own).status_code == 404
    first = requests.get(f"{here}vigie/collections/{mine}/objects/?limit=2", **own)
    assert first.json()["more"] and len(first.json()["objects"]) == 2
    assert "X-TAXII-Date-Added-First" in first.headers
    assert requests.post(f"{here}vigie/collections/{mine}/objects/", **own).status_code == 405
    none = requests.get(here, headers={"Accept": kind})
    assert none.status_code == 401 and none.headers["WWW-Authenticate"].startswith("Basic")
    wrong = requests.get(here, auth=own["auth"], headers={"Accept": "text/html"})
    assert wrong.status_code == 406


def test_pymisp_reads_the_feed(prom):
    from pymisp import MISPEvent
    manifest = prom.get("/misp/manifest.json", "MA")
    assert len(manifest) == len(prom.alerts("MA"))
    for uuid, line in list(manifest.items())[:10]:
        event = MISPEvent()
        event.load(prom.get(f"/misp/{uuid}.json", "MA"))
        assert event.uuid == uuid and event.info == line["info"]
        [(_, meant)] = event.manifest.items()  # as PyMISP would write it
        assert {k: str(v) for k, v in meant.items() if k not in ("Orgc", "Tag", "timestamp")} == {
            k: v for k, v in line.items() if k not in ("Orgc", "Tag", "timestamp")}
        assert [t.name for t in event.tags] == [t["name"] for t in line["Tag"]]
        seen = {a.type for a in event.attributes}
        assert {"threat-actor", "target-location", "text"} <= seen


TAXII = "application/taxii+json;version=2.1"


@pytest.fixture(scope="module")
def taxii(prom):
    """get(path under the collection, params) -> the answer, as the reference server is asked."""
    import requests
    root = f"http://127.0.0.1:{prom.http_port}/taxii2/vigie/"
    own = {"auth": ("token", prom.token("MA")), "headers": {"Accept": TAXII}}
    mine = requests.get(root + "collections/", **own).json()["collections"][0]["id"]

    def get(path="", **params):
        wanted = {name.replace("match_", "match[") + "]" * name.startswith("match_"): value
                  for name, value in params.items()}
        return requests.get(f"{root}collections/{mine}/{path}", params=wanted, **own)
    get.root, get.own = root, own
    last, since = None, time.monotonic()

    def still():
        nonlocal last, since
        now = get("manifest/").json()
        if now != last:
            last, since = now, time.monotonic()
        return time.monotonic() - since > 3
    await_that(still, "every alert is written", 120, 0.3)
    return get


def good(answer):
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, TAXII), answer.text
    return answer.json()


# What follows are the facts that medallion, the standard's reference server, holds its own
# answers to, of all that only reads.

@pytest.mark.parametrize("path, name", [("objects/", "objects"), ("manifest/", "objects")])
def test_taxii_pages_as_the_reference_server_does(taxii, path, name):
    added = [m["date_added"] for m in good(taxii("manifest/"))["objects"]]
    whole = good(taxii(path))
    assert whole["more"] is False and len(whole[name]) == len(added) > 10
    found, next_page = [], {}
    while True:
        page = taxii(path, limit=7, **next_page)
        doc = good(page)
        at = len(found)
        found += doc[name]
        assert page.headers["X-TAXII-Date-Added-First"] == added[at]
        assert page.headers["X-TAXII-Date-Added-Last"] == added[len(found) - 1]
        if not doc["more"]:
            break
        assert len(doc[name]) == 7
        next_page = {"next": doc["next"]}
    assert found == whole[name]
    assert added == sorted(added)
    some = good(taxii(path, limit=2))
    other = taxii(path, limit=2, next=some["next"], match_version="first", match_type="location")
    assert other.status_code == 400 and other.headers["Content-Type"] == TAXII
    assert taxii(path, limit=-20).status_code == 400


@pytest.mark.parametrize("path", ["objects/", "manifest/"])
def test_taxii_filters_as_the_reference_server_does(taxii, path):
    whole = good(taxii(path))["objects"]
    objects = good(taxii("objects/"))["objects"]
    manifest = good(taxii("manifest/"))["objects"]
    one = objects[0]["id"]
    assert [o["id"] for o in good(taxii(path, match_id=one))["objects"]] == [one]
    kinds = [o["id"] for o in good(taxii(path, match_type="sighting"))["objects"]]
    assert kinds == [o["id"] for o in objects if o["type"] == "sighting"] != []
    for version in ("first", "last", "all"):
        assert good(taxii(path, match_version=version))["objects"] == whole
    version = manifest[-1]["version"]
    assert [o["id"] for o in good(taxii(path, match_version=version))["objects"]] == [
        m["id"] for m in manifest if m["version"] == version]
    for spec in ("2.1", "2.0,2.1"):
        assert good(taxii(path, match_spec_version=spec))["objects"] == whole
    assert good(taxii(path, match_spec_version="2.0")) == {}
    assert all(o["spec_version"] == "2.1" for o in objects)
    assert all(m["media_type"] == "application/stix+json;version=2.1" for m in manifest)
    half = manifest[len(manifest) // 2]["date_added"]
    later = good(taxii(path, added_after=half)).get("objects", [])
    assert [o["id"] for o in later] == [m["id"] for m in manifest if m["date_added"] > half]


def test_taxii_gives_one_object_as_the_reference_server_does(taxii):
    first = good(taxii("manifest/"))["objects"][0]
    path = f"objects/{first['id']}/"
    for answer in (taxii(path), taxii(path + "versions/")):
        assert answer.headers["X-TAXII-Date-Added-First"] == first["date_added"]
        assert answer.headers["X-TAXII-Date-Added-Last"] == first["date_added"]
    assert [o["id"] for o in good(taxii(path))["objects"]] == [first["id"]]
    for version in ("first", "last", "all", first["version"]):
        assert len(good(taxii(path, match_version=version))["objects"]) == 1
    assert good(taxii(path + "versions/", limit=1)) == {
        "more": False, "versions": [first["version"]]}
    for one in (path, path + "versions/"):
        assert good(taxii(one, added_after=first["date_added"])) == {}
        assert good(taxii(one, added_after="2020-01-01T00:00:00Z"))["more"] is False


def test_taxii_refuses_as_the_reference_server_does(taxii):
    import requests
    none = "collections/24042009-0000-4000-8000-000000000000/"
    for path in ("collections/", none + "manifest/", none + "objects/", none + "objects/malware--1/"):
        assert requests.get(taxii.root + path, headers={"Accept": TAXII}).status_code == 401, path
    for path in (none, none + "manifest/", none + "objects/", none + "objects/malware--1/",
                 "../carbon1/", "../carbon1/collections/", "status/22101993/"):
        assert requests.get(taxii.root + path, **taxii.own).status_code == 404, path
    assert taxii("objects/malware--cee60c30-a68c-11e3-b0c1-a01aac20d000/").status_code == 404
