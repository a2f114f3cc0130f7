"""Runs by many visitors at once: in this process, and in one and two replicas of it (Ray Serve).

Eight visitors ask for runs of about 40 tokens, no two alike, each the next when the last is there. A replica has its
share of the cores, so that two of them on a machine of two cores can give no more than twice one: what is measured is
what the way through Ray costs, and that the work does spread.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from explorer import zoo
from explorer.bench import Peer, Report
from explorer.shell.engine import Engine, Here
from explorer.shell.scale import Scale
from explorer.shell.service import Explorer
from explorer.shell.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

DESCRIPTION = (
    "runs a second and seconds a run of eight visitors: in this process, in one and in two replicas (Ray Serve)"
)
RAY = Peer("ray", "ray.serve", 'pip install "llm-internals-explorer[scale]"', "some 70 MB")
VISITORS = 8
ROUNDS = 5
TEXT = (
    "Visitor {} asks: when Mary and John went to the store, who gave a drink to whom, and what did they say of it? " * 2
)


def run(report: Report) -> None:
    """Add the rows."""
    asked = itertools.count()
    _measure(report, "in this process", Here(), asked)
    if report.peer(RAY) is None:
        return
    from explorer.shell.replicas import Replicas

    for replicas in (1, 2):
        with tempfile.TemporaryDirectory() as runs:
            began = time.perf_counter()
            engine = Replicas.start(Settings(scale=Scale((replicas, replicas), traces=runs)))
            case = f"{replicas} replica{'s' * (replicas > 1)}"
            report.add(f"{case}: from nothing to ready", "explorer", time.perf_counter() - began, "s")
            try:
                _measure(report, case, engine, asked)
            finally:
                engine.close()


def _measure(report: Report, case: str, engine: Engine, asked: Iterator[int]) -> None:
    """Rounds of one run for each visitor; the first warms up."""
    line = ThreadPoolExecutor(engine.places)  # the dispatcher's: no more at a time than there are places

    def one(number: int) -> float:
        query = urlencode({"model": zoo.DEFAULT, "text": f"{number}: {TEXT}"})
        began = time.perf_counter()
        line.submit(engine.do, query, partial(Explorer().run, query, "walk", {}, {})).result()
        return time.perf_counter() - began

    rates, times = [], []
    with line, ThreadPoolExecutor(VISITORS) as visitors:
        for turn in range(ROUNDS + 1):
            began = time.perf_counter()
            took = list(visitors.map(one, itertools.islice(asked, VISITORS)))
            if turn:
                rates.append(VISITORS / (time.perf_counter() - began))
                times += took
    report.add(f"{case}: {VISITORS} visitors", "explorer", statistics.median(rates), "runs a second")
    report.add(f"{case}: the slowest and the fastest round", "explorer", max(rates) / min(rates), "times apart")
    report.add(f"{case}: a visitor waits", "explorer", statistics.median(times), "s")
