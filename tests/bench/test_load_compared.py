"""`bench load` compares runs made one by one with batches: in turns, and at the same p95."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from explorer.bench import Report, load_compared
from explorer.bench.load_compared import BATCHES, ONE_BY_ONE, Case
from explorer.bench.load_visitors import Page, Visitor


class Ended:
    """A server that needs no process."""

    def terminate(self) -> None: ...

    def wait(self) -> None: ...


def judged(one: list[tuple[float, float]], twice: list[tuple[float, float]]) -> str:
    page = Page(0, 0, 0, [])
    client = httpx.AsyncClient()
    cases = [Case(ONE_BY_ONE, [Visitor(0, client, page, 1.0)]), Case(BATCHES, [Visitor(1, client, page, 1.0)] * 2)]
    for case, rounds in zip(cases, (one, twice), strict=True):
        case.rates, case.lates = map(list, zip(*rounds, strict=True))
    load_compared.tell(report := Report("load"), cases)
    return report.rows[-1].unit


def test_twice_the_runs_count_only_at_the_same_p95() -> None:
    assert judged([(1.0, 10.0)] * 3, [(2.5, 9.0)] * 3).endswith("kept")
    assert judged([(1.0, 10.0)] * 3, [(2.5, 11.0)] * 3).endswith("missed"), "they wait longer"
    assert judged([(1.0, 10.0)] * 3, [(1.9, 9.0)] * 3).endswith("missed")


def test_the_cases_take_turns_and_late_runs_count_as_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[tuple[str, int]] = []
    asked: dict[str, str] = {}

    async def visit(visitor: Visitor, until: float) -> None:
        turns.append((str(visitor.client.base_url), visitor.number))
        visitor.taken.setdefault("run", []).append(0.5)
        await asyncio.sleep(0.05)  # the round is over by then
        visitor.taken["run"].append(9.0)

    def serve(log: Path, **settings: str) -> tuple[subprocess.Popen[bytes], str]:
        asked[settings["EXPLORER_TOGETHER"]] = log.name
        ended: Any = Ended()
        return ended, f"http://server{settings['EXPLORER_TOGETHER'] or 'x'}"

    async def ready(client: httpx.AsyncClient, process: Any) -> Page:
        return Page(0, 0, 0, [])

    monkeypatch.setattr(Visitor, "visit", visit)
    load_compared.compare(report := Report("load"), 2, 3, 0.01, serve, ready)
    assert asked == {"1": "log1", "": "log"}
    one, many = "http://server1", "http://serverx"
    each = [(one, 0), (one, 1), (many, 0), (many, 1), *((many, at) for at in (2, 3, 4, 5))]
    assert turns == each * 3
    rows = {row.case: row.value for row in report.rows}
    assert rows["2 visitors, runs made one by one: median of 3 rounds"] == pytest.approx(2 / 0.01)
    assert rows["2 visitors, runs made one by one: p95 of a run"] == 9.0
