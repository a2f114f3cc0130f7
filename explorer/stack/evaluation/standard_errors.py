"""How far a score may lie from that of all items of its kind: standard errors, plain and clustered.

Of n items with the scores x, drawn one by one::

    se = s / sqrt(n),    s^2 = sum (x - mean)^2 / (n - 1)

Items that belong together (questions about one passage, samples of one item) are no independent draws. With C clusters,
the deviations of a cluster are added first (Miller 2024, arXiv 2411.00640)::

    se = sqrt(sum over clusters of (sum of deviations)^2 * C / (C - 1)) / n

Where all of n answers are right, s is 0, and that interval has no width. Wilson's (Wilson 1927, J. Am. Stat. Assoc. 22)
holds every part p that the normal test of k right answers does not refuse::

    (k + z^2 / 2 -+ z sqrt(k (n - k) / n + z^2 / 4)) / (n + z^2)

Worked example: eight answers in four pairs, 62.5 % right. Two pairs are right in both, so that the pairs vary more than
independent answers would.

>>> scores = torch.tensor([1.0, 1, 0, 0, 1, 0, 1, 1])
>>> round(standard_error(scores), 6), round(clustered_error(scores, torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])), 6)
(0.182981, 0.239357)
>>> interval(scores)  # wider than the scale itself: eight items say little
Interval(mean=0.625, low=0.2664, high=0.9836)
>>> wilson(5, 8), wilson(8, 8)
(Interval(mean=0.625, low=0.3057, high=0.8632), Interval(mean=1, low=0.6756, high=1))
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import torch
from jaxtyping import Float, Int
from torch import Tensor

#: The part of all cases in which an interval holds the true value.
SURE = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean with its bounds: mean -+ z se, z the normal quantile. NaN bounds where the error is not known."""

    mean: float
    low: float
    high: float

    def __repr__(self) -> str:
        return f"Interval(mean={self.mean:.4g}, low={self.low:.4g}, high={self.high:.4g})"

    @property
    def holds_zero(self) -> bool:
        """Whether no difference is possible; also where nothing is known."""
        return not (self.low > 0 or self.high < 0)


def standard_error(scores: Float[Tensor, " item"]) -> float:
    """Of the mean of independent items; NaN of fewer than two."""
    n = len(scores)
    return float(scores.double().std()) / math.sqrt(n) if n > 1 else math.nan


def clustered_error(scores: Float[Tensor, " item"], clusters: Int[Tensor, " item"]) -> float:
    """Of the mean of items in clusters; NaN of fewer than two clusters. `clusters`: a number for each item."""
    x = scores.double()
    _, of = clusters.unique(return_inverse=True)
    count = int(of.max()) + 1 if len(of) else 0
    if count < 2:
        return math.nan
    sums = torch.zeros(count, dtype=torch.float64).index_add(0, of, x - x.mean())  # cluster
    return math.sqrt(float(sums.square().sum()) * count / (count - 1)) / len(x)


def interval(scores: Float[Tensor, " item"], clusters: Int[Tensor, " item"] | None = None) -> Interval:
    """The mean with its interval of 95 %."""
    error = standard_error(scores) if clusters is None else clustered_error(scores, clusters)
    return around(float(scores.double().mean()), error)


def around(mean: float, error: float) -> Interval:
    """The mean with its interval of 95 %.

    >>> around(0.0, 1.0)
    Interval(mean=0, low=-1.96, high=1.96)
    """
    half = quantile(SURE) * error
    return Interval(mean, mean - half, mean + half)


def wilson(right: int | float, n: int) -> Interval:
    """The part of right answers with its interval of 95 %, which has a width where all or none are right. No whole
    number of answers stands where those that belong together count as one."""
    z2 = quantile(SURE) ** 2
    half = math.sqrt(z2 * (right * (n - right) / n + z2 / 4))
    low, high = ((right + z2 / 2 + sign * half) / (n + z2) for sign in (-1, 1))
    return Interval(right / n, max(low, 0.0), min(high, 1.0))


def quantile(sure: float) -> float:
    """z such that a standard normal number lies within -+z with that probability.

    >>> round(quantile(0.95), 4)
    1.96
    """
    return NormalDist().inv_cdf((1 + sure) / 2)
