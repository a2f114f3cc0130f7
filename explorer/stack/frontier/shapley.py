"""Shapley values: the one division of a whole among its parts that is fair by four axioms.

Part i gets the mean, over all orders in which the n parts may join, of what it adds when it joins those before it
(Shapley 1953; for models Strumbelj & Kononenko 2010)::

    phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S))

Exactly that needs v of all 2^n coalitions: 256 for 8 parts. For more, orders are drawn at random, each with its reverse
(antithetic: what one order overrates the other underrates), and the mean of what i adds is an estimate whose standard
error is measured over these pairs. Either way the values add up to v(all) - v(none): within each order they do.

Worked example, the glove game: part 0 has a left glove, 1 and 2 a right one each, and only a pair is worth 1.

>>> def pairs(coalitions):
...     return torch.tensor([float(0 in each and len(each) > 1) for each in coalitions])
>>> [round(float(phi), 4) for phi in exact(pairs, 3)]
[0.6667, 0.1667, 0.1667]
>>> drawn = sampled(pairs, 3, orders=200, generator=torch.Generator().manual_seed(0))
>>> bool(((drawn.values - exact(pairs, 3)).abs() <= 4 * drawn.errors).all()), round(float(drawn.values.sum()), 4)
(True, 1.0)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

#: v: a number for each coalition of parts.
Worth: TypeAlias = Callable[[Sequence[frozenset[int]]], Float[Tensor, " coalition"]]
#: Parts up to which all coalitions are asked.
EXACT = 8


def exact(worth: Worth, n: int) -> Float[Tensor, " part"]:
    """By all 2^n coalitions, float64."""
    coalitions = [frozenset(each) for size in range(n + 1) for each in combinations(range(n), size)]
    value = dict(zip(coalitions, worth(coalitions).double().tolist(), strict=True))
    shares = torch.zeros(n, dtype=torch.float64)
    for those in coalitions:
        weight = factorial(len(those)) * factorial(n - len(those) - 1) / factorial(n) if len(those) < n else 0.0
        for part in set(range(n)) - those:
            shares[part] += weight * (value[those | {part}] - value[those])
    return shares


@dataclass(frozen=True, eq=False)
class Sampled:
    """An estimate by random orders."""

    values: Float[Tensor, " part"]
    errors: Float[Tensor, " part"]
    """Standard errors, over pairs of an order and its reverse; NaN of one pair alone."""
    orders: int


def sampled(worth: Worth, n: int, orders: int, generator: torch.Generator) -> Sampled:
    """The estimate by so many orders: half of them drawn, half their reverses."""
    *_, last = sampling(worth, n, orders, generator)
    return last


def sampling(worth: Worth, n: int, orders: int, generator: torch.Generator) -> Iterator[Sampled]:
    """The same, as it grows by each pair of orders."""
    added: list[Tensor] = []
    for _ in range(max(1, orders // 2)):
        order = torch.randperm(n, generator=generator).tolist()
        added.append((_along(worth, order) + _along(worth, order[::-1])) / 2)
        found = torch.stack(added)  # pair part
        errors = found.std(0) / len(found) ** 0.5 if len(found) > 1 else torch.full((n,), torch.nan, dtype=found.dtype)
        yield Sampled(found.mean(0), errors, 2 * len(found))


def _along(worth: Worth, order: list[int]) -> Float[Tensor, " part"]:
    """What each part adds when it joins in this order."""
    steps = [frozenset(order[:size]) for size in range(len(order) + 1)]
    gains = worth(steps).double().diff()
    shares = torch.zeros(len(order), dtype=torch.float64)
    shares[torch.tensor(order)] = gains
    return shares
