"""The documents say what there is: events, metrics, links, command lines."""
import json
import os
import re
import subprocess

import pytest
from harness import TOP

BIN = os.environ.get("VIGIE_BIN", str(TOP / "build" / "vigie"))
OPERATIONS = (TOP / "docs" / "operations.md").read_text()
PAGES = [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]


def rows(header, pattern):
    found = re.findall(pattern, (TOP / "core" / header).read_text(), re.M)
    assert found, f"core/{header} has another form than this test reads"
    return found


EVENTS = rows("log.h", r'^\s*X\((\w+),\s*"(\w+)"\)')
METRICS = [name for name, _ in rows("metric.h", r"""^\s*X\(\w+,\s*"(\w+)",\s*'([cg])'""")]


def named(name):
    return f"`{name}`" in OPERATIONS


def section(title):
    return OPERATIONS.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


@pytest.mark.parametrize("name", [name for _, name in EVENTS])
def test_every_log_event_is_explained(name):
    assert named(name)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_explained(name):
    assert re.search(rf"^\| `{name}` \| (counter|gauge) \|", section("Metrics"), re.M)


def test_every_log_event_is_logged_somewhere():
    sources = subprocess.run(["git", "grep", "-hoE", r"VG_EV_[A-Z_]+", "--", "*.c", ":!tests"],
                             cwd=TOP, text=True, capture_output=True, check=True).stdout.split()
    assert [name for event, name in EVENTS if f"VG_EV_{event}" not in sources] == []


def links(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", target):
            yield target.split("#", 1)[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page):
    broken = [target for target in links(page) if not (page.parent / target).exists()]
    assert not broken


def command_lines():
    """(command, words) of each `vigie COMMAND ...` in the README."""
    text = (TOP / "README.md").read_text()
    lines = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    lines += re.findall(r"`(vigie [^`]+)`", text)
    for line in lines:
        for use in re.findall(r"\bvigie ([a-z].*)", line.split("#", 1)[0]):
            words = re.split(r"[\s)]+", use.strip())
            yield words[0], words[1:]


@pytest.mark.parametrize("command,words", list(command_lines()),
                         ids=lambda value: value if isinstance(value, str) else "")
def test_the_readmes_command_lines_use_options_that_exist(command, words):
    kind = words[:1] if (command, words[:1]) == ("check", ["event"]) else []
    shown = subprocess.run([BIN, command, *kind, "--help"], text=True, capture_output=True,
                           check=False)
    assert shown.returncode == 0, f"vigie {command} is no command"
    known = set(re.findall(r"^ +(?:(-\w), )?(--[\w-]+)", shown.stdout, re.M))
    known = {option for pair in known for option in pair if option}
    assert {word for word in words if word.startswith("-") and word != "-"} <= known


def test_there_are_command_lines_to_look_at():
    assert {"serve", "check", "topics", "token", "publish"} <= {c for c, _ in command_lines()}


def blocks(page, kind):
    return re.findall(rf"```{kind}\n(.*?)```", (TOP / "docs" / page).read_text(), re.S)


def test_the_example_of_the_sigma_page_answers_as_it_says(tmp_path):
    rules, events = tmp_path / "rules.yml", tmp_path / "events.ndjson"
    rules.write_text(blocks("sigma.md", "yaml")[0])
    events.write_text(blocks("sigma.md", "json")[0])
    told = subprocess.run([BIN, "check", rules], text=True, capture_output=True, check=False)
    assert told.returncode == 0 and "good: 2 rules" in told.stdout, told.stdout + told.stderr
    done = subprocess.run([BIN, "backtest", "--rules", rules, events], text=True,
                          capture_output=True, check=True)
    got = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(a["rule"], a["group"], a["start"], a["peak"]) for a in got] == [
        ("many-failed-logins", {"User": "bob"}, "2026-01-02T10:02:00Z", 3),
        ("0f5d1f5e-6f0a-4e0e-9a55-1d2c3b4a5f60", {"User": "bob"}, "2026-01-02T10:03:00Z", 2)]
