"""Bits under a budget: a format for every matrix, so that the sum of what each alone costs is small.

Each matrix offers some formats, each of so many bytes and of a KL divergence that was measured with this matrix alone
packed. Of a matrix only the formats on the lower convex hull of (bytes, KL) are taken: going up it, every step saves
less for a byte than the one before. All matrices begin with the cheapest; steps are taken in the order of what they
save for a byte, and one that no longer fits ends its matrix's way up (Dantzig 1957's rule for the knapsack).

A larger budget never predicts a larger KL: up to the first step that only the larger one can pay, both choose alike;
the smaller has less left than this step costs, and nothing after it saves more for a byte.

Worked example: two matrices of 8 bytes at least. With 4 bytes more the second takes its step, which saves 0.1 nats a
byte; the first one's saves 0.05 a byte, and needs 8.

>>> ladders = [[(8, 0.5), (16, 0.1)], [(8, 0.6), (12, 0.2)]]
>>> [greedy(ladders, budget).chosen for budget in (16, 20, 28)]
[(0, 0), (0, 1), (1, 1)]
>>> round(greedy(ladders, 20).kl, 3), greedy(ladders, 20).nbytes
(0.7, 20)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Offer = tuple[int, float]
"""Bytes, and KL divergence in nats."""


@dataclass(frozen=True)
class Choice:
    """A format for every matrix."""

    chosen: tuple[int, ...]
    """Which of its offers each matrix takes."""
    nbytes: int
    kl: float
    """The sum of what the chosen ones cost alone."""


@dataclass(frozen=True)
class Step:
    """From one offer of a matrix up to the next on its hull."""

    matrix: int
    to: int
    cost: int
    """Bytes."""
    rate: float
    """Nats saved for a byte."""


def greedy(ladders: Sequence[Sequence[Offer]], budget: int) -> Choice:
    """The choice within a budget of bytes; the cheapest offers where even these take more."""
    hulls = [hull(offers) for offers in ladders]
    chosen = [found[0] for found in hulls]
    spent = sum(ladders[matrix][at][0] for matrix, at in enumerate(chosen))
    over: set[int] = set()
    for step in steps(ladders):
        if step.matrix in over:
            continue
        if spent + step.cost > budget:
            over.add(step.matrix)
            continue
        chosen[step.matrix] = step.to
        spent += step.cost
    return Choice(tuple(chosen), spent, sum(ladders[matrix][at][1] for matrix, at in enumerate(chosen)))


def steps(ladders: Sequence[Sequence[Offer]]) -> list[Step]:
    """All steps up all hulls, those that save most for a byte first; alike ones by matrix."""
    made = []
    for matrix, offers in enumerate(ladders):
        on = hull(offers)
        for here, there in pairwise(on):
            cost = offers[there][0] - offers[here][0]
            made.append(Step(matrix, there, cost, (offers[here][1] - offers[there][1]) / cost))
    return sorted(made, key=lambda step: -step.rate)


def hull(offers: Sequence[Offer]) -> list[int]:
    """Which offers lie on the lower convex hull, from the cheapest to the one of least KL.

    >>> hull([(8, 0.5), (10, 0.4), (12, 0.1), (20, 0.1)])  # the second saves less for a byte than going past it
    [0, 2]
    """
    order = sorted(range(len(offers)), key=lambda at: offers[at])
    found: list[int] = []
    for at in order:
        if found and offers[at][1] >= offers[found[-1]][1]:
            continue
        while len(found) > 1 and _rate(offers, found[-2], found[-1]) <= _rate(offers, found[-1], at):
            found.pop()
        found.append(at)
    return found


def _rate(offers: Sequence[Offer], here: int, there: int) -> float:
    return (offers[here][1] - offers[there][1]) / (offers[there][0] - offers[here][0])
