"""One real Kafka for the whole run; a World of its own for each test."""
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from harness import TOP, World  # noqa: E402
from secure import Stack  # noqa: E402

# A shell that starts a job behind itself has it ignore Ctrl-C, and its children after it; the
# tests send theirs one.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Files whose tests take longest are begun first, so that no worker is left alone with one.
LONG_FIRST = ["test_real_data", "test_conformance_live", "test_law1_exactly_once", "test_two_commands"]

DATA = Path(os.environ.get("VIGIE_DATA", TOP.parent / "shared" / "data"))


def pytest_collection_modifyitems(items):
    order = {name: at for at, name in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.fixture(scope="session")
def brokers(tmp_path_factory):
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


@pytest.fixture
def world(tmp_path, brokers):
    """make(**options) -> World; every one made is closed at the end."""
    made = []

    def make(**options):
        folder = tmp_path / f"world{len(made)}"
        folder.mkdir()
        made.append(World(folder, brokers, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def data():
    """The folder of real data; absent, the test fails in CI and skips elsewhere."""
    if not DATA.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{DATA} is absent: these tests need the real data")
        pytest.skip(f"{DATA} is absent")
    return DATA
