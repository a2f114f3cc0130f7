"""What tests take of the processor: the dearest are named at the end of a run, and none may take more than its share.

Processor time is counted, of this process and of those that it started, so that a busy machine moves it little; a
test's is held against the whole suite's, so that a slow machine does not move it either.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

import psutil
import pytest

from tests import tiers

#: A run with fewer tests is not the whole suite, of whose time a test has a share.
WHOLE = 5000
#: What one test may take of the suite's processor time: some 60 s, for a suite that takes half an hour of it.
#: What takes longer is marked thorough, with a quicker one beside it that shows the same on less.
SHARE = 1 / 30
#: How many are named.
NAMED = 15


def spent(others: bool) -> float:
    """Processor seconds of this process and of those that it has seen end; with `others`, of those that still run."""
    return sum(os.times()[:4]) + (sum(map(_seconds, psutil.Process().children(recursive=True))) if others else 0.0)


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.Error):  # it has ended meanwhile
        return sum(process.cpu_times()[:4])
    return 0.0


def dearest(tests: dict[str, float]) -> list[tuple[str, float]]:
    """The first `NAMED`, with their seconds."""
    return sorted(tests.items(), key=lambda each: -each[1])[:NAMED]


def too_dear(tests: dict[str, float]) -> list[str]:
    """Of a run of the whole suite, each test that takes more than its share.

    >>> too_dear({f"test_{at}": 0.1 for at in range(WHOLE)} | {"test_long": 50.0})
    ['test_long takes 50.0 s of processor time, of 550 s in all; it may take 18.3 s']
    """
    total = sum(tests.values())
    return [
        f"{test} takes {seconds:.1f} s of processor time, of {total:,.0f} s in all; it may take {SHARE * total:.1f} s"
        for test, seconds in dearest(tests)
        if len(tests) > WHOLE and seconds > SHARE * total
    ]


def folders(tests: dict[str, float], deep: int) -> dict[str, float]:
    """The same by folder, or by file.

    >>> folders({"tests/panels/a/test_b.py::test_c": 1.0, "tests/panels/a/test_d.py::test_c[1]": 2.0}, 2)
    {'tests/panels': 3.0}
    """
    found: dict[str, float] = defaultdict(float)
    for test, seconds in tests.items():
        found["/".join(PurePosixPath(test.partition("::")[0]).parts[:deep])] += seconds
    return dict(found)


class Costs:
    """A plugin of pytest: a worker counts, and who reports has the sums."""

    def __init__(self) -> None:
        self.tests: dict[str, float] = defaultdict(float)
        self._so_far: Callable[[], float] = lambda: 0.0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None]:
        """Fixtures that many share (a model, the server) are the work of none: the count begins behind them."""
        yield
        others = item.get_closest_marker("browser") is not None
        before = spent(others)
        self._so_far = lambda: spent(others) - before

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        report = yield
        if call.when == "call":
            report.processor = self._so_far()
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.tests[report.nodeid] += getattr(report, "processor", 0.0)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus == pytest.ExitCode.OK and not tiers.thorough and too_dear(self.tests):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if len(self.tests) <= WHOLE:
            return
        terminalreporter.section(f"{sum(self.tests.values()):.0f} s of processor time in {len(self.tests):,} tests")
        for deep in (2, 9):
            for name, seconds in dearest(folders(self.tests, deep)):
                terminalreporter.write_line(f"{seconds:7.1f} s  {name}")
            terminalreporter.write_line("")
        for name, seconds in dearest(self.tests):
            terminalreporter.write_line(f"{seconds:7.1f} s  {name}")
        for said in () if tiers.thorough else too_dear(self.tests):
            terminalreporter.write_line(f"Too dear: {said}", red=True)
