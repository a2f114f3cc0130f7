"""Runs a second at the same p95: a crowd whose runs are made one by one, and twice that crowd whose runs are made in
batches. Two servers stand at one time, and are visited in turns.

Who waits as long among twice as many is served twice as often: that is what the judgement asks. The same crowd in
batches is shown besides. Every wait counts, those too that ended after the round; runs are counted within it.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from explorer.bench import Report
from explorer.bench.load_visitors import Action, Page, Visitor
from explorer.bench.page_panels import percentile

#: how runs are made -> EXPLORER_TOGETHER; empty: as it is delivered
ONE_BY_ONE, BATCHES = "one by one", "in batches"
HOW = {ONE_BY_ONE: "1", BATCHES: ""}
#: crowds of the second server, as many times the first's
MORE = 2
#: seconds that these visitors read between two actions: the line is never empty
READ_S = 1.0
RUNS: tuple[Action, ...] = ("run", "generation")
Server = tuple[subprocess.Popen[bytes], str]


@dataclass
class Case:
    """A crowd before a server, and what its rounds gave."""

    how: str
    crowd: list[Visitor]
    rates: list[float] = field(default_factory=list)
    """Runs a second, of each round."""
    lates: list[float] = field(default_factory=list)
    """p95 of the seconds that a run took, of each round."""

    @property
    def name(self) -> str:
        return f"{len(self.crowd)} visitors, runs made {self.how}"

    async def visit(self, seconds: float) -> None:
        """One round. What has begun at its end is finished before the next case's turn."""
        for each in self.crowd:
            each.taken.clear()
        until = time.monotonic() + seconds
        visits = [asyncio.create_task(each.visit(until)) for each in self.crowd]
        await asyncio.sleep(seconds)
        self.rates.append(len(self._taken()) / seconds)
        await asyncio.gather(*visits)
        self.lates.append(percentile(self._taken(), 0.95) if self._taken() else float("inf"))

    def _taken(self) -> list[float]:
        return [seconds for each in self.crowd for action in RUNS for seconds in each.taken.get(action, [])]


def compare(
    report: Report,
    crowd: int,
    rounds: int,
    seconds: float,
    serve: Callable[..., Server],
    ready: Callable[[httpx.AsyncClient, subprocess.Popen[bytes]], Awaitable[Page]],
) -> None:
    """Add the rows: so many rounds of so many seconds, for each of three cases."""
    with tempfile.TemporaryDirectory() as folder:
        servers = {how: serve(Path(folder) / f"log{n}", EXPLORER_TOGETHER=n) for how, n in HOW.items()}
        try:
            cases = asyncio.run(_visited(servers, crowd, rounds, seconds, ready))
        finally:
            for process, _ in servers.values():
                process.terminate()
                process.wait()
    tell(report, cases)


def tell(report: Report, cases: list[Case]) -> None:
    """The rows of what was measured, and whether twice the crowd is served at the same p95."""
    for case in cases:
        report.add(
            f"{case.name}: median of {len(case.rates)} rounds", "explorer", statistics.median(case.rates), "runs/s"
        )
        report.add(f"{case.name}: least and", "explorer", min(case.rates), "runs/s")
        report.add(f"{case.name}: most of a round", "explorer", max(case.rates), "runs/s")
        report.add(f"{case.name}: p95 of a run", "explorer", statistics.median(case.lates), "s")
        errors = sum(len(each.errors) for each in case.crowd)
        report.add(f"{case.name}: errors", "explorer", errors, "actions")
    alone, twice = cases[0], cases[-1]
    rate = statistics.median(b / a if a else 0.0 for a, b in zip(alone.rates, twice.rates, strict=True))
    late = statistics.median(b / a for a, b in zip(alone.lates, twice.lates, strict=True))
    report.add(f"{twice.name} / {alone.name}: p95 of a run", "explorer", late, "ratio")
    report.judge(f"{MORE} times the runs a second at the same p95", rate, "ratio", rate >= MORE and late <= 1)


async def _visited(
    servers: dict[str, Server],
    crowd: int,
    rounds: int,
    seconds: float,
    ready: Callable[[httpx.AsyncClient, subprocess.Popen[bytes]], Awaitable[Page]],
) -> list[Case]:
    async with AsyncExitStack() as stack:
        known: dict[str, tuple[httpx.AsyncClient, Page]] = {}
        for how, (process, address) in servers.items():
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=MORE * crowd)
            made = httpx.AsyncClient(base_url=address, timeout=httpx.Timeout(120, read=None), limits=limits)
            client = await stack.enter_async_context(made)
            known[how] = client, await ready(client, process)

        def visitors(how: str, n: int, first: int) -> Case:
            return Case(how, [Visitor(first + at, *known[how], READ_S) for at in range(n)])

        cases = [visitors(ONE_BY_ONE, crowd, 0), visitors(BATCHES, crowd, 0), visitors(BATCHES, MORE * crowd, crowd)]
        for _ in range(rounds):
            for case in cases:
                await case.visit(seconds)
        return cases
