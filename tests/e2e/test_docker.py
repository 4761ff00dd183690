"""What docker/ says, checked without Docker: packages, compose file, configuration."""
import os
import re
import shutil
import subprocess

import jsonschema
import pytest
import yaml
from harness import TOP

BIN = os.environ.get("VIGIE_BIN", str(TOP / "build" / "vigie"))
DOCKER = TOP / "docker"
# Service of the compose file: its role.
ROLES = {"ingest": "ingest", "alert": "alert", "vigie": "api"}
# Of dev/setup's list, what runs beside vigie and is no part of its build.
BESIDE = {"redis-server", "redis-tools", "curl"}


def stages():
    """The packages that each stage of the Dockerfile installs."""
    text = (DOCKER / "Dockerfile").read_text().replace("\\\n", " ")
    return [set(re.search(r"--no-install-recommends (.*?) &&", stage).group(1).split())
            for stage in re.split(r"^FROM .*$", text, flags=re.M)[1:]]


def setup_packages():
    text = (TOP / "dev" / "setup").read_text()
    return set(re.search(r"^build_packages=\((.*?)\)", text, re.M | re.S).group(1).split())


def compose():
    return yaml.safe_load((DOCKER / "compose.yaml").read_text())


def test_the_image_is_built_from_the_packages_of_dev_setup():
    build, _ = stages()
    assert build == setup_packages() - BESIDE


def test_the_image_holds_every_library_that_the_binary_needs():
    shown = subprocess.run(["ldd", BIN], text=True, capture_output=True, check=True).stdout
    direct = set(re.findall(r"\[(.*?)\]", subprocess.run(
        ["readelf", "-d", BIN], text=True, capture_output=True, check=True).stdout))
    needed = set()
    for name, path in re.findall(r"^\s*(\S+) => (\S+)", shown, re.M):
        if name in direct:
            found = subprocess.run(["dpkg", "-S", f"*/{os.path.basename(path)}"], text=True,
                                   capture_output=True, check=True).stdout
            needed |= {line.split(":")[0] for line in found.splitlines()
                       if not line.split(":")[0].endswith("-dev")}
    _, run = stages()  # of Debian 13, whose names have other numbers; dev/image looks into it

    def bare(names):
        return {re.sub(r"[\d.-]+(t64)?$", "", name) for name in names}

    assert bare(needed - {"libc6", "libc6-i386", "libc6-dbg"}) <= bare(run), (needed, run)


def test_the_image_runs_as_a_user_of_its_own_what_vigie_has():
    text = (DOCKER / "Dockerfile").read_text()
    assert re.search(r"^USER vigie$", text, re.M)
    entry = re.search(r"^ENTRYPOINT \[\"(.*)\"\]$", text, re.M).group(1)
    assert entry == "/usr/bin/vigie" and f"/vigie {entry}" in text
    for source in re.findall(r"^COPY (?!--from)(\S+)", text, re.M):
        assert (TOP / source).exists(), source


def test_the_compose_file_mounts_what_is_there_and_starts_what_vigie_can():
    services = compose()["services"]
    assert {"kafka", "redis", "socket", "topics", *ROLES, "prometheus", "grafana"} == set(services)
    for name, service in services.items():
        for needed in service.get("depends_on", []):
            assert needed in services, (name, needed)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./") and not source.startswith("./secrets"):  # made by who runs it
                assert (DOCKER / source).exists(), source
            elif not source.startswith("./"):
                assert source in compose()["volumes"], source
    words = services["topics"]["command"].split()
    assert words == ["topics", "-c", "/etc/vigie/vigie.yaml"]
    assert "maxmemory-policy noeviction" in (DOCKER / "redis" / "redis.conf").read_text()
    for service, role in ROLES.items():
        assert services[service]["read_only"] and services[service]["cap_drop"] == ["ALL"]
        assert services[service]["command"].split() == ["serve", "-c", "/etc/vigie/vigie.yaml", "--role", role]
    assert services["kafka"]["environment"]["KAFKA_LOG_MESSAGE_TIMESTAMP_TYPE"] == "LogAppendTime"
    assert all(port.startswith("127.0.0.1:") for s in services.values() for port in s.get("ports", []))


def test_the_configuration_names_the_services_of_the_compose_file():
    config = yaml.safe_load((DOCKER / "vigie.yaml").read_text())
    services = compose()["services"]
    assert config["kafka"]["brokers"].split(":")[0] in services
    socket = config["redis"]["address"].removeprefix("unix:")
    assert f"unixsocket {socket}" in (DOCKER / "redis" / "redis.conf").read_text().splitlines()
    assert all(f"socket:{os.path.dirname(socket)}" in services[s]["volumes"] for s in ("redis", *ROLES))
    [scrape] = yaml.safe_load((DOCKER / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    assert [(one["targets"], one["labels"]["role"]) for one in scrape["static_configs"]] == [
        ([f"{service}:8080"], role) for service, role in ROLES.items()]
    assert set(ROLES) <= set(services["prometheus"]["depends_on"])
    uids = {s["uid"]: s["url"] for s in yaml.safe_load(
        (DOCKER / "grafana/provisioning/datasources/vigie.yaml").read_text())["datasources"]}
    assert uids == {"prometheus": "http://prometheus:9090", "vigie": "http://vigie:8080"}
    port = config["http"]["address"].rsplit(":", 1)[1]
    # Whatever its role, a container answers where the image's health check asks.
    assert config["http"]["metrics_address"] == config["http"]["address"]
    assert any(p.endswith(f":{port}") for p in services["vigie"]["ports"])
    assert f"127.0.0.1:{port}/livez" in (DOCKER / "Dockerfile").read_text()


@pytest.fixture
def mounted(tmp_path):
    """The folder as it is mounted, after the steps of its README."""
    shutil.copytree(DOCKER, tmp_path / "docker", ignore=shutil.ignore_patterns("secrets"))
    steps = re.findall(r"^    (mkdir .*|head .*|touch .*|docker/redis/.*|chmod .*)$",
                       (DOCKER / "README.md").read_text(), re.M)
    assert len(steps) == 7
    subprocess.run(["sh", "-ec", "umask 022\n" + "\n".join(steps)], cwd=tmp_path, check=True)
    config = tmp_path / "docker" / "vigie.yaml"
    config.write_text(config.read_text().replace("/usr/share/vigie/rules", str(TOP / "rules")))
    return config


def test_the_configuration_is_good_after_the_steps_of_the_readme(mounted):
    done = subprocess.run([BIN, "check", "-c", str(mounted)], text=True, capture_output=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    assert "good: 5 partners" in done.stdout


def test_a_token_can_be_added_to_the_mounted_file(mounted):
    done = subprocess.run([BIN, "token", "add", "coalition", "-c", str(mounted)], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len((mounted.parent / "secrets" / "tokens").read_text().splitlines()) == 1


def test_the_compose_file_is_what_its_schema_takes():
    """The part of the Compose Specification's schema that this file uses, closed."""
    text = {"type": "string"}
    texts = {"type": "array", "items": text, "uniqueItems": True}
    service = {
        "type": "object", "additionalProperties": False, "properties": {
            "image": {"type": "string", "pattern": "^[a-z0-9./-]+:[a-z0-9.-]+$"}, "command": text,
            "user": text, "read_only": {"type": "boolean"}, "restart": {
                "enum": ["no", "always", "on-failure", "unless-stopped"]},
            "build": {"type": "object", "required": ["context"], "additionalProperties": False,
                      "properties": {"context": text, "dockerfile": text}},
            "environment": {"type": "object", "additionalProperties": {
                "type": ["string", "number", "null"]}},
            "volumes": {"type": "array", "items": {
                "type": "string", "pattern": r"^(\./[\w./-]+|[a-z]+):/[\w./-]+(:ro)?$"}},
            "ports": {"type": "array", "items": {
                "type": "string", "pattern": r"^[\d.]+:\d+:\d+$"}},
            "cap_drop": texts, "security_opt": texts,
            "depends_on": {"oneOf": [texts, {"type": "object", "additionalProperties": {
                "type": "object", "required": ["condition"], "properties": {"condition": {
                    "enum": ["service_started", "service_healthy",
                             "service_completed_successfully"]}}}}]}},
        "oneOf": [{"required": ["image"]}, {"required": ["build"]}]}
    jsonschema.validate(compose(), {
        "type": "object", "additionalProperties": False, "required": ["services"],
        "patternProperties": {"^x-": {}}, "properties": {
            "services": {"type": "object", "additionalProperties": service},
            "volumes": {"type": "object", "additionalProperties": {"type": ["object", "null"]}}}})
