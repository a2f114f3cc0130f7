"""Schedules: no clash, bounds that no schedule passes, and closed forms."""

from __future__ import annotations

from typing import Literal

import pytest

from explorer.figures.systems.fp8_attention import clashes
from explorer.stack.systems.overlap import NAMES, RATES, Name, Work, schedule


@pytest.mark.parametrize("numbers", ["fp16", "fp8"])
@pytest.mark.parametrize("d_head", [64, 128, 256])
@pytest.mark.parametrize("name", NAMES)
def test_every_schedule_is_possible(name: Name, d_head: int, numbers: Literal["fp16", "fp8"]) -> None:
    work = Work(d_head, tiles=7, numbers=numbers)
    made = schedule(name, work)
    assert len(made.tasks) == 3 * 7 * made.groups
    assert clashes(made) == 0
    least = 7 * max(2 * work.product, work.softmax)
    most = 7 * (2 * work.product + work.softmax)
    assert least - 1e-12 <= made.seconds <= most + 1e-12
    assert made.busy("tensor") == pytest.approx(7 * 2 * work.product / made.seconds)
    for group in range(made.groups):
        mine = [t for t in made.tasks if t.group == group]
        assert {(t.tile, t.kind) for t in mine} == {(i, k) for i in range(7) for k in ("scores", "softmax", "output")}


def test_one_after_the_other_is_the_sum() -> None:
    work = Work(tiles=5)
    assert schedule("serial", work).seconds == pytest.approx(5 * (2 * work.product + work.softmax))


def test_pipelined_is_a_product_and_the_longer_of_the_other_two() -> None:
    """First S and softmax; then S of the next beside nothing, and O beside the softmax; the last O alone."""
    for work in (Work(tiles=5), Work(tiles=5, numbers="fp8")):
        wanted = work.product + work.softmax + 4 * (work.product + max(work.product, work.softmax)) + work.product
        assert schedule("pipelined", work).seconds == pytest.approx(wanted)


def test_the_papers_ratio() -> None:
    """512 times as many FLOPs as exponentials at 128 dimensions, 256 times the throughput: half the time."""
    assert RATES.products["fp16"] / RATES.exponentials == pytest.approx(254, abs=1)
    work = Work(d_head=128)
    assert work.softmax / (2 * work.product) == pytest.approx(0.495, abs=1e-3)
