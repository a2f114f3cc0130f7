"""Two models on the same items: which items flip, whether the difference is more than chance, how many items tell it.

What both models get right, or both wrong, says nothing about which is better. Only the b items that the first alone
gets right and the c that the second alone does are evidence. If neither is better, each of these b + c falls to either
side like a coin (McNemar 1947, Psychometrika 12; the exact test)::

    p = min(1, 2 P(X <= min(b, c))),    X ~ Binomial(b + c, 1/2)

The bootstrap draws the items anew, with replacement, and takes the middle 95 % of the differences (Efron 1979). The
items needed so that a difference of this size is seen in `power` of all tests (Connor 1987, Biometrics 43), with d the
part of items that flip and D the difference::

    n = (z_level sqrt(d) + z_power sqrt(d - D^2))^2 / D^2

Worked example: of 100 items the first alone gets 7 right, the second alone 3. A coin is as one-sided in 34 of 100
throws of ten, and the difference of 4 points would need some 490 items.

>>> first = torch.tensor([1.0] * 7 + [0.0] * 3 + [1.0] * 90)
>>> second = torch.tensor([0.0] * 7 + [1.0] * 3 + [1.0] * 90)
>>> found = flips(first, second)
>>> found.only_first, found.only_second, round(mcnemar(7, 3), 4), items_needed(0.07, 0.03)
(7, 3, 0.3438, 489)
>>> bootstrap(first, second, torch.Generator().manual_seed(0)).holds_zero
True
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.evaluation.standard_errors import SURE, Interval

#: Draws of the bootstrap, and how many are made at once.
DRAWS, AT_ONCE = 10_000, 1_000


@dataclass(frozen=True, eq=False)
class Flips:
    """Items by who answers them right."""

    to_second: Bool[Tensor, " item"]
    """Wrong in the first, right in the second."""
    to_first: Bool[Tensor, " item"]
    both: int
    neither: int

    @property
    def only_first(self) -> int:
        return int(self.to_first.sum())

    @property
    def only_second(self) -> int:
        return int(self.to_second.sum())


def flips(first: Float[Tensor, " item"], second: Float[Tensor, " item"]) -> Flips:
    """Of two lists of right (1) and wrong (0), item by item."""
    a, b = first > 0.5, second > 0.5
    return Flips(~a & b, a & ~b, int((a & b).sum()), int((~a & ~b).sum()))


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value; 1 where no item flips.

    >>> mcnemar(0, 0), mcnemar(5, 5), mcnemar(10, 0)  # ten of ten: 2 / 1024
    (1.0, 1.0, 0.001953125)
    """
    n, least = only_first + only_second, min(only_first, only_second)
    tail = sum(math.comb(n, k) for k in range(least + 1))
    return float(min(2 * tail / 2**n, 1.0))


def sign_flips(differences: Float[Tensor, " item"], generator: torch.Generator, draws: int = DRAWS) -> float:
    """The two-sided p-value of paired differences that are no wins and losses: were neither better, each could as well
    have the other sign (Fisher 1935, The Design of Experiments). All signs of few items, else so many drawn ones.

    >>> sign_flips(torch.ones(4), torch.Generator())  # all alike: 2 of 16
    0.125
    """
    d, n = differences.double(), len(differences)
    if 2**n <= draws:
        signs = 1 - 2 * (torch.arange(2**n)[:, None] >> torch.arange(n) & 1)
        means = (signs * d).sum(-1)
        return float((means.abs() >= d.sum().abs() - 1e-9).double().mean())
    signs = 1 - 2 * torch.randint(2, (draws, n), generator=generator)
    means = (signs * d).sum(-1)
    return float((1 + (means.abs() >= d.sum().abs() - 1e-9).sum()) / (draws + 1))


def bootstrap(
    first: Float[Tensor, " item"], second: Float[Tensor, " item"], generator: torch.Generator, draws: int = DRAWS
) -> Interval:
    """The mean of second - first over the items, and the middle 95 % of the means of items drawn anew."""
    differences = (second - first).double()
    n = len(differences)
    means = []
    for start in range(0, draws, AT_ONCE):
        drawn = torch.randint(n, (min(AT_ONCE, draws - start), n), generator=generator)
        means.append(differences[drawn].mean(-1))  # draw
    edges = torch.tensor([(1 - SURE) / 2, (1 + SURE) / 2], dtype=torch.float64)
    low, high = torch.cat(means).quantile(edges).tolist()
    return Interval(float(differences.mean()), low, high)


def items_needed(only_first: float, only_second: float, power: float = 0.8, level: float = 0.05) -> int | None:
    """How many items a test of that level needs to see the difference with that power: both given as parts of all
    items. None where there is no difference.

    >>> items_needed(0.1, 0.1) is None, items_needed(0.2, 0.0)
    (True, 37)
    """
    flipped, difference = only_first + only_second, abs(only_first - only_second)
    if not difference:
        return None
    normal = NormalDist()
    z_level, z_power = normal.inv_cdf(1 - level / 2), normal.inv_cdf(power)
    spread = z_level * math.sqrt(flipped) + z_power * math.sqrt(max(flipped - difference**2, 0.0))
    return math.ceil(spread**2 / difference**2)
