"""The bound of masked diffusion on -ln p(x), estimated in two ways, and exactly where the text is short.

Each estimate hides some tokens of x and adds up what they cost, weighed:

    by time    t ~ U(0, 1), p = (1 - eps) t + eps, each token hidden with probability p;   weight 1/p
    by count   k ~ U{1..L}, exactly k tokens hidden;                                       weight L/k

(Nie et al. 2025, LLaDA, arXiv 2502.09992, equations 3 and 6.) Both have the mean

    B = sum over k = 1..L  of  (1/k) (mean over sets S of k tokens of the sum over i in S of -ln p(x_i | x without S))

the first one for eps = 0. By count varies less: the number of hidden tokens is what the weight says, not only on
average. With eps > 0 a count k weighs P[Binomial(L, eps) < k] / (1 - eps) as much: sets of few tokens, the easiest, are
seen too rarely, and all others a little too often.

Without eps the variance by time is infinite: a row of one hidden token comes with probability L p and weighs 1/p, so
that its square adds the integral of 1/p. `spread_by_time` grows with -ln eps: eps is paid in bias and buys a finite
spread.

B is also the mean of -ln p over all L! orders in which the tokens can be said one by one (Uria et al. 2014, arXiv
1310.1757; Hoogeboom et al. 2022, arXiv 2110.02037): `in_orders`. As ln is concave, -ln of the mean of p over the orders
is at most B.

By hand, L = 2. Both hidden, the tokens cost 1 and 2 nats; alone, 0.5 and 1.7. Sets of two: (1 + 2)/2 = 1.5; sets of
one: (0.5 + 1.7)/2 = 1.1; B = 2.6. The first token first: 1 + 1.7 = 2.7. The second first: 2 + 0.5 = 2.5. The mean is
2.6.

>>> costs = torch.tensor([[0.0, 0.0], [0.5, 0.0], [0.0, 1.7], [1.0, 2.0]])  # sets: none, first, second, both
>>> found = in_orders(costs)
>>> [round(each, 3) for each in (bound_of(costs), found.mean, found.best, found.worst, found.mixture)]
[2.6, 2.6, 2.5, 2.7, 2.595]
>>> found.best_order  # said first, the second token
(1, 0)
>>> round(spread_by_count(costs), 3), [round(spread_by_time(costs, eps), 1) for eps in (0.1, 0.001)]
(0.938, [2.6, 4.6])
>>> [round(each, 4) for each in count_weights(3, eps=0.1)]  # without eps: 1, 1/2, 1/3
[0.81, 0.54, 0.37]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.frontier.masked_diffusion.noise import EPS, GIVEN, Hidden, by_count, by_time, hidden_by

#: Tokens of a text whose 2^L sets are all tried.
SHORT = 10
#: Rows that are read at once.
ROWS = 16


@runtime_checkable
class Tells(Protocol):
    """A model that says what hidden tokens cost."""

    @property
    def mask(self) -> int: ...

    def nats(self, batch: Hidden) -> Tensor: ...


@dataclass(frozen=True, eq=False)
class Draws:
    """Estimates of a text's bound, one a draw, in nats of the whole text."""

    values: Float[Tensor, " draw"]
    hidden: Int[Tensor, " draw"]
    """Tokens that were hidden."""
    unweighed: Float[Tensor, " draw"]
    """What they cost, added up."""

    @property
    def spread(self) -> float:
        """The standard deviation of one estimate."""
        return float(self.values.std()) if len(self.values) > 1 else math.nan


def draws_by_time(
    model: Tells, text: Int[Tensor, " pos"], draws: int, generator: torch.Generator, eps: float = EPS
) -> Iterator[Draws]:
    """Each time by itself; a few draws more with every step. The first token is given."""

    def made(rows: Tensor) -> Hidden:
        return by_time(rows, torch.rand(len(rows), generator=generator), model.mask, generator, eps=eps)

    return _drawn(model, text, draws, made)


def draws_by_count(model: Tells, text: Int[Tensor, " pos"], draws: int, generator: torch.Generator) -> Iterator[Draws]:
    n = len(text) - GIVEN

    def made(rows: Tensor) -> Hidden:
        return by_count(rows, torch.randint(1, n + 1, (len(rows),), generator=generator), model.mask, generator)

    return _drawn(model, text, draws, made)


def _drawn(model: Tells, text: Tensor, draws: int, made: Callable[[Tensor], Hidden]) -> Iterator[Draws]:
    sums, counts, values = [], [], []
    for begin in range(0, draws, ROWS):
        batch = made(text.expand(min(ROWS, draws - begin), -1))
        cost = model.nats(batch).sum(1)
        sums.append(cost)
        counts.append(batch.at.sum(1))
        values.append(cost * batch.weights)
        yield Draws(torch.cat(values), torch.cat(counts), torch.cat(sums))


def costs_of(model: Tells, text: Int[Tensor, " pos"]) -> Float[Tensor, "set token"]:
    """Of every set of tokens behind the given one, what each of its tokens costs when the set is hidden; else 0.

    Row s hides token i where bit i of s is set. Raises ValueError for more than `SHORT` tokens.
    """
    n = len(text) - GIVEN
    if not 1 <= n <= SHORT:
        raise ValueError(f"{n} tokens have {2**n} sets: up to {SHORT} are tried")
    sets = torch.arange(1 << n)
    at = torch.zeros(1 << n, len(text), dtype=torch.bool)
    at[:, GIVEN:] = (sets[:, None] >> torch.arange(n)) & 1 == 1
    found = []
    for some in at.split(64):
        rows = text.expand(len(some), -1)
        found.append(model.nats(hidden_by(rows, some, model.mask, torch.ones(len(some))))[:, GIVEN:])
    return torch.cat(found)


def bound_of(costs: Float[Tensor, "set token"]) -> float:
    """B, as the sum over all sets: a set of k weighs 1 / (k C(L, k))."""
    return _weighed(costs, count_weights(costs.shape[1]))


def _weighed(costs: Float[Tensor, "set token"], weights: Sequence[float]) -> float:
    return sum(each * weight for each, weight in zip(means_by_count(costs), weights, strict=True))


def means_by_count(costs: Float[Tensor, "set token"]) -> list[float]:
    """Of k = 1 to L hidden tokens, the mean over all sets of the sum of what they cost."""
    n = costs.shape[1]
    sizes = _sizes(n)
    sums = costs.double().sum(1)
    return [float(sums[sizes == k].mean()) for k in range(1, n + 1)]


def count_weights(tokens: int, eps: float = 0.0) -> list[float]:
    """What the mean sum of k = 1 to L hidden tokens weighs, where times are drawn: 1/k for eps 0.

    The integral over p from eps to 1 of p^(k-1) (1-p)^(L-k) C(L, k), by 1 - eps.
    """
    below, found = 0.0, []
    for k in range(1, tokens + 1):
        below += math.comb(tokens, k - 1) * eps ** (k - 1) * (1 - eps) ** (tokens - k + 1)
        found.append(below / (1 - eps) / k)
    return found


def spread_by_count(costs: Float[Tensor, "set token"]) -> float:
    """The standard deviation of one estimate by count."""
    n = costs.shape[1]
    sizes, sums = _sizes(n), costs.double().sum(1)
    square = sum(float((sums[sizes == k] * n / k).square().mean()) for k in range(1, n + 1)) / n
    return math.sqrt(square - bound_of(costs) ** 2)


def spread_by_time(costs: Float[Tensor, "set token"], eps: float = EPS) -> float:
    """The standard deviation of one estimate by time. Raises ValueError for eps 0, where there is none."""
    if not 0 < eps < 1:
        raise ValueError("the variance is finite for eps between 0 and 1 alone")
    n = costs.shape[1]
    sizes, sums = _sizes(n), costs.double().sum(1)
    squares = [float(sums[sizes == k].square().mean()) for k in range(1, n + 1)]
    nodes, weights = np.polynomial.legendre.leggauss(200)
    p = np.exp((nodes + 1) / 2 * -math.log(eps) + math.log(eps))  # evenly in ln p: dp = p d(ln p)
    weights = weights / 2 * -math.log(eps) * p / (1 - eps)
    chances = (math.comb(n, k) * p**k * (1 - p) ** (n - k) / p**2 for k in range(1, n + 1))
    square = sum(each * float((weights * chance).sum()) for each, chance in zip(squares, chances, strict=True))
    mean = _weighed(costs, count_weights(n, eps))
    return math.sqrt(square - mean**2)


def mean_by_time(costs: Float[Tensor, "set token"], eps: float = EPS) -> float:
    """The mean of estimates by time: B for eps 0."""
    return _weighed(costs, count_weights(costs.shape[1], eps))


@dataclass(frozen=True)
class Orders:
    """-ln p of a text over all orders in which its tokens can be said one by one; nats."""

    mean: float
    best: float
    worst: float
    mixture: float
    """-ln of the mean of p."""
    forward: float
    """Left to right."""
    backward: float
    best_order: tuple[int, ...]
    worst_order: tuple[int, ...]


def in_orders(costs: Float[Tensor, "set token"]) -> Orders:
    """All L! orders at once: what a set costs follows from the sets of one token fewer."""
    n, rows = costs.shape[1], costs.double().tolist()
    mean, best, worst, mixed = ([0.0] * (1 << n) for _ in range(4))
    for each in range(1, 1 << n):
        tokens = [i for i in range(n) if each >> i & 1]
        paths = [(rows[each][i], each ^ (1 << i)) for i in tokens]
        mean[each] = sum(cost + mean[left] for cost, left in paths) / len(paths)
        best[each] = min(cost + best[left] for cost, left in paths)
        worst[each] = max(cost + worst[left] for cost, left in paths)
        least = min(cost + mixed[left] for cost, left in paths)
        mixed[each] = least - math.log(sum(math.exp(least - cost - mixed[left]) for cost, left in paths) / len(paths))
    everything = (1 << n) - 1
    return Orders(
        mean=mean[everything], best=best[everything], worst=worst[everything], mixture=mixed[everything],
        forward=chain(rows, range(n)), backward=chain(rows, range(n - 1, -1, -1)),
        best_order=_followed(rows, best), worst_order=_followed(rows, worst),
    )  # fmt: skip


def chain(rows: Sequence[Sequence[float]], order: Sequence[int]) -> float:
    """What a text costs, said in that order."""
    total, left = 0.0, (1 << len(order)) - 1
    for each in order:
        total += rows[left][each]
        left ^= 1 << each
    return total


def _followed(rows: list[list[float]], costs: list[float]) -> tuple[int, ...]:
    """The order that costs what `costs` says of all tokens."""
    left, order = len(costs) - 1, list[int]()
    while left:
        here = left
        token = min(
            (i for i in range(len(rows[0])) if here >> i & 1),
            key=lambda i: abs(rows[here][i] + costs[here ^ (1 << i)] - costs[here]),
        )
        order.append(token)
        left ^= 1 << token
    return tuple(order)


def _sizes(tokens: int) -> Int[Tensor, " set"]:
    return torch.tensor([each.bit_count() for each in range(1 << tokens)])
