"""The Helm chart: what it renders is Kubernetes', runs what the image has, and nothing else."""
import os
import re
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml
from harness import TOP, VIGIE

CHART = TOP / "docker" / "helm"
PROMETHEUS = TOP / "docker" / "prometheus"
CACHE = Path(os.environ.get("VIGIE_CACHE") or Path.home() / ".cache" / "vigie")
HELM = shutil.which("helm") or str(CACHE / "helm" / "helm")
ROLES = ["ingest", "alert", "api"]
needs_helm = pytest.mark.skipif(not os.access(HELM, os.X_OK), reason="dev/setup helm was not run")


def values():
    return yaml.safe_load((CHART / "values.yaml").read_text())


def schema():
    return yaml.safe_load((CHART / "values.schema.json").read_text())


def helm(*words, check=True):
    done = subprocess.run([HELM, *(str(w) for w in words)], text=True, capture_output=True, check=False)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def rendered(*words):
    """{(kind, name): object} of the chart, with `words` of helm."""
    text = helm("template", "watch", CHART, "--kube-version", "1.31.0", *words).stdout
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text) if one}


def test_the_charts_version_is_vigies():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    version = re.search(r"^project\(vigie VERSION ([\d.]+) ", (TOP / "CMakeLists.txt").read_text(), re.M)[1]
    assert chart["version"] == chart["appVersion"] == version


def test_the_values_are_what_their_schema_takes_and_no_others_are():
    jsonschema.validate(values(), schema())
    for wrong in ({"replicas": 2}, {"api": {"replicas": 0}}, {"ingest": {"replicas": 1, "autoscaling": {
            "enabled": True, "metric": "lag"}}}, {"config": {}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**values(), **wrong}, schema())


def test_the_autoscalers_metric_is_one_that_vigie_has():
    metric = values()["ingest"]["autoscaling"]["metric"]
    assert f"| `{metric}` |" in (TOP / "docs" / "operations.md").read_text()


@needs_helm
def test_lint_has_nothing_to_say():
    said = helm("lint", "--strict", CHART).stdout
    assert "0 chart(s) failed" in said and "[WARNING]" not in said and "[ERROR]" not in said, said


@needs_helm
def test_what_it_renders_is_what_kubernetes_takes():
    import kubernetes_validate
    objects = rendered()
    kinds = [kind for kind, _ in objects]
    assert kinds.count("Deployment") == kinds.count("PodDisruptionBudget") == 3
    assert kinds.count("HorizontalPodAutoscaler") == kinds.count("Service") == kinds.count("ConfigMap") == 1
    for one in objects.values():
        kubernetes_validate.validate(one, "1.31", strict=True)


@needs_helm
@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_a_deployment_that_is_probed_and_can_do_little(role):
    objects = rendered()
    pod = objects["Deployment", f"watch-{role}"]["spec"]["template"]
    [box] = pod["spec"]["containers"]
    assert [box["args"][i + 1] for i, word in enumerate(box["args"]) if word == "--role"] == [role]
    assert box["ports"] == [{"name": "http", "containerPort": 8080}]
    for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
        assert (box[probe]["httpGet"]["path"], box[probe]["httpGet"]["port"]) == (path, "http")
    # What it probes is there: the API, or what tells of a process without it.
    http = yaml.safe_load(objects["ConfigMap", "watch"]["data"]["vigie.yaml"])["http"]
    assert http["address" if role == "api" else "metrics_address"] == "0.0.0.0:8080"
    assert pod["spec"]["securityContext"]["runAsNonRoot"] and not pod["spec"]["automountServiceAccountToken"]
    assert box["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                      "capabilities": {"drop": ["ALL"]}}
    user = re.search(r"useradd .*--uid (\d+)", (TOP / "docker" / "Dockerfile").read_text())[1]
    assert pod["spec"]["securityContext"]["runAsUser"] == int(user)
    budget = objects["PodDisruptionBudget", f"watch-{role}"]["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()


@needs_helm
def test_ingest_grows_with_lag_and_the_service_leads_to_api():
    objects = rendered()
    scaler = objects["HorizontalPodAutoscaler", "watch-ingest"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == "watch-ingest"
    [metric] = scaler["metrics"]
    assert metric["type"] == "Pods" and metric["pods"]["metric"]["name"] == "vigie_ingest_lag"
    assert metric["pods"]["target"] == {"type": "AverageValue", "averageValue": "20000"}
    assert "replicas" not in objects["Deployment", "watch-ingest"]["spec"]
    fixed = rendered("--set", "ingest.autoscaling.enabled=false")
    assert fixed["Deployment", "watch-ingest"]["spec"]["replicas"] == 2
    assert ("HorizontalPodAutoscaler", "watch-ingest") not in fixed
    assert objects["Service", "watch"]["spec"]["selector"]["app.kubernetes.io/component"] == "api"


@needs_helm
def test_prometheus_finds_every_pod_and_the_autoscaler_its_metric():
    objects = rendered()
    scrape = yaml.safe_load((PROMETHEUS / "kubernetes.yml").read_text())["scrape_configs"][0]
    assert scrape["job_name"] == "vigie", "the name that the alert rules ask for"
    keep = next(one for one in scrape["relabel_configs"] if one.get("action") == "keep")
    added = {one["target_label"]: one["source_labels"] for one in scrape["relabel_configs"] if "target_label" in one}
    for role in ROLES:
        pod = objects["Deployment", f"watch-{role}"]["spec"]["template"]
        [box] = pod["spec"]["containers"]
        meta = {"__meta_kubernetes_pod_label_" + re.sub(r"\W", "_", label): value
                for label, value in pod["metadata"]["labels"].items()}
        meta["__meta_kubernetes_pod_container_port_name"] = box["ports"][0]["name"]
        assert re.fullmatch(keep["regex"], ";".join(meta[label] for label in keep["source_labels"]))
        assert meta[added["role"][0]] == role
    [rule] = yaml.safe_load((PROMETHEUS / "adapter.yml").read_text())["rules"]
    metric = values()["ingest"]["autoscaling"]["metric"]
    assert rule["seriesQuery"].startswith(metric + '{role="ingest"')
    assert set(rule["resources"]["overrides"]) == {"namespace", "pod"} <= set(added)


@needs_helm
def test_a_changed_configuration_starts_new_processes():
    def mark(*words):
        return rendered(*words)["Deployment", "watch-api"]["spec"]["template"]["metadata"]["annotations"]
    assert mark() == mark() != mark("--set", "config.ingest.workers=4")


@needs_helm
def test_the_configuration_that_it_renders_is_good(tmp_path):
    text = rendered()["ConfigMap", "watch"]["data"]["vigie.yaml"]
    assert yaml.safe_load(text)["http"]["address"] == "0.0.0.0:8080"
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "hash.key").write_bytes(os.urandom(16))
    for name in ("tokens", "kafka.password", "kafka-ca.crt", "redis.password", "redis-ca.crt"):
        (secrets / name).write_text("" if name == "tokens" else "x\n")
        (secrets / name).chmod(0o640)
    config = tmp_path / "vigie.yaml"
    config.write_text(text.replace("/usr/share/vigie/rules", str(TOP / "rules")))
    done = subprocess.run([VIGIE, "check", "-c", config], text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    refused = helm("template", "watch", CHART, "--kube-version", "1.31.0", "--set", "replicas=3", check=False)
    assert refused.returncode != 0 and "replicas" in refused.stderr
