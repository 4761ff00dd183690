"""docs/rules.schema.json: what it takes vigie takes, and what it refuses is refused."""
import copy
import json
import subprocess
import sys

import pytest
import yaml
from harness import TOP, VIGIE
from jsonschema import Draft202012Validator

sys.path.insert(0, str(TOP / "tests" / "conformance"))
import vector  # noqa: E402

SCHEMA = json.loads((TOP / "docs" / "rules.schema.json").read_text())
VALID = Draft202012Validator(SCHEMA)
FILES = sorted(p for p in (TOP / "rules").glob("*.yaml") if not p.name.endswith(".test.yaml"))
VECTORS = [v for place in (TOP / "tests" / "conformance" / "vectors",
                           TOP.parent / "shared" / "conformance") if place.is_dir()
           for file in sorted(place.glob("*.json")) for v in json.loads(file.read_text())
           if "events" in v]

GOOD = {"id": "a", "title": "t", "group_by": ["actor"], "window": "6h", "severity": 5,
        "condition": {"country": {"distinct": 3}}}
COUNT = {**GOOD, "type": "event_count", "condition": {"gte": 3}}
STAGES = {"stages": [{"name": "a", "match": {"technique": "T1190"}}, {"name": "b", "count": 2}]}
BASES = {
    "short": GOOD, "count": COUNT,
    "distinct": {**COUNT, "type": "distinct", "distinct": ["actor", "country"]},
    "sum": {**COUNT, "type": "sum", "field": "bytes"},
    "ordered": {**{k: v for k, v in GOOD.items() if k != "condition"},
                "type": "temporal_ordered", "match": STAGES},
    "ratio": {**{k: v for k, v in GOOD.items() if k != "condition"}, "type": "ratio",
              "match": {"a": 1}, "bounds": {"lt": 0.5}},
    "new": {**{k: v for k, v in GOOD.items() if k not in ("condition", "window")},
            "type": "new_value", "distinct": "technique", "history": "90d"},
}
CHAIN = {**{k: v for k, v in GOOD.items() if k != "condition"}, "id": "c", "type": "chain",
         "rules": ["a", {"rule": "a", "group_by": ["actor"]}, {"match": {"technique": "T1486"}}]}
# base, path to a member, what it becomes (None: taken away)
BAD = [
    ("short", ["id"], "A"), ("short", ["id"], None), ("short", ["id"], ""),
    ("short", ["title"], None), ("short", ["title"], ""), ("short", ["group_by"], None),
    ("short", ["group_by"], "actor"), ("short", ["group_by"], ["a", "b", "c", "d", "e"]),
    ("short", ["group_by"], ["a", "a"]), ("short", ["group_by"], ["a b"]),
    ("short", ["window"], None), ("short", ["window"], "6 hours"), ("short", ["window"], "1.5h"),
    ("short", ["severity"], 0), ("short", ["severity"], 11), ("short", ["severity"], 1.5),
    ("short", ["condition"], None), ("short", ["condition"], {}),
    ("short", ["condition", "country"], {"distinct": 0}),
    ("short", ["condition", "country"], {"distinct": 1001}),
    ("short", ["condition", "country"], {"distinct": 3, "sum": 4}),
    ("short", ["condition", "country"], {"min_per_value": 3}),
    ("short", ["condition", "country"], {"max_share": 1.5}),
    ("short", ["condition", "country"], {"distinct": 3, "independent": False}),
    ("short", ["condition", "country"], {"distinct": 3, "p": 50}),
    ("short", ["condition", "any"], []), ("short", ["condition", "not"], []),
    ("short", ["conditon"], {}), ("short", ["distinct"], "country"), ("short", ["field"], "x"),
    ("short", ["type"], "counting"), ("short", ["match"], []),
    ("short", ["match"], {"a": {"ge": 1}}), ("short", ["match"], {"a": {}}),
    ("short", ["match"], {"a": {"ignore_case": True}}), ("short", ["match"], {"a": {"gt": "x"}}),
    ("short", ["match"], {"a": []}), ("short", ["match"], {"a": ""}),
    ("short", ["match"], {"any": {"a": 1}}), ("short", ["match"], {"all": []}),
    ("short", ["match"], {"not": {}}), ("short", ["match"], {"a": {"range": [1]}}),
    ("short", ["match"], {"a": {"exists": "maybe"}}), ("short", ["tags"], {"a": 1}),
    ("short", ["weights"], {}), ("short", ["weights"], {"MA": -1}),
    ("count", ["condition"], {"country": {"distinct": 3}}), ("count", ["condition"], {}),
    ("count", ["condition"], {"gte": "three"}), ("count", ["height"], 3),
    ("distinct", ["distinct"], []), ("distinct", ["distinct"], None),
    ("distinct", ["distinct"], ["a", "b", "c", "d", "e"]), ("distinct", ["weights"], {"MA": 2}),
    ("sum", ["field"], None), ("sum", ["field"], ["bytes"]),
    ("ordered", ["match"], {"technique": "T1190"}), ("ordered", ["match", "stages"], []),
    ("ordered", ["match", "stages"], [{"match": {}}]),
    ("ordered", ["match", "stages"], [{"name": "a", "count": 0}]),
    ("ordered", ["match", "stages"], [{"name": "a", "wait": "5m"}]),
    ("ordered", ["until"], "test"), ("ratio", ["bounds"], None), ("ratio", ["match"], None),
    ("ratio", ["of"], "all"), ("new", ["history"], None), ("new", ["window"], "6h"),
    ("new", ["for"], "5m"), ("new", ["resolve_after"], "5m"), ("new", ["distinct"], None),
]


def takes(tmp_path, rule):
    path = tmp_path / "rule.yaml"
    path.write_text(json.dumps(rule))
    done = subprocess.run([VIGIE, "check", path], text=True, capture_output=True, check=False)
    return done.returncode == 0


def changed(base, path, value):
    rule = copy.deepcopy(BASES[base])
    at = rule
    for key in path[:-1]:
        at = at[key]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return rule


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_rules_that_ship_are_valid(path):
    for document in yaml.safe_load_all(path.read_text()):
        VALID.validate(document)


def test_the_rules_of_the_vectors_are_valid():
    assert len(VECTORS) > 10
    for v in VECTORS:
        errors = list(VALID.iter_errors(vector.rule(v["rule"])))
        assert not errors, (v["name"], errors[0].message)


@pytest.mark.parametrize("base", BASES)
def test_what_the_bad_ones_are_made_of_is_good(base, tmp_path):
    assert VALID.is_valid(BASES[base]) and takes(tmp_path, BASES[base])
    assert VALID.is_valid([BASES[base]])


@pytest.mark.parametrize("base,path,value", BAD)
def test_what_it_refuses_vigie_refuses(base, path, value, tmp_path):
    rule = changed(base, path, value)
    assert not VALID.is_valid(rule)
    assert not takes(tmp_path, rule)


def test_the_examples_of_the_documents_are_valid():
    for block in (TOP / "docs" / "rules.md").read_text().split("```yaml\n")[1:]:
        document = yaml.safe_load(block.split("```", 1)[0])
        if document is not None and "id" in document:
            VALID.validate(document)


@pytest.mark.parametrize("bad", [1, {}, {"rule": 1}, {"match": []}, {"rule": "a", "match": {}},
                                 {"rule": "a", "group_by": ["a b"]}])
def test_what_a_chain_counts_is_rules_or_events(bad, tmp_path):
    assert VALID.is_valid([GOOD, CHAIN]) and takes(tmp_path, [GOOD, CHAIN])
    assert not VALID.is_valid([GOOD, {**CHAIN, "rules": [bad]}])
    assert not takes(tmp_path, [GOOD, {**CHAIN, "rules": [bad]}])


def test_a_document_of_sigma_is_no_rule_of_ours_and_valid():
    for document in yaml.safe_load_all((TOP / "docs" / "sigma.md").read_text()
                                       .split("```yaml\n")[1].split("```", 1)[0]):
        VALID.validate(document)
        assert not VALID.is_valid({k: v for k, v in document.items()
                                   if k not in ("detection", "correlation")})
