"""vigie watches itself: the dashboard and the alert rules name what is there, and fire."""
import json
import re
import subprocess

import pytest
import yaml
from harness import TOP

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
