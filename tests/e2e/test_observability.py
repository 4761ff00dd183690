"""vigie watches itself: the dashboard and the alert rules name what is there, and fire."""
import json
import re
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
import yaml
from campaigns import ACTOR_RULE
from events import many
from harness import TOP, Process, await_that, free_port

PROMETHEUS = TOP / "docker" / "prometheus"
DASHBOARD = TOP / "docker" / "grafana" / "vigie-itself.json"
OPERATIONS = (TOP / "docs" / "operations.md").read_text()


def metrics():
    """Every name that /metrics can show: the list in core, and what the API adds by label."""
    listed = re.findall(r"""^\s*X\(\w+,\s*"(\w+)",\s*'([cg])'""",
                        (TOP / "core" / "metric.h").read_text(), re.M)
    names = {name + ("_total" if kind == "c" else "") for name, kind in listed}
    return names | set(re.findall(r"^\| `(vigie_\w+)` \| gauge, by", OPERATIONS, re.M)) | {"up"}


def rules():
    return [rule for group in yaml.safe_load((PROMETHEUS / "vigie.rules.yml").read_text())["groups"]
            for rule in group["rules"]]


def queries():
    found = [(rule["alert"], rule["expr"]) for rule in rules()]
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        found += [(panel["title"], target["expr"]) for target in panel.get("targets", [])]
    return found


def test_every_metric_that_is_named_exists():
    have = metrics()
    assert len(have) > 60
    for where, query in queries():
        named = set(re.findall(r"\bvigie_\w+", query)) | ({"up"} if "up{" in query else set())
        assert named and named <= have, (where, named - have)


def test_the_gauges_by_label_are_ones_that_the_api_writes():
    sources = "".join(p.read_text() for p in (TOP / "api").glob("*.c"))
    for name in re.findall(r"^\| `(vigie_\w+)` \| gauge, by", OPERATIONS, re.M):
        assert name in sources, name


def test_the_rules_and_their_tests_pass_promtool():
    for words in (["check", "rules", "vigie.rules.yml"], ["test", "rules", "vigie.test.yml"]):
        done = subprocess.run(["promtool", *words], cwd=PROMETHEUS, text=True, capture_output=True,
                              check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_is_seen_to_fire_and_to_wait():
    tests = {t["name"]: t for t in yaml.safe_load((PROMETHEUS / "vigie.test.yml").read_text())["tests"]}
    assert {rule["alert"] for rule in rules()} == set(tests)
    for name, test in tests.items():
        fires = [bool(one["exp_alerts"]) for one in test["alert_rule_test"]]
        assert fires == [False, True], name


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_every_rule_says_where_to_read_on(rule):
    runbook = rule["annotations"]["runbook"]
    assert f"\n## {runbook}\n" in OPERATIONS or f"`{runbook}`" in OPERATIONS, runbook


def test_the_dashboard_is_whole():
    dashboard = json.loads(DASHBOARD.read_text())
    panels = dashboard["panels"]
    assert len({p["id"] for p in panels}) == len(panels) and dashboard["uid"] == "vigie-itself"
    cells = [(x, y) for p in panels for x in range(p["gridPos"]["x"], p["gridPos"]["x"] + p["gridPos"]["w"])
             for y in range(p["gridPos"]["y"], p["gridPos"]["y"] + p["gridPos"]["h"])]
    assert len(set(cells)) == len(cells), "two panels stand on one place"
    for p in panels:
        refs = [t["refId"] for t in p.get("targets", [])]
        assert len(set(refs)) == len(refs), p["title"]


def test_the_dashboards_queries_are_promql(tmp_path):
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "q", "rules": [
        {"record": f"q:{i}", "expr": query} for i, (_, query) in enumerate(queries())]}]}))
    done = subprocess.run(["promtool", "check", "rules", file], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def given(name, tmp_path):
    """A scrape configuration, with the files that are mounted where it runs."""
    (tmp_path / "metrics.token").write_text("token\n")
    text = (PROMETHEUS / name).read_text()
    assert text.count("/etc/prometheus/secrets/") == text.count("/etc/prometheus/vigie.rules.yml") == 1
    text = text.replace("/etc/prometheus/secrets", str(tmp_path)).replace("/etc/prometheus", str(PROMETHEUS))
    # Debian's is built without this way of finding targets; what it finds is test_helm's matter.
    text = text.replace("kubernetes_sd_configs: [{role: pod}]", "static_configs: [{targets: [a]}]")
    (tmp_path / name).write_text(text)
    return tmp_path / name


@pytest.mark.parametrize("name", ["prometheus.yml", "kubernetes.yml"])
def test_what_is_scraped_passes_promtool(tmp_path, name):
    done = subprocess.run(["promtool", "check", "config", given(name, tmp_path)], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0 and "SUCCESS" in done.stdout, done.stdout + done.stderr


def test_a_prometheus_scrapes_every_role_as_it_is_set_up(world, tmp_path):
    w = world(rules=[ACTOR_RULE], partitions=1)
    ports = {"ingest": free_port(), "alert": free_port(), "api": None}
    for role, port in ports.items():
        more = ("--set", f"http.metrics_address=127.0.0.1:{port}") if port else ()
        w.serve("--role", role, *more, http=port is None)
    ports["api"] = w.http_port
    config = yaml.safe_load(given("prometheus.yml", tmp_path).read_text())
    (tmp_path / "metrics.token").write_text(w.tokens["coalition"])
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    for one in config["scrape_configs"][0]["static_configs"]:
        one["targets"] = [f"127.0.0.1:{ports[one['labels']['role']]}"]
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump(config))
    port = free_port()
    server = Process(["prometheus", f"--config.file={tmp_path}/prometheus.yml",
                      f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{port}"],
                     tmp_path / "prometheus.log")

    def by_role(query):
        url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": query})
        try:
            with urllib.request.urlopen(url, timeout=10) as got:
                rows = json.load(got)["data"]["result"]
        except OSError:
            return {}
        return {row["metric"].get("role"): row["value"][1] for row in rows}

    try:
        await_that(lambda: by_role('up{job="vigie"}') == dict.fromkeys(ports, "1"),
                   lambda: f"every role is up: {by_role('up')}\n{server.tail()}", 60, 0.2)
        w.publish([("MA", e) for e in many("scraped", 50, int(time.time() * 1000) - 3_600_000, 1000)])
        await_that(lambda: by_role("vigie_ingest_counted_total > 0") == {"ingest": "50"}, server.tail, 60, 0.2)
        # What the autoscaler goes by.
        await_that(lambda: by_role('vigie_ingest_lag{role="ingest"}') == {"ingest": "0"}, server.tail, 60, 0.2)
        await_that(lambda: by_role("vigie_alert_leader == 1") == {"alert": "1"}, server.tail, 60, 0.2)
        await_that(lambda: by_role("sum by (role) (vigie_partition_lag)") == {"api": "0"}, server.tail, 60, 0.2)
    finally:
        server.kill()


def test_every_role_alone_tells_how_it_is_and_nothing_else(world):
    w = world(rules=[ACTOR_RULE], partitions=1)
    ports = {role: free_port() for role in ("ingest", "alert")}
    for role, port in ports.items():
        w.serve("--role", role, "--set", f"http.metrics_address=127.0.0.1:{port}", http=False)
    w.publish([("MA", e) for e in many("roles", 50, int(time.time() * 1000) - 3_600_000, 1000)])
    w.await_counted()
    said = {}
    for role, w.http_port in ports.items():
        await_that(lambda: w.status("/readyz") == 200, f"{role} is ready", 60)
        assert w.status("/livez") == 200
        assert (w.status("/metrics"), w.status("/metrics", "MA")) == (401, 403)
        status, _, body = w.request("/metrics", "coalition")
        assert status == 200
        said[role] = body.decode()
        for path in ("/", "/v1/series?by=country&step=1m", "/v1/alerts", "/v1/sign-in", "/taxii2/",
                     "/exercise/v1/alerts"):
            assert w.status(path, "coalition") == 404, (role, path)
    assert "vigie_ingest_counted_total 50\n" in said["ingest"] and "vigie_ingest_lag 0\n" in said["ingest"]
    assert "vigie_alert_leader 1\n" in said["alert"]
    # What is of all processes is told by those of the role api.
    assert not any("vigie_partition_lag" in text for text in said.values())
    assert all(p.stop() == 0 for p in w.running)
