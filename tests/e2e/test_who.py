"""Who may ask, how often, and what is noted of it: over a running vigie."""
import json

import pytest
from harness import await_that
from joserfc.jwk import OctKey, RSAKey
from provider import AUDIENCE, ISSUER, Provider

AMAL = ("MA", "--role", "analyst", "--name", "amal")
NARROW = ("MA", "--name", "wall", "--scopes", "read", "--rate", "1/3")
AWAY = ("MA", "--from", "192.0.2.0/24")


def log_of(w):
    return w.folder / "audit.log"


def entries(w):
    """All but what a kill left of one."""
    return [json.loads(line) for line in log_of(w).read_text().splitlines() if line.endswith("}")]


def audit(w, *files):
    done = w.tool("audit", "verify", *map(str, files or [log_of(w)]), check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.close()


def start(world, provider):
    w = world(partners=["MA", "IL"], partitions=1, options={
        "audit.file": "audit.log", "oidc.issuer": ISSUER, "oidc.audience": AUDIENCE,
        "oidc.keys_url": provider.url})
    for token in (AMAL, NARROW, AWAY):
        w.token(token)
    w.serve()
    return w


def look_at_the_audit_log(w):
    """Every question and change, over a kill; and no byte of it can be changed unseen."""
    assert w.status("/v1/alerts/nothing-1", AMAL) == 404
    assert w.request("/v1/silences", AMAL, "POST", {
        "match": {"actor": "heron"}, "reason": "exercise", "to": "2099-01-01T00:00:00Z"})[0] == 400
    assert w.request("/v1/silences", "IL", "POST", {})[0] == 403
    assert w.status("/v1/partners") == 401
    found = entries(w)
    assert [e["n"] for e in found] == list(range(1, len(found) + 1))
    assert any(e["entry"] == "read" and e.get("by") == "amal" and e["from"] == "127.0.0.1"
               and e["object"] == "nothing-1" and e["verdict"] == "refused" for e in found)
    of_amal = [(e["entry"], e.get("verdict")) for e in found
               if e.get("by") == "amal" and e["route"] == "/v1/silences"]
    assert of_amal == [("asked", None), ("change", "refused")]
    assert any(e["entry"] == "change" and e["viewer"] == "IL" and e["status"] == 403 for e in found)
    assert any(e.get("token", "") is None and e["status"] == 401 for e in found)
    text = log_of(w).read_text()
    assert not any(token in text for token in w.tokens.values())
    code, said = audit(w)
    assert (code, said.split(":")[0]) == (0, f"{len(found)} entries, chain whole")

    w.running[-1].kill()
    with log_of(w).open("a") as torn:  # what a machine that fails leaves
        torn.write('{"n":9,"at":"20')
    assert audit(w)[0] == 0 and "the last line is torn" in audit(w)[1]
    w.serve()
    code, said = audit(w)
    assert code == 0 and "1 torn lines, accounted for" in said
    copy = w.folder / "copy.log"
    copy.write_text(log_of(w).read_text().replace("amal", "noor", 1))
    code, said = audit(w, copy)
    assert code == 1 and "the chain breaks" in said and "up to there all is whole" in said
    assert audit(w, w.folder / "nothing.log")[0] == 2
    second = w.tool("serve", "-c", str(w.config), "--role", "api", "--set", "http.address=127.0.0.1:0", check=False)
    assert second.returncode == 2 and "another process writes it" in second.stderr


def look_at_the_limits(w):
    """What a token may be used for, from where, how often; and how it is replaced."""
    assert w.status("/v1/partners", AWAY) == 403
    assert json.loads(w.request("/v1/rules:reload", NARROW, "POST", {})[2])["type"].endswith(":role")
    refused = await_that(lambda: next((r for r in [w.request("/v1/partners", NARROW)] if r[0] == 429), None),
                         "one too many", 30, every=0)
    assert int(refused[1]["Retry-After"]) >= 1
    assert refused[1]["RateLimit-Policy"] == '"token";q=3;w=3' and refused[1]["RateLimit"].startswith('"token";r=0;')

    old = w.token(AMAL)
    assert json.loads(w.request("/v1/me", AMAL)[2])["name"] == "amal"
    w.tokens[AMAL] = w.tool("token", "rotate", "amal", "-c", str(w.config)).stdout.strip()
    await_that(lambda: w.status("/v1/me", AMAL) == 200, "the new token", 20)
    w.tokens["old"] = old
    assert w.status("/v1/me", "old") == 401
    listed = w.tool("token", "list", "-c", str(w.config)).stdout
    assert "amal" in listed and w.token(AMAL) not in listed
    w.tool("token", "revoke", "amal", "-c", str(w.config))
    await_that(lambda: w.status("/v1/me", AMAL) == 401, "it is withdrawn", 20)
    assert any(e["entry"] == "tokens" for e in entries(w))


def look_at_the_provider(w, provider):
    """JWTs are tokens: who they are of, which are refused, and over a change of keys."""
    def status(token, path="/v1/me"):
        return w.request(path, Authorization="Bearer " + token)[0]

    first = provider.token()
    await_that(lambda: status(first) == 200, "the keys are there", 30)
    me = json.loads(w.request("/v1/me", Authorization="Bearer " + first)[2])
    assert (me["viewer"], me["role"], me["name"]) == ("MA", "analyst", "oidc:amal")
    assert status(first, "/metrics") == 403
    wrong = [provider.token(iss="https://other.example"), provider.token(aud="other"), provider.token(exp=1),
             provider.token(nbf=4102444800), provider.token(vigie_viewer="XX"), provider.token(vigie_viewer=7),
             provider.token(key=RSAKey.generate_key(2048)), first[:-8] + "AAAAAAAA",
             provider.token(key=OctKey.import_key(provider.key.as_dict(private=False)["n"]), alg="HS256"),
             "eyJhbGciOiJub25lIn0." + first.split(".")[1] + "."]
    assert [status(token) for token in wrong] == [401] * len(wrong)
    assert w.metric("vigie_oidc_refused") >= len(wrong)
    assert any(e.get("by") == "oidc:amal" and e["verdict"] == "given" for e in entries(w) if e["entry"] == "read")

    provider.rotate()
    second = provider.token(sub="somebody else")
    await_that(lambda: status(second) == 200, "the new key is there", 30)
    assert status(first) == 401, "its key is gone"
    assert provider.asked < 20
    clear = w.tool("check", "-c", str(w.config), "--set", "oidc.keys_url=http://id.example/certs", check=False)
    assert clear.returncode == 2 and "goes in clear" in clear.stderr


def test_who_may_ask_and_what_is_noted(world, provider):
    w = start(world, provider)
    look_at_the_audit_log(w)
    look_at_the_limits(w)
    look_at_the_provider(w, provider)
    # It ends as it should: the log closed, with a chain that the process' log tells.
    assert w.running[-1].stop() == 0
    last = json.loads(log_of(w).read_text().splitlines()[-1])
    assert await_that(lambda: f"event=audit_closed file={log_of(w)} entry={last['n']} chain={last['chain']}"
                      in w.running[-1].text(), "the end in the log", 5)
