"""One real Kafka for the whole run; a World of its own for each test."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from browser import Browser  # noqa: E402
from fixtures import brokers, data, stack, world  # noqa: E402, F401

# Files whose tests take longest are begun first, so that no worker is left alone with one.
LONG_FIRST = ["test_real_data", "test_conformance_live", "test_law1_exactly_once", "test_two_commands"]


def pytest_collection_modifyitems(items):
    order = {name: at for at, name in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    one = Browser(tmp_path_factory.mktemp("browser") / "browser.log")
    yield one
    one.close()
