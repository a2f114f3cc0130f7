"""Whether drafts are judged fairly: tokens are drafted and judged anew, many times over, and counted against p."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.inference.decoding.speculative_sampling import redraw
from explorer.stack.worst import worst

#: One in so many fair experiments would be called unfair.
RARE = 100_000


@dataclass(frozen=True)
class Fairness:
    """Tokens drafted and judged anew, against p. Sums over positions; they add up."""

    positions: int = 0
    draws: int = 0
    distance: float = 0.0
    """Total variation of the drawn shares from p."""
    expected: float = 0.0
    """What it would be on average if the tokens were drawn from p itself."""

    def __add__(self, other: Fairness) -> Fairness:
        return Fairness(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def excess(self) -> float:
        """By how much the mean distance is larger than fair draws make it."""
        return worst(0.0, self.distance - self.expected) / max(1, self.positions)

    @property
    def allowed(self) -> float:
        """The excess that fair draws pass once in `RARE` times at most (McDiarmid: one draw moves it by 1/draws)."""
        return math.sqrt(math.log(RARE) / (2 * max(1, self.draws)))


def fairness(
    q: Float[Tensor, " d_vocab"], p: Float[Tensor, " d_vocab"], draws: int, generator: torch.Generator
) -> Fairness:
    """Draft from q and judge `draws` times at one position, with the rule that judges every draft.

    >>> sure = torch.tensor([0.0, 1.0]).double()
    >>> fairness(torch.tensor([0.5, 0.5]).double(), sure, 50, torch.Generator().manual_seed(0)).distance
    0.0
    """
    shares = redraw(q, p, draws, generator).counts.double() / draws
    return Fairness(1, draws, float((shares - p).abs().sum() / 2), expected_distance(p, draws))


def expected_distance(p: Float[Tensor, " d_vocab"], draws: int) -> float:
    """Mean total variation of the shares of `draws` draws from p: half the sum of E|X/n - p| of binomials.

    De Moivre: E|X - np| = 2 v C(n, v) p^v (1 - p)^(n - v + 1) with v = floor(np) + 1.

    >>> round(expected_distance(torch.tensor([0.5, 0.5]).double(), 2), 6)  # of 1/2, 0, 0 and 1/2
    0.25
    """
    p, n = p.double(), draws
    v = (n * p).floor() + 1
    inner = (p > 0) & (v <= n)
    p, v = p[inner], v[inner]
    log_binomial = math.lgamma(n + 1) - torch.lgamma(v + 1) - torch.lgamma(n - v + 1)
    spread = 2 * v * (log_binomial + v * p.log() + (n - v + 1) * torch.log1p(-p)).exp()
    return float(spread.sum() / (2 * n))


@dataclass(frozen=True)
class Agreement:
    """Acceptance measured against what it should be, over many draws. Agreements add up."""

    positions: int = 0
    draws: int = 0
    accepted: int = 0
    expected: float = 0.0
    """Sum over the draws of sum of min(p, q)."""
    variance: float = 0.0
    """Of `accepted` about `expected`."""

    def __add__(self, other: Agreement) -> Agreement:
        return Agreement(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def measured(self) -> float:
        """Accepted share."""
        return self.accepted / max(1, self.draws)

    @property
    def overlap(self) -> float:
        """Mean of sum of min(p, q)."""
        return self.expected / max(1, self.draws)

    @property
    def deviation(self) -> float:
        """Standard deviation of `measured` about `overlap`."""
        return self.variance**0.5 / max(1, self.draws)


def agreement(
    q: Float[Tensor, " d_vocab"], p: Float[Tensor, " d_vocab"], draws: int, generator: torch.Generator
) -> Agreement:
    """Draft and judge `draws` times anew at one position, with the rule that judges every draft.

    >>> one = torch.tensor([0.5, 0.5]).double()
    >>> both = agreement(one, one, 10, torch.Generator()) + agreement(one, one, 10, torch.Generator())
    >>> both.positions, both.accepted, both.overlap, both.deviation
    (2, 20, 1.0, 0.0)
    """
    alpha = min(float(torch.minimum(p, q).sum()), 1.0)
    accepted = redraw(q, p, draws, generator).accepted
    return Agreement(1, draws, accepted, alpha * draws, alpha * (1 - alpha) * draws)
