"""The rules that ship: complete, loadable as one set, and level with their pages."""
import os
import re
import subprocess
import sys

import pytest
import yaml
from harness import TOP, VIGIE

FILES = sorted(p for p in (TOP / "rules").glob("*.yaml") if not p.name.endswith(".test.yaml"))
RULES = {p.stem: yaml.safe_load(p.read_text()) for p in FILES}
KINDS = ["baseline", "event_count", "new_value", "ratio", "silence", "spike", "sum", "temporal",
         "temporal_ordered"]
TESTS = ["avg", "distinct", "events", "max_share", "percentile"]


def dev_rules(*words, **env):
    return subprocess.run([sys.executable, TOP / "dev" / "rules", *words], text=True,
                          capture_output=True, check=False,
                          env={**os.environ, "VIGIE_BIN": str(VIGIE), **env})


def test_there_are_enough_of_them_and_every_kind_is_among_them():
    assert len(RULES) >= 15
    assert {r["type"] for r in RULES.values() if "type" in r} == set(KINDS)
    text = str([r.get("condition") for r in RULES.values()])
    assert [t for t in TESTS if f"'{t}':" not in text] == []


@pytest.mark.parametrize("name", RULES)
def test_each_says_what_it_is_and_when_it_is_wrong(name):
    rule = RULES[name]
    assert rule["id"] == name
    assert any(re.fullmatch(r"attack\.t\d{4}(\.\d{3})?", tag) for tag in rule["tags"])
    assert rule["false_positives"] and rule["description"].strip()
    assert (TOP / "rules" / f"{name}.test.yaml").exists()
    page = (TOP / "docs" / "rules" / f"{name}.md").read_text()
    for title in ("What to do", "In real data"):
        section = page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
        by_hand = re.sub(r"<!-- run -->.*<!-- end -->", "", section, flags=re.S)
        assert len(by_hand.split()) > 5, f"{name}: {title} says nothing"


def test_all_of_them_can_be_served_at_once(tmp_path):
    (tmp_path / "hash.key").write_bytes(bytes(16))
    (tmp_path / "vigie.yaml").write_text(
        "partners: [{id: MA, country: MA, slot: 0}]\n"
        f"rules: {[str(p) for p in FILES]}\n"
        "hash_key_file: hash.key\nkafka: {brokers: '127.0.0.1:1'}\n")
    done = subprocess.run([VIGIE, "check", "-c", tmp_path / "vigie.yaml"], text=True,
                          capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(FILES)} rules" in done.stdout and done.stderr == ""


def test_index_and_pages_are_level_with_the_rules():
    done = dev_rules("check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_they_find_in_real_data_is_what_their_pages_say(data):
    done = dev_rules("runs", "--check", VIGIE_DATA=str(data))
    assert done.returncode == 0, done.stdout + done.stderr
