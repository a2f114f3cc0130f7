"""What drafts are worth as a picture: the speed that the formula promises, from what is kept and what it all takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from explorer.experiments.inference.decoding.speculative import ROWS, Drafts
from explorer.figures.inference.decoding.speculative import SpecSettings
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds
from explorer.stack.inference.decoding.speculative_sampling import expected_speedup, expected_tokens


@dataclass(frozen=True, kw_only=True)
class DraftWorth:
    """What a draft promises, by formula from measured inputs: medians over the rounds, and the middle half of them."""

    kind: str
    alpha: float
    cost: float
    """One drafted token, in plain steps."""
    tokens: tuple[float, ...]
    """Expected a pass, for gamma = 1, 2, .."""
    speedup: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    best: int
    """The gamma of the highest median."""
    verdict: Literal["pays", "costs", "unclear"]
    """At its best gamma: whether half of the rounds lie above 1, below 1, or on both sides."""


@dataclass(frozen=True, kw_only=True)
class DraftsWorth(Payload, SpecSettings):
    """Every draft at this run's positions."""

    positions: int
    found: int
    step: Milliseconds
    """A plain step."""
    rows: tuple[int, ...]
    pass_cost: tuple[float, ...]
    """Of passes over so many tokens, in plain steps."""
    drafts: tuple[DraftWorth, ...]
    rounds: int
    of_rounds: int


def drafts(made: Drafts, settings: SpecSettings, gammas: int, of_rounds: int) -> DraftsWorth:
    """Every draft up to `gammas` tokens a pass, by the formula, from each round's own times."""
    steps = made.seconds["1"]
    return DraftsWorth(
        **vars(settings),
        positions=made.positions,
        found=made.found,
        step=Milliseconds.of_all(steps),
        rows=ROWS,
        pass_cost=tuple(float(v) for v in np.median(_passes(made), axis=0)),
        drafts=_worths(made, settings.kinds, gammas),
        rounds=made.rounds,
        of_rounds=of_rounds,
    )


def _passes(made: Drafts) -> list[list[float]]:
    """Of each round, what passes over ROWS tokens took, in plain steps."""
    return [[made.seconds[str(n)][r] / step for n in ROWS] for r, step in enumerate(made.seconds["1"])]


def _worths(made: Drafts, kinds: Sequence[str], gammas: int) -> tuple[DraftWorth, ...]:
    steps = made.seconds["1"]
    none = [0.0] * len(steps)  # copying costs nothing
    costs = {
        kind: [t / step for t, step in zip(made.seconds[kind], steps, strict=True)] if kind in made.seconds else none
        for kind in kinds
    }
    passes = _passes(made)
    return tuple(worth(kind, made.alphas[kind], costs[kind], passes, gammas) for kind in kinds)


def worth(
    kind: str, alpha: float, costs: Sequence[float], passes: Sequence[Sequence[float]], gammas: int
) -> DraftWorth:
    """Expected tokens and speed for each gamma. By round: `costs` of a drafted token, `passes` over ROWS tokens, both
    in plain steps.

    >>> promised = worth("lookup", 0.8, [0.0] * 3, [[1.0] * len(ROWS)] * 3, 4)
    >>> [round(s, 2) for s in promised.speedup], promised.best, promised.verdict
    ([1.8, 2.44, 2.95, 3.36], 4, 'pays')

    A draft of which nothing is accepted saves nothing: where a pass over more tokens was timed as cheaper, that is
    noise.

    >>> idle = worth("lookup", 0.0, [0.0] * 3, [[1.0, 0.9, 0.8, 0.7]] * 3, 4)
    >>> idle.best, idle.verdict
    (1, 'unclear')
    """
    by_round = [
        [expected_speedup(alpha, g, cost, between(ROWS, of_rows)(g + 1)) for g in range(1, gammas + 1)]
        for cost, of_rows in zip(costs, passes, strict=True)
    ]
    low, median, high = (tuple(float(v) for v in np.quantile(by_round, q, axis=0)) for q in (0.25, 0.5, 0.75))
    best = max(range(gammas), key=lambda i: median[i]) if alpha else 0
    verdict = "pays" if alpha and low[best] > 1 else "costs" if high[best] < 1 else "unclear"
    tokens = tuple(expected_tokens(alpha, g) for g in range(1, gammas + 1))
    return DraftWorth(
        kind=kind,
        alpha=alpha,
        cost=float(np.median(costs)),
        tokens=tokens,
        speedup=median,
        low=low,
        high=high,
        best=best + 1,
        verdict=verdict,
    )


def between(rows: Sequence[int], seconds: Sequence[float]) -> Callable[[int], float]:
    """Straight lines between measured points; flat beyond them.

    >>> cost = between([1, 3, 9], [1.0, 1.2, 2.4])
    >>> round(cost(2), 3), round(cost(6), 3), cost(20)
    (1.1, 1.8, 2.4)
    """

    def at(n: int) -> float:
        for (a, x), (b, y) in pairwise(zip(rows, seconds, strict=True)):
            if n <= b:
                return x + (y - x) * max(0, n - a) / (b - a)
        return seconds[-1]

    return at
