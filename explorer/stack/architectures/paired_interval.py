"""A mean of paired differences, and how far it may lie from the true one: Student's interval.

Of n texts, each read with and without a change, d is the difference of a text's two losses. What is hard about a text
is hard in both, so the d vary far less than the losses, and their mean is known that much better::

    mean(d) +/- t(n - 1) s(d) / sqrt(n)        s^2 = sum (d - mean)^2 / (n - 1)

holds the true mean 95 times of 100 where the d are about normal; t(n - 1) is the quantile of Student's distribution
(Student 1908, Biometrika 6), 12.7 for two texts, 2.1 for twenty.

Worked example: differences 1, 2, 3 have the mean 2 and s = 1, so that t(2) = 4.303 gives 2 +/- 4.303 / sqrt(3).

>>> made = paired_interval(torch.tensor([1.0, 2.0, 3.0]))
>>> [round(float(each), 3) for each in (made.mean, made.low, made.high)]
[2.0, -0.484, 4.484]
>>> [round(quantile(n), 3) for n in (1, 2, 3, 47)]  # as every table has them
[12.706, 4.303, 3.182, 2.012]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

#: The part of all cases in which the interval holds the true mean.
SURE = 0.95


@dataclass(frozen=True, eq=False)
class Interval:
    """A mean and its bounds; float64, the bounds NaN where there is one text alone."""

    mean: Float[Tensor, " *rows"]
    low: Float[Tensor, " *rows"]
    high: Float[Tensor, " *rows"]


def paired_interval(differences: Float[Tensor, "*rows text"]) -> Interval:
    """The mean over texts, with its interval of 95 %; NaN where a difference is."""
    d, n = differences.double(), differences.shape[-1]
    mean = d.mean(-1)
    half = quantile(n - 1) * d.std(-1) / math.sqrt(n) if n > 1 else torch.full_like(mean, math.nan)
    return Interval(mean, mean - half, mean + half)


@cache
def quantile(freedom: int, sure: float = SURE) -> float:
    """t such that |T| <= t with that probability, T of so many degrees of freedom: found by halving."""
    low, high = 0.0, 1.0
    while within(high, freedom) < sure:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, freedom) < sure else (low, middle)
    return high


def within(t: float, freedom: int) -> float:
    """P(|T| <= t): a finite sum for whole degrees of freedom (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4).

    >>> within(1.0, 1), round(within(math.sqrt(2), 2), 4)  # half of Cauchy's; sqrt(1/2)
    (0.5, 0.7071)
    """
    angle = math.atan(t / math.sqrt(freedom))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for at in range(freedom // 2):
        total += term
        term *= cosine**2 * (2 * at + 1 + odd) / (2 * at + 2 + odd)
    return (2 / math.pi) * (angle + sine * total) if odd else sine * total
