"""The JSON Schema of a rule file, from the tables that read one.

Which keys a kind has stands in alert/rule_table.c, operators in rule_ops.c,
tests of a condition in rule_tree.c; here stands what the value of each may be.
A key that is there and not here stops this, and the other way round.
"""
import json
import re
from pathlib import Path

ALERT = Path(__file__).resolve().parents[2] / "alert"
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def ref(name):
    return {"$ref": f"#/$defs/{name}"}


def integer(low, high):
    return {"type": "integer", "minimum": low, "maximum": high}


def number(low, high):
    return {"type": "number", "minimum": low, "maximum": high}


def listed(items, low, high, **more):
    return {"type": "array", "items": items, "minItems": low, "maxItems": high, **more}


NOTES = {"anyOf": [{"type": "string", "maxLength": 16384},
                   listed({"type": "string"}, 0, 1000)]}
COUNT = integer(0, 2 ** 53)
KEYS = {
    "id": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$",
           "description": "1 to 64 of a-z 0-9 -; unique among all rules"},
    "title": {"type": "string", "minLength": 1, "maxLength": 256,
              "description": "one line for people"},
    "type": {"description": "the kind; without it the short form"},
    "group_by": {**listed(ref("field"), 0, 4, uniqueItems=True),
                 "description": "an alert for each value of these; []: all events are one group"},
    "match": {**ref("match"), "description": "which events count"},
    "severity": {**integer(1, 10), "description": "10 is worst"},
    "description": NOTES, "tags": NOTES, "references": NOTES, "false_positives": NOTES,
    "window": {**ref("duration"), "description": "how far it looks back, at most 31d"},
    "resolve_after": {**ref("duration"),
                      "description": "how long it must be over to be over; default window"},
    "for": {**ref("duration"), "description": "how long it must hold to fire"},
    "keep_firing": {**ref("duration"), "description": "how much later it ends"},
    "shadow": {"type": "boolean", "description": "on trial: its alerts are told to nobody"},
    "condition": ref("bounds"),
    "weights": {"type": "object", "minProperties": 1, "maxProperties": 61,
                "additionalProperties": number(0, 1000), "description": "by partner"},
    "distinct": {"anyOf": [ref("field"), listed(ref("field"), 1, 4)],
                 "description": "what is counted: a field, or a tuple of them"},
    "field": ref("field"),
    "percentile": number(0, 100),
    "until": {**ref("match"), "description": "events that break a chain"},
    "height": {"type": "number", "minimum": 1e-9, "maximum": 1e9},
    "direction": {"enum": ["up", "down", "both"]},
    "reference": ref("duration"),
    "min_reference": COUNT, "min_current": COUNT, "min_denominator": COUNT,
    "learn": ref("duration"),
    "history": {**ref("duration"), "description": "how far it looks back, at most 366d"},
    "of": {**ref("match"), "description": "the events of which the others are a share"},
    "bounds": {**ref("bounds"), "description": "it holds outside of these"},
    "weeks": integer(1, 12),
    "rules": {**listed(ref("chained"), 1, 16),
              "description": "what the chain counts: rules above this one, and events"},
    "ordered": {"type": "boolean"},
}
# What a key is in one kind, where that is not what it is in all.
OF_KIND = {
    "": {"condition": ref("conditions")},
    "temporal": {"match": ref("stages")},
    "temporal_ordered": {"match": ref("stages")},
}
NEEDED = {
    "": ["condition"], "distinct": ["distinct", "condition"], "event_count": ["condition"],
    "sum": ["field", "condition"], "avg": ["field", "condition"],
    "percentile": ["field", "condition"], "temporal": ["match"], "temporal_ordered": ["match"],
    "spike": ["height"], "baseline": ["height"], "new_value": ["distinct"],
    "ratio": ["match", "bounds"], "silence": [], "chain": ["rules"],
}
WORDS = {"anyOf": [ref("word"), listed(ref("word"), 1, 1000)]}
TEXTS = {"anyOf": [ref("text"), listed(ref("text"), 1, 64)]}
FILES = {"type": "string", "minLength": 1}
OPERATORS = {
    **{name: {"type": "number"} for name in ("gt", "gte", "lt", "lte")},
    "eq": WORDS, "neq": WORDS, "in": WORDS, "not_in": WORDS,
    "range": listed({"type": "number"}, 2, 2),
    "in_file": FILES, "not_in_file": FILES, "in_watchlist": FILES, "not_in_watchlist": FILES,
    "cidr": TEXTS, "prefix": TEXTS, "suffix": TEXTS, "contains": TEXTS, "wildcard": TEXTS,
    "regex": TEXTS, "exists": {"type": "boolean"},
}
NUMBERS = {"anyOf": [integer(1, 1000), ref("bounds")]}
TESTS = {"distinct": NUMBERS, "sum": NUMBERS, "avg": NUMBERS, "percentile": NUMBERS,
         "p": number(0, 100), "max_share": number(0, 1), "independent": {"const": True},
         "min_per_value": integer(1, 1000000)}
ASKED = ["distinct", "sum", "avg", "percentile", "max_share"]


def strings(text):
    return re.findall(r'"([^"]*)"', text)


def table(file, pattern):
    found = re.findall(pattern, (ALERT / file).read_text(encoding="utf-8"), re.S)
    assert found, f"alert/{file} has another form than dev/rules reads"
    return found


def kinds():
    """(name, window's key, is an instant, its own keys) of each kind."""
    rows = table("rule_table.c", r'\{\s*"(\w*)",\s*VG_KIND_\w+,\s*vg_rule_read_\w+,\s*"(\w+)",\s*\d+,'
                                 r'\s*(true|false),\s*\{([^}]*)\}\}')
    return [(name, window, instant == "true", strings(keys))
            for name, window, instant, keys in rows]


def level(name, mine, theirs):
    assert set(mine) == set(theirs), f"{name}: dev/rules.d/schema.py and alert/ differ in " \
                                     f"{sorted(set(mine) ^ set(theirs))}"


def kind_schema(name, window, instant, own, common, life):
    keys = [*common, *([] if instant else life), window, *own]
    keys = [k for k in dict.fromkeys(keys)]
    said = {key: OF_KIND.get(name, {}).get(key, KEYS[key]) for key in keys}
    if name:
        said["type"] = {"const": name}
    else:
        del said["type"]
    need = ["id", "title", "group_by", "severity", window, *NEEDED[name]]
    return {"type": "object", "properties": said, "required": need,
            "additionalProperties": False}


DEFS = {
    "field": {"type": "string", "minLength": 1, "maxLength": 128,
              "pattern": "^[^\\u0000-\\u0020\\u007f]+$",
              "description": "a field of the event format, else one under `fields`"},
    "duration": {"description": "90s, 10m, 6h, 7d, 250ms, or a number of seconds",
                 "anyOf": [{"type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)?$"},
                           {"type": "integer", "minimum": 0}]},
    "word": {"anyOf": [{"type": "string", "minLength": 1}, {"type": ["number", "boolean"]}]},
    "text": {"anyOf": [{"type": "string", "minLength": 1}, {"type": "number"}]},
    "bounds": {"type": "object", "minProperties": 1, "additionalProperties": False,
               "properties": {op: number(-1e300, 1e300)
                              for op in ("gt", "gte", "lt", "lte", "eq", "neq")}},
    "match": {
        "type": "object", "description": "every member must pass",
        "properties": {"any": listed(ref("match_some"), 1, 256),
                       "all": listed(ref("match_some"), 1, 256),
                       "not": {"anyOf": [ref("match_some"), listed(ref("match_some"), 1, 256)]}},
        "additionalProperties": ref("test")},
    "match_some": {**ref("match"), "minProperties": 1},
    "test": {"anyOf": [ref("word"), listed(ref("word"), 1, 1000), ref("operators")]},
    "stages": {
        "type": "object", "required": ["stages"], "additionalProperties": False,
        "properties": {"stages": listed(ref("stage"), 1, 16)}},
    "stage": {
        "type": "object", "required": ["name"], "additionalProperties": False,
        "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 64},
                       "match": ref("match"), "count": integer(1, 256),
                       "absent": {"type": "boolean"}},
        "not": {"required": ["count", "absent"], "properties": {"absent": {"const": True}}}},
    "conditions": {
        "type": "object", "minProperties": 1,
        "properties": {"events": ref("bounds"), "all": listed(ref("conditions"), 1, 24),
                       "any": listed(ref("conditions"), 1, 24), "not": ref("conditions")},
        "additionalProperties": ref("condition")},
}


def schema():
    rows = kinds()
    text = (ALERT / "rule_table.c").read_text(encoding="utf-8")
    lists = [strings(re.search(rf"const {name}\[\] = \{{(.*?)\}};", text, re.S)[1])
             for name in ("common", "life")]
    level("kinds", NEEDED, [name for name, *_ in rows])
    level("keys of rules", KEYS,
          {*lists[0], *lists[1], *(w for _, w, *_ in rows), *(k for row in rows for k in row[3])})
    level("operators", OPERATORS, table("rule_ops.c", r'\t\{"(\w+)", add_\w+, \w+\}'))
    tests = table("rule_tree.c", r"test_keys\[\] = \{(.*?)\};")[0]
    level("tests of a condition", TESTS, strings(tests))
    defs = dict(DEFS)
    defs["operators"] = {
        "type": "object", "additionalProperties": False, "minProperties": 1,
        "properties": {**OPERATORS, "ignore_case": {"type": "boolean"}},
        "anyOf": [{"required": [name]} for name in OPERATORS]}
    defs["condition"] = {
        "type": "object", "additionalProperties": False, "properties": TESTS,
        "oneOf": [{"required": [name]} for name in ASKED],
        "dependentRequired": {"p": ["percentile"], "independent": ["distinct"],
                              "min_per_value": ["distinct"]}}
    cases = [{"if": {"required": ["type"], "properties": {"type": {"const": name}}},
              "then": ref(f"kind_{name}")} for name, *_ in rows if name]
    for name, window, instant, own in rows:
        defs[f"kind_{name or 'short'}"] = kind_schema(name, window, instant, own, *lists)
    defs["rule"] = {
        "type": "object", "properties": {"type": {"enum": [n for n, *_ in rows if n]}},
        "allOf": [{"if": {"not": {"required": ["type"]}}, "then": ref("kind_short")}, *cases]}
    defs["chained"] = {"anyOf": [
        {"type": "string", "description": "the id of a rule above this one"},
        {"type": "object", "required": ["rule"], "additionalProperties": False,
         "properties": {"rule": {"type": "string"}, "group_by": {
             **listed(ref("field"), 0, 4),
             "description": "what that rule calls the fields of this one's group_by"}}},
        {"type": "object", "required": ["match"], "additionalProperties": False,
         "properties": {"match": {**ref("match"), "description": "events"}}}]}
    defs["sigma"] = {
        "type": "object", "description": "a document of Sigma: docs/sigma.md",
        "anyOf": [{"required": ["detection"]}, {"required": ["correlation"]}]}
    defs["document"] = {"if": ref("sigma"), "then": True, "else": ref("rule")}
    return {"$schema": DRAFT, "$id": "https://vigie.example/rules.schema.json",
            "title": "A vigie rule file: one rule, or a list of them",
            "description": "Written by `dev/rules pages` from alert/; docs/rules.md says what "
                           "each key means.",
            "if": {"type": "array"}, "then": {"items": ref("document"), "minItems": 1},
            "else": ref("document"), "$defs": defs}


def schema_text():
    return json.dumps(schema(), indent=1) + "\n"
