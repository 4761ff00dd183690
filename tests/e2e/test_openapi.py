"""docs/openapi.json holds: schemathesis asks every operation, and each example runs."""
import copy
import json
import subprocess
import time

import pytest
import requests
from harness import TOP, await_that
from test_clients import instant, prom  # noqa: F401 (the fixture)

SPEC = json.loads((TOP / "docs" / "openapi.json").read_text())
ADMIN = ("coalition", "--role", "admin", "--name", "openapi")
PARTNER = ("MA", "--role", "analyst", "--name", "openapi")  # whose own rules are
CASES = 15  # random ones an operation, beside the examples
OPERATIONS = [(method, path) for path, ways in SPEC["paths"].items() for method in ways]


@pytest.fixture(scope="module")
def names(prom):  # noqa: F811
    """What the examples call by `$NAME`."""
    def first(path, *keys):
        found = prom.get(path, ADMIN)
        for key in keys:
            found = found[key]
        return found
    await_that(lambda: prom.status("/v1/rules", ADMIN) == 200, "the token is in force")
    now = time.time()

    def silence():
        return next(iter(prom.get("/v1/silences", ADMIN)["silences"]), None)
    await_that(lambda: prom.request("/v1/silences", ADMIN, "POST", doc={
        "match": {"rule": "other"}, "to": instant(now * 1000 + 3_600_000),
        "reason": "a test"})[0] == 202, "the log takes it")
    keep_own(prom)
    releases = ask_for_releases(prom)
    collection = first("/taxii2/vigie/collections/", "collections", 0, "id")
    return {
        "MA_TOKEN": prom.token(PARTNER),
        "URL": f"http://127.0.0.1:{prom.http_port}", "TOKEN": prom.token(ADMIN),
        "ID": first("/v1/alerts", "alerts", 0, "id"),
        "SILENCE": await_that(silence, "it is applied")["id"], "COLLECTION": collection,
        "OBJECT": first(f"/taxii2/vigie/collections/{collection}/objects/", "objects", 0, "id"),
        "RELEASE": releases[0], "OTHER_RELEASE": releases[1],
        "EVENT": next(iter(prom.get("/misp/manifest.json", ADMIN))),
        "START": str(int(now) - 3600), "END": str(int(now)),
        "SOON": instant(now * 1000 + 3_600_000)}


def keep_own(prom):  # noqa: F811
    """What the examples of a partner's own show, replace and take away."""
    await_that(lambda: prom.status("/v1/own/rules", PARTNER) == 200, "the token is in force")
    rule = {"title": "T", "group_by": ["actor"], "window": "6h", "severity": 7,
            "match": {"actor": "heron"}, "condition": {"country": {"distinct": 1}}}
    for name in ("own", "spare", "other"):
        for path, doc in (("rules", {"id": name, **rule}),
                          ("watchlists", {"watchlist": name, "values": ["192.0.2.7"]})):
            await_that(lambda p=path, d=doc: prom.request(f"/v1/own/{p}", PARTNER, "POST", doc=d)[0] in (202, 422),
                       "the log takes it")
            await_that(lambda p=path, n=name: prom.status(f"/v1/own/{p}/{n}", PARTNER) == 200, "it is applied")


def ask_for_releases(prom):  # noqa: F811
    """Ids of two releases that MA is asked about: it hides a part of its own alerts."""
    def asked():
        return [one["id"] for one in prom.get("/v1/releases", PARTNER)["releases"]]
    for alert in prom.alerts("MA"):
        for _ in range(2):
            prom.request(f"/v1/alerts/{alert['id']}/actions", PARTNER, "POST",
                         doc={"action": "release", "viewers": ["IL"]})
    await_that(lambda: len(asked()) >= 2, "two releases are asked for")
    return asked()


def token_of(path, names):
    """The token that an operation is asked with."""
    return names["MA_TOKEN" if path.startswith(("/v1/own/", "/v1/releases")) else "TOKEN"]


def filled(value, names):
    """`value` with each "$NAME" in it as what it stands for."""
    if isinstance(value, dict):
        return {key: filled(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, names) for one in value]
    if isinstance(value, str) and value.startswith("$"):
        name, dot, rest = value[1:].partition(".")
        return names[name] + dot + rest
    return value


def as_asked(names):
    """The document with real ids in its examples, and without what never ends."""
    spec = filled(copy.deepcopy(SPEC), names)
    del spec["paths"]["/v1/stream"]
    # Requests that have everybody wait for the next are not sent by the dozen.
    del spec["paths"]["/v1/rules:reload"]
    return spec


def asker(names, good):
    """ask(case): send it, hold the answer against the document, note what went well."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks
    held = [not_a_server_error, checks.status_code_conformance, checks.content_type_conformance,
            checks.response_headers_conformance, checks.response_schema_conformance]
    session = requests.Session()

    def answered(case):
        """Nothing while a loaded broker has not confirmed what was written: send it again."""
        answer = case.call(base_url=names["URL"], session=session,
                           headers={"Authorization": "Bearer " + token_of(case.operation.path, names)})
        return [] if answer.status_code == 503 and "log-away" in answer.text else [answer]

    def ask(case):
        [answer] = await_that(lambda: answered(case), case.operation.label)
        case.validate_response(answer, checks=held)
        if answer.status_code < 300:
            good.add(case.operation.label)
    return ask


def wrong_of(operation, ask):
    """What is wrong with an operation, as text; "" when nothing is."""
    from hypothesis import HealthCheck, Phase, given, seed, settings

    def run(strategy, n):
        settings(max_examples=n, deadline=None, database=None, phases=[Phase.generate],
                 suppress_health_check=list(HealthCheck))(seed(7)(given(strategy)(ask)))()
    try:
        for strategy in operation.get_strategies_from_examples():
            run(strategy, 1)
        run(operation.as_strategy(), CASES)
    except BaseExceptionGroup as group:
        return "\n".join(f"{operation.label}: {one}" for one in group.exceptions)
    return ""


def test_every_operation_answers_as_the_document_says(names):
    import schemathesis
    good = set()
    ask = asker(names, good)
    found = [wrong_of(result.ok(), ask) for result in
             schemathesis.openapi.from_dict(as_asked(names)).get_all_operations()]
    assert not any(found), "\n\n".join(filter(None, found))
    assert good == {f"{m.upper()} {p}" for m, p in OPERATIONS} - {
        "GET /v1/stream", "POST /v1/rules:reload"}


@pytest.mark.parametrize("method, path", OPERATIONS, ids=lambda value: value)
def test_the_example_of_every_operation_runs(names, method, path):
    [sample] = SPEC["paths"][path][method]["x-codeSamples"]
    assert sample["lang"] == "curl"
    done = subprocess.run(["bash", "-c", sample["source"] + " -w '\\n%{http_code}'"], text=True,
                          env={"PATH": "/usr/bin:/bin", **names, "TOKEN": token_of(path, names)}, capture_output=True, timeout=60)
    body, _, code = done.stdout.rpartition("\n")
    assert done.returncode == (28 if path == "/v1/stream" else 0), done.stderr
    assert code in SPEC["paths"][path][method]["responses"] and code[0] == "2", done.stdout
    assert body
