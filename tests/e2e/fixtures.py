"""What tests of real processes are given: a broker for the whole run, and worlds of their own."""
import os
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from harness import TOP, World
from secure import Stack

# A shell that starts a job behind itself has it ignore Ctrl-C, and its children after it; the
# tests send theirs one.
signal.signal(signal.SIGINT, signal.default_int_handler)

DATA = Path(os.environ.get("VIGIE_DATA", TOP.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def brokers(tmp_path_factory):
    if os.environ.get("VIGIE_BROKERS"):  # one that runs already, of dev/stack up
        yield os.environ["VIGIE_BROKERS"]
        return
    folder = tmp_path_factory.mktemp("stack")
    up = subprocess.run([TOP / "dev" / "stack", "up", "--dir", folder / "run"], text=True,
                        capture_output=True, check=False)
    assert up.returncode == 0, up.stderr
    lines = dict(line.split("=", 1) for line in up.stdout.splitlines() if "=" in line)
    yield lines["VIGIE_BROKERS"]
    subprocess.run([TOP / "dev" / "stack", "down", "--dir", folder / "run"], check=True)


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """The one secured broker of this run."""
    one = Stack(tmp_path_factory.mktemp("secure") / "run")
    one.make_topics()
    yield one
    one.down()


@contextmanager
def worlds(kind, folder, brokers):
    """make(**options) -> a world of that kind; every one made is closed at the end."""
    made = []

    def make(brokers=brokers, **options):
        home = folder / f"world{len(made)}"
        home.mkdir()
        made.append(kind(home, brokers, **options))
        return made[-1]

    try:
        yield make
    finally:
        for one in made:
            one.close()


@pytest.fixture
def world(tmp_path, brokers):
    """make(**options) -> World; every one made is closed at the end."""
    with worlds(World, tmp_path, brokers) as make:
        yield make


@pytest.fixture
def data():
    """The folder of real data; absent, the test fails in CI and skips elsewhere."""
    if not DATA.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{DATA} is absent: these tests need the real data")
        pytest.skip(f"{DATA} is absent")
    return DATA
