"""Worlds for faults, the selection for dev/check, and a table of recoveries at the end."""
import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
from fixtures import brokers, stack, worlds  # noqa: E402, F401
from frame import FAULT_BIN, FaultWorld, write_report  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "short: in the selection that dev/check runs (6 minutes)")
    config.addinivalue_line("markers", "fault_build: needs a build with -DVG_FAULTS=ON")


@pytest.fixture
def world(tmp_path, brokers, request):  # noqa: F811
    """make(**options) -> FaultWorld; recoveries of each go into the final table."""
    if request.node.get_closest_marker("fault_build") and not FAULT_BIN:
        pytest.fail("VIGIE_FAULT_BIN names no binary of a build with -DVG_FAULTS=ON")
    with worlds(FaultWorld, tmp_path, brokers) as make:
        made = []

        def disturbed(**options):
            w = make(**options)
            w.calm = make
            made.append(w)
            return w
        yield disturbed
        for w in made:
            request.node.user_properties += [("fault", row) for row in w.recoveries]


def faults_of(report):
    return [row for name, row in report.user_properties if name == "fault"]


def pytest_runtest_logreport(report):
    """Progress: each recovery as soon as its test is over (with xdist, in the first process)."""
    if report.when == "teardown" and "PYTEST_XDIST_WORKER" not in os.environ:
        for row in faults_of(report):
            print(f"\n  recovered in {row['recovery_s']:.2f} s: {row['fault']}", flush=True)


def pytest_terminal_summary(terminalreporter):
    ended = [r for found in terminalreporter.stats.values() for r in found
             if getattr(r, "when", "") == "teardown"]
    failed = {r.nodeid for r in terminalreporter.stats.get("failed", [])}
    rows = [{**row, "test": r.nodeid.split("::")[-1],
             "result": "failed" if r.nodeid in failed else "undisturbed"}
            for r in ended for row in faults_of(r)]
    if not rows:
        return
    terminalreporter.section("faults")
    terminalreporter.write_line(f"{'recovery s':>10} {'cause s':>8}  {'result':<12} fault")
    for row in sorted(rows, key=lambda r: r["fault"]):
        terminalreporter.write_line(f"{row['recovery_s']:>10.2f} {row['cause_s']:>8.2f}  "
                                    f"{row['result']:<12} {row['fault']}")
    if os.environ.get("VIGIE_FAULT_REPORT"):
        write_report(os.environ["VIGIE_FAULT_REPORT"], rows)
