"""Runs that wait, made in one batch and one by one: two servers, visited in turns by visitors who only run.

Each visitor asks for another text as soon as the last is answered, so that the line is never empty: what is served a
second is what the server can do.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import httpx

from explorer.bench import Report
from explorer.bench.load import ready, serve
from explorer.bench.load_visitors import Visitor
from explorer.bench.page_panels import percentile
from explorer.errors import BadRequestError

DESCRIPTION = "visitors=30 who run one text after another, new=12 tokens: runs a second, in batches and one by one"
#: as EXPLORER_TOGETHER has it; empty: as it is delivered
HOW = {"made one by one": "1", "made in batches": ""}


def run(report: Report, visitors: int = 30, seconds: int = 60, rounds: int = 3, new: int = 12) -> None:
    """Add the rows. Raises SourceMissingError where a server does not become ready."""
    if not (1 <= visitors <= 200 and 5 <= seconds <= 600 and 1 <= rounds <= 20 and 0 <= new <= 60):
        raise BadRequestError("1 to 200 visitors, 5 to 600 seconds, 1 to 20 rounds, 0 to 60 new tokens.")
    with tempfile.TemporaryDirectory() as folder:
        servers = {how: serve(Path(folder) / f"log{n}", EXPLORER_TOGETHER=n) for how, n in HOW.items()}
        try:
            taken = asyncio.run(_visited(servers, visitors, seconds, rounds, new))
        finally:
            for process, _ in servers.values():
                process.terminate()
                process.wait()
    case = f"{visitors} visitors who only run, {new} new tokens"
    rates = {how: [len(times) / seconds for times in found] for how, found in taken.items()}
    lates = {how: [percentile(times, 0.95) for times in found] for how, found in taken.items()}
    for how in HOW:
        report.add(f"{case}, {how}: median of {rounds} rounds", "explorer", statistics.median(rates[how]), "runs/s")
        report.add(f"{case}, {how}: least and", "explorer", min(rates[how]), "runs/s")
        report.add(f"{case}, {how}: most of a round", "explorer", max(rates[how]), "runs/s")
        report.add(f"{case}, {how}: p95", "explorer", statistics.median(lates[how]), "s")
    alone, together = HOW
    ratios = [b / a for a, b in zip(rates[alone], rates[together], strict=True)]
    slower = statistics.median(lates[together]) / statistics.median(lates[alone])
    report.add(f"{case}: p95, {together} / {alone}", "explorer", slower, "ratio")
    median = statistics.median(ratios)
    report.judge("twice the runs a second at no longer p95", median, "ratio", median >= 2 and slower <= 1)


async def _visited(
    servers: dict[str, tuple[subprocess.Popen[bytes], str]], visitors: int, seconds: int, rounds: int, new: int
) -> dict[str, list[list[float]]]:
    """Of each server and round, the seconds that the runs took which were answered."""
    taken: dict[str, list[list[float]]] = {how: [] for how in servers}
    async with AsyncExitStack() as stack:
        crowds: dict[str, list[Visitor]] = {}
        for how, (process, address) in servers.items():
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=visitors)
            timeout = httpx.Timeout(120, read=None)
            client = await stack.enter_async_context(
                httpx.AsyncClient(base_url=address, timeout=timeout, limits=limits)
            )
            page = await ready(client, process)
            crowds[how] = [Visitor(n, client, page, 0) for n in range(visitors)]
        for _ in range(rounds):
            for how, crowd in crowds.items():
                until = time.monotonic() + seconds
                found = await asyncio.gather(*(_runs(each, until, new) for each in crowd))
                taken[how].append([time for times in found for time in times])
    return taken


async def _runs(visitor: Visitor, until: float, new: int) -> list[float]:
    """Run after run; what is not answered in time does not count, and is waited for."""
    times: list[float] = []
    while (began := time.monotonic()) < until:
        await visitor.run(new)
        if time.monotonic() < until:
            times.append(time.monotonic() - began)
    return times
