"""How well a score ranks: the area under the ROC curve, with an interval that has a width even where all is told apart.

The AUROC is the part of all pairs in which one of m positive cases scores above one of n negative ones, ties counted
half (Mann and Whitney 1947). Its variance, were the true area A (Hanley and McNeil 1982, with both groups of the mean
size, Newcombe 2006, Statistics in Medicine 25, method 5)::

    V(A) = A (1 - A) (1 + N (1 - A) / (2 - A) + N A / (1 + A)) / (m n)        N = (m + n) / 2 - 1

The interval holds every A whose own V does not refuse what was measured: |a - A| <= z sqrt(V(A)). Where a = 1 the plain
variance is 0 and says that nothing can err; this one asks which A could have given 1, as Wilson's does for a part.

Worked example: two positive and two negative cases, three of four pairs in order.

>>> ranked([3.0, 1.0], [2.0, 0.0])
Ranked(auroc=0.75, low=0.2272, high=0.9668)
>>> ranked([5.0] * 40, [0.0] * 40), ranked([1.0] * 4, [1.0] * 4).auroc
(Ranked(auroc=1, low=0.9501, high=1), 0.5)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.errors import BadRequestError
from explorer.stack.evaluation.standard_errors import SURE, quantile

#: Halvings of an interval of width 1: to 1e-12.
HALVED = 40


@dataclass(frozen=True)
class Ranked:
    """The area with its interval of 95 %."""

    auroc: float
    low: float
    high: float

    def __repr__(self) -> str:
        return f"Ranked(auroc={self.auroc:.4g}, low={self.low:.4g}, high={self.high:.4g})"


def ranked(positive: Sequence[float], negative: Sequence[float]) -> Ranked:
    """The part of pairs in order. Raises BadRequestError where a group is empty or a score is not a number."""
    a = area(positive, negative)
    m, n = len(positive), len(negative)
    return Ranked(a, _bound(a, m, n, 0.0), _bound(a, m, n, 1.0))


def area(positive: Sequence[float], negative: Sequence[float]) -> float:
    """By ranks, which costs a sort: sum of the positive ranks less the least that it can be, over m n."""
    m, n = len(positive), len(negative)
    scores = torch.tensor([*positive, *negative], dtype=torch.float64)
    if not m or not n or bool(scores.isnan().any()):
        raise BadRequestError("An AUROC needs cases of both kinds, each with a score.", "Measure more cases.")
    below = (scores[:, None] > scores).sum(1)
    same = (scores[:, None] == scores).sum(1)
    ranks = below + (same + 1) / 2
    return float(ranks[:m].sum() - m * (m + 1) / 2) / (m * n)


def variance(a: float, m: int, n: int) -> float:
    """Of the AUROC of m and n cases, were a the true one.

    >>> variance(0.5, 1, 1), variance(1.0, 5, 5)
    (0.25, 0.0)
    """
    each = (m + n) / 2 - 1
    return a * (1 - a) * (1 + each * (1 - a) / (2 - a) + each * a / (1 + a)) / (m * n)


def _bound(a: float, m: int, n: int, end: float) -> float:
    """The farthest A towards `end` that could have given a."""
    inside, outside, z = a, end, quantile(SURE)
    if abs(end - a) <= z * math.sqrt(variance(end, m, n)) + 1e-15:
        return end
    for _ in range(HALVED):
        middle = (inside + outside) / 2
        within = abs(middle - a) <= z * math.sqrt(variance(middle, m, n))
        inside, outside = (middle, outside) if within else (inside, middle)
    return (inside + outside) / 2
