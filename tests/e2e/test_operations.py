"""The runbooks of docs/operations.md, done as they are written."""
import re
import subprocess

import pytest
from events import assert_equal_counts, many
from harness import TOP, await_that

OPERATIONS = (TOP / "docs" / "operations.md").read_text()
START = 1_700_000_000_000


def section(title):
    return OPERATIONS.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


@pytest.fixture
def counted(world):
    """A World that has counted, and whose ingest has ended."""
    w = world(partners=["MA", "IL"], partitions=2, producer_times=True)
    vigie = w.serve()
    w.publish([(p, e, START) for p in w.partners for e in many(f"ops-{p}", 300, START - 600_000, 500_000)])
    w.await_counted()
    assert vigie.stop() == 0
    return w


def repair(w, *words, **more):
    return w.tool("repair", "-c", str(w.config), "--topic", w.topic("MA"), "--partition", "1", *words, **more)


def keys(w, tag):
    return {key for key in w.redis.client().scan_iter(f"vg:{{{tag}}}:*", 1000)}


def test_what_is_torn_is_held_and_repaired(counted):
    w = counted
    tag = f"{w.topic('MA')}:1"
    others = {f"{w.topic(p)}:{n}" for p in w.partners for n in range(2)} - {tag}
    before = {other: keys(w, other) for other in others}
    assert w.redis.client().delete(f"vg:{{{tag}}}:x") == 1
    vigie = w.serve(http=False)
    await_that(lambda: re.search(rf"event=partition_held .*topic={w.topic('MA')} ", vigie.text()),
               lambda: vigie.tail())
    said = repair(w, check=False)
    assert said.returncode == 2 or "with --write" in said.stdout  # owned, as long as it is
    assert vigie.stop() == 0
    await_that(lambda: repair(w, check=False).returncode == 0, "no ingest owns it any more", 120, 1)
    assert keys(w, tag), "without --write nothing goes"
    done = repair(w, "--write")
    assert "keys removed" in done.stdout and not keys(w, tag)
    assert {other: keys(w, other) for other in others} == before
    w.serve()
    w.await_counted()
    assert_equal_counts(w)
    w.verify()


def test_repair_refuses_what_it_should(counted):
    w = counted
    wrong = w.tool("repair", "-c", str(w.config), "--topic", "alerts.nobody", "--partition", "0", check=False)
    assert wrong.returncode == 2 and "no partner's" in wrong.stderr
    none = w.tool("repair", "-c", str(w.config), "--topic", w.topic("MA"), "--partition", "77", check=False)
    assert none.returncode == 2 and "nothing is stored" in none.stderr
    w.serve()
    w.await_counted()

    def owned():
        said = repair(w, "--write", check=False)
        return said.returncode == 2 and "an ingest has" in said.stderr

    assert owned()
    assert keys(w, f"{w.topic('MA')}:1")


def test_a_lost_redis_is_counted_again_from_the_topics(counted):
    """"Upgrading" and "Held partitions": an empty Redis, and the topics from their start."""
    w = counted
    w.redis.client().flushall()
    w.serve("--init")
    w.await_counted()
    assert_equal_counts(w)
    w.verify()


def test_tokens_are_rotated_as_it_says(counted):
    w = counted
    w.serve()
    assert w.status("/v1/me", "MA") == 200
    added = w.tool("token", "add", "MA", "--name", "night-shift", "-c", str(w.config)).stdout.strip()
    rotated = w.tool("token", "rotate", "night-shift", "-c", str(w.config)).stdout.strip()
    assert rotated != added
    w.tokens["MA"] = rotated
    await_that(lambda: w.status("/v1/me", "MA") == 200, "the new token is taken")


def test_every_event_and_metric_of_the_tables_exists():
    """The other way than test_docs: no row is of what is gone."""
    log = (TOP / "core" / "log.h").read_text()
    events = set(re.findall(r'X\(\w+,\s*"(\w+)"\)', log))
    rows = re.findall(r"^\| (`[^|]+`) \|", section("Log events"), re.M)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == events
    metric = (TOP / "core" / "metric.h").read_text()
    metrics = set(re.findall(r'X\(\w+,\s*"(\w+)",\s*\'[cg]\'', metric))
    named = re.findall(r"^\| `(vigie_\w+)` \| (?:counter|gauge) \|", section("Metrics"), re.M)
    assert set(named) == metrics and len(named) == len(metrics)


def test_every_row_says_what_to_do():
    for title in ("Log events", "Metrics", "Held partitions"):
        for row in re.findall(r"^\| .* \|$", section(title), re.M):
            cells = [cell.strip() for cell in row.strip("|").split(" | ")]
            assert all(cells), row


def test_the_commands_of_the_page_exist_with_their_options():
    from harness import VIGIE
    lines = re.findall(r"^    vigie (.*)$", OPERATIONS, re.M)
    assert len(lines) > 8
    for line in lines:
        words = line.split("#")[0].split()
        verb = words[:2] if words[0] in ("partner", "token", "sign-key") else words[:1]
        shown = subprocess.run([VIGIE, *verb, "--help"], text=True, capture_output=True, check=False)
        assert shown.returncode == 0, line
        for option in (w for w in words if w.startswith("-")):
            assert re.search(rf"{option}\b", shown.stdout), (line, option)
