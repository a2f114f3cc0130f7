"""Timings as views show them: the median and the middle half of the rounds, and ratios with a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

from explorer.experiments.timing import Ratio, Timing


@dataclass(frozen=True, kw_only=True)
class Milliseconds:
    """A timing: median and quartiles.

    >>> Milliseconds.of_all([0.003, 0.001, 0.002])
    Milliseconds(ms=2.0, low=1.5, high=2.5)
    """

    ms: float
    low: float
    high: float

    @overload
    @classmethod
    def of(cls, taken: Timing) -> Milliseconds: ...
    @overload
    @classmethod
    def of(cls, taken: Timing | None) -> Milliseconds | None: ...
    @classmethod
    def of(cls, taken: Timing | None) -> Milliseconds | None:
        return None if taken is None else cls(ms=taken.median * 1e3, low=taken.low * 1e3, high=taken.high * 1e3)

    @classmethod
    def of_all(cls, seconds: Sequence[float]) -> Milliseconds:
        return cls.of(Timing.of(seconds))


@dataclass(frozen=True, kw_only=True)
class TimesAsLong:
    """A ratio of two timings, round by round: median and quartiles."""

    median: float
    low: float
    high: float
    clear: bool
    """False where the quartiles lie on both sides of 1: no verdict."""

    @overload
    @classmethod
    def of(cls, ratio: Ratio) -> TimesAsLong: ...
    @overload
    @classmethod
    def of(cls, ratio: Ratio | None) -> TimesAsLong | None: ...
    @classmethod
    def of(cls, ratio: Ratio | None) -> TimesAsLong | None:
        return None if ratio is None else cls(median=ratio.median, low=ratio.low, high=ratio.high, clear=ratio.clear)
