"""A server under many visitors: started here, visited over loopback for some minutes, and ended.

It is a public server behind a proxy (this process), with the bounds that it has then; each visitor has an address. The
visitors share the machine's cores with it. They act anew when they have been answered and have read for a while, so a
server that is slow is asked less often: `served` says how much was done, the quantiles how long each waited for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx
import psutil

from explorer.bench import Report
from explorer.bench.load_compared import compare
from explorer.bench.load_visitors import SHARES, Page, Visitor
from explorer.bench.page_panels import percentile
from explorer.errors import BadRequestError, SourceMissingError

DESCRIPTION = (
    "a public server under visitors=100 who read for think=45 s between actions, for minutes=10; before it, in "
    "rounds=3 of seconds=40, a crowd=15 whose runs are made one by one, in batches, and twice that crowd in batches"
)
#: seconds for the start of the server, and for what has begun when the time is over
START_S, DRAIN_S = 180, 300
#: seconds between two looks at the memory
LOOK_S = 2.0
Look = tuple[float, float, float]
"""Minute, MB of the server, MB of the processes that it has started."""


def run(
    report: Report,
    visitors: int = 100,
    minutes: int = 10,
    think: int = 45,
    crowd: int = 15,
    rounds: int = 3,
    seconds: int = 40,
) -> None:
    """Add the rows; rounds=0 leaves the comparison out, minutes=0 the load. Raises SourceMissingError where a server
    does not become ready."""
    if not (1 <= visitors <= 2000 and 0 <= minutes <= 600 and 1 <= think <= 3600):
        raise BadRequestError("A load has 1 to 2,000 visitors, 0 to 600 minutes, and 1 to 3,600 s to read.")
    if not (1 <= crowd <= 200 and 0 <= rounds <= 20 and 5 <= seconds <= 600):
        raise BadRequestError("A comparison has a crowd of 1 to 200, and 0 to 20 rounds of 5 to 600 seconds.")
    if rounds:
        compare(report, crowd, rounds, seconds, serve, ready)
    if minutes:
        _under(report, visitors, minutes, think)


def _under(report: Report, visitors: int, minutes: int, think: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        process, address = serve(log)
        try:
            asyncio.run(_load(report, process, address, visitors, minutes, think))
            said = log.read_text(errors="replace")
            report.add("lines of the server's log that hold a traceback", "explorer", said.count("Traceback"), "lines")
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def serve(log: Path, **settings: str) -> tuple[subprocess.Popen[bytes], str]:
    """A public server of its own, and its address. It is ready some time later: see `ready`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "HF_HUB_OFFLINE": "1"}
    env |= {"EXPLORER_PUBLIC": "1", "EXPLORER_PROXIES": "127.0.0.1", "EXPLORER_METRICS": "1"}
    env |= settings
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "explorer", "run"], env=env, stdout=out, stderr=out)
    return process, f"http://127.0.0.1:{port}"


async def _load(
    report: Report, process: subprocess.Popen[bytes], address: str, visitors: int, minutes: int, think: int
) -> None:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=visitors)
    async with httpx.AsyncClient(base_url=address, timeout=httpx.Timeout(120, read=None), limits=limits) as client:
        page = await ready(client, process)
        until = time.monotonic() + 60 * minutes
        crowd = [Visitor(n, client, page, think) for n in range(visitors)]
        looking = asyncio.create_task(_memory(process, until))
        visits = {asyncio.create_task(each.visit(until)): each for each in crowd}
        _, late = await asyncio.wait(visits, timeout=60 * minutes + DRAIN_S)
        for visit in late:
            visit.cancel()
            visits[visit].errors.append(f"was not answered {DRAIN_S} s after the end")
        memory = await looking
        numbers = (await client.get("/metrics")).text
    _tell(report, crowd, memory, minutes)
    for name in ("explorer_trace_bytes", "explorer_answer_bytes"):
        value = next(float(line.split()[1]) for line in numbers.splitlines() if line.startswith(f"{name} "))
        report.add(f"{name} at the end", "explorer", value / 1e6, "MB")


async def ready(client: httpx.AsyncClient, process: subprocess.Popen[bytes]) -> Page:
    """What a page knows of the server, once it is ready. Raises SourceMissingError where it does not become so."""
    from explorer.stack.inference.decoding.sampler_settings import SETTINGS

    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if (await client.get("/readyz")).status_code == 200:
                config = (await client.get("/config")).json()
                return Page.of(config, [each.first for each in SETTINGS])
        except httpx.HTTPError:
            pass
        await asyncio.sleep(0.5)
    raise SourceMissingError("The server did not become ready.", "Start it by `llm-explorer run` to see why.")


async def _memory(process: subprocess.Popen[bytes], until: float) -> list[Look]:
    """What it and the processes that it has started hold, over the time."""
    server, began = psutil.Process(process.pid), time.monotonic()
    seen: list[Look] = []
    while time.monotonic() < until:
        others = 0
        for each in server.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                others += each.memory_info().rss
        seen.append(((time.monotonic() - began) / 60, server.memory_info().rss / 1e6, others / 1e6))
        await asyncio.sleep(LOOK_S)
    return seen


def _tell(report: Report, crowd: list[Visitor], memory: list[Look], minutes: int) -> None:
    for action in SHARES:
        taken = [seconds for each in crowd for seconds in each.taken.get(action, [])]
        if not taken:
            continue
        report.add(f"{action}: served", "explorer", len(taken), "actions")
        report.add(f"{action}: p50", "explorer", percentile(taken, 0.5), "s")
        report.add(f"{action}: p95", "explorer", percentile(taken, 0.95), "s")
    served = [each.served for each in crowd]
    report.add("served a minute", "explorer", sum(served) / minutes, "actions")
    report.add("told to come again", "explorer", sum(each.refused for each in crowd), "times")
    report.add("errors", "explorer", sum(len(each.errors) for each in crowd), "actions")
    for said, count in Counter(error for each in crowd for error in each.errors).most_common(5):
        print(f"{count} x {said}", file=sys.stderr)
    report.add("served of a visitor, fewest", "explorer", min(served), "actions")
    report.add("served of a visitor, most / fewest", "explorer", max(served) / max(1, min(served)), "ratio")
    half = [each for each in memory if each[0] >= memory[-1][0] / 2]
    for column, whose in enumerate(("the server", "what it has started"), start=1):
        slope, noise = drift([(each[0], each[column]) for each in half])
        report.add(f"memory of {whose}, largest", "explorer", max(each[column] for each in memory), "MB")
        report.add("... second half: grown by", "explorer", slope * (half[-1][0] - half[0][0]), "MB")
        report.add("... second half: noise (deviation from a line)", "explorer", noise, "MB")


def drift(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Slope of a line through the points, and the standard deviation of the points from it.

    >>> drift([(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)])
    (2.0, 0.0)
    """
    if len(points) < 3:
        return 0.0, 0.0
    times, values = zip(*points, strict=True)
    line = statistics.linear_regression(times, values)
    rest = [value - line.slope * at - line.intercept for at, value in points]
    return line.slope, statistics.pstdev(rest)
