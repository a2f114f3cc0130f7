"""Timing that can be believed: cases take turns, each has a median and a spread, and a verdict only where they differ.

A machine is disturbed in stretches. Cases that are timed one after the other each get another stretch; cases that take
turns, another one first in each round, share it, and what is compared is their ratio within a round.

>>> compare([1.0, 1.1, 0.9], [2.0, 2.3, 1.7]).clear
True
>>> compare([1.0, 3.0, 0.5], [1.1, 0.9, 2.0]).clear
False

Where the rounds say that one was slower and the medians beside them that the other was, nothing is clear either.

>>> compare([8.0, 3.0, 8.0, 7.0, 4.0], [12.0, 4.0, 10.0, 1.0, 6.0])  # medians: 7 and 6
Ratio(median=1.3333333333333333, low=1.25, high=1.5, clear=False)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from explorer.experiments.reused_memory import reused_memory

Made = TypeVar("Made")

#: of the values of a timing, the part that lies below its `low`, and above its `high`
QUARTER = 0.25


def middle_half(values: Sequence[float]) -> tuple[float, float, float]:
    """The lower quartile, the median and the upper quartile of the same values: the median lies between the others.

    A median of other values (of sums beside a sum of medians, of one round beside all) may lie outside: it is no median
    of what the quartiles describe, and never stands beside them.

    >>> middle_half([4.0, 1.0, 2.0, 3.0])
    (1.75, 2.5, 3.25)
    """
    low, median, high = (float(np.quantile(values, q)) for q in (QUARTER, 0.5, 1 - QUARTER))
    return low, median, high


@dataclass(frozen=True)
class Timing:
    """Seconds of one case: the median of its rounds, and the quartiles."""

    median: float
    low: float
    high: float
    rounds: int

    @staticmethod
    def of(seconds: Sequence[float]) -> Timing:
        """>>> Timing.of([3.0, 1.0, 2.0])
        Timing(median=2.0, low=1.5, high=2.5, rounds=3)
        """
        low, median, high = middle_half(seconds)
        return Timing(median, low, high, len(seconds))

    @property
    def spread(self) -> float:
        """The quartiles' distance, as a share of the median."""
        return (self.high - self.low) / self.median if self.median else 0.0


@dataclass(frozen=True)
class Ratio:
    """How many times as long `other` took as `this`, round by round."""

    median: float
    low: float
    high: float
    clear: bool
    """Whether every quartile lies on the same side of 1, and the ratio of the medians too: otherwise the machine was
    too busy to tell."""


def compare(this: Sequence[float], other: Sequence[float]) -> Ratio:
    """The ratio of two cases that were timed in the same rounds, other / this.

    >>> compare([1.0, 2.0, 4.0], [2.0, 4.0, 8.0])
    Ratio(median=2.0, low=2.0, high=2.0, clear=True)
    """
    of_rounds = [b / a for a, b in zip(this, other, strict=True)]
    low, median, high = middle_half(of_rounds)
    medians = float(np.median(other)), float(np.median(this))
    slower, faster = low > 1 and medians[0] > medians[1], high < 1 and medians[0] < medians[1]
    return Ratio(median, low, high, slower or faster)


def interleaved(cases: Mapping[str, Callable[[], object]], rounds: int = 5) -> Iterator[dict[str, list[float]]]:
    """Time the cases in turns; yields the seconds of all, case by case, after every round.

    Each case runs once before, unmeasured; what they free is used again (`reused_memory`). Raises whatever a case
    raises.

    >>> *_, seconds = interleaved({"a": lambda: None, "b": lambda: sum(range(1000))}, rounds=3)
    >>> sorted(seconds), len(seconds["a"])
    (['a', 'b'], 3)
    """
    names = list(cases)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    with reused_memory():
        for name in names:
            cases[name]()
        for turn in range(rounds):
            first = turn % len(names)
            for name in (*names[first:], *names[:first]):
                start = time.perf_counter()
                cases[name]()
                seconds[name].append(time.perf_counter() - start)
            yield {name: list(taken) for name, taken in seconds.items()}


def in_turns(
    ours: Iterator[Made], theirs: Iterator[Made], rounds: Callable[[Made], int]
) -> Iterator[tuple[Made, Made | None]]:
    """Two measurements round by round, so that both see the same machine; yields what there is of both.

    `rounds`: how many are complete. Each round of the second follows that of the first.

    >>> list(in_turns(iter([0, 1, 1, 2]), iter([0, 1, 2]), int))
    [(0, None), (1, 1), (1, 1), (2, 2)]
    """
    made = latest = None
    for made in ours:
        while (0 if latest is None else rounds(latest)) < rounds(made):
            latest = next(theirs)
        yield made, latest
    for latest in theirs:
        assert made is not None
        yield made, latest


@contextmanager
def one_thread() -> Iterator[None]:
    """Meanwhile torch works in one thread: none waits for another that the machine gives to somebody else."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
