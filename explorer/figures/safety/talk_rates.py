"""Rates and means of conversations, each with its interval and n."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.stack.evaluation.standard_errors import Interval, wilson


@dataclass(frozen=True, kw_only=True)
class TalkRate:
    """So many of n, with Wilson's interval of 95 %."""

    name: str
    hits: int
    n: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class TalkMean:
    """A mean of n numbers with its interval of 95 %; None where it is not known."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


def rate(name: str, seen: Sequence[bool]) -> TalkRate:
    hits, n = sum(seen), len(seen)
    found = wilson(hits, n)
    return TalkRate(name=name, hits=hits, n=n, share=found.mean, low=found.low, high=found.high)


def mean(found: Interval, n: int) -> TalkMean:
    mid, low, high = (each if math.isfinite(each) else None for each in (found.mean, found.low, found.high))
    return TalkMean(mean=mid, low=low, high=high, n=n)
