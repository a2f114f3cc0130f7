"""Speculative decoding as a picture: what decided each drafted token, where the time went, what a draft is worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.inference.speculative import Evidence, Round
from explorer.stack.inference.speculative_sampling import expected_speedup, expected_tokens, redraw, residual

#: Tokens named at each position; the rest is summed up.
NAMED = 6


@dataclass(frozen=True)
class Bars:
    """p and q on the tokens that matter at one position."""

    ids: tuple[int, ...]
    p: tuple[float, ...]
    q: tuple[float, ...]
    own_p: tuple[float, ...]
    """Before the sampler."""
    own_q: tuple[float, ...] | None
    """None when the draft is no model."""
    rest: tuple[float, float, float]
    """Of all other tokens: sum of min(p, q), of what p has more, of what q has more."""


def bars(evidence: Evidence, at: int, always: Sequence[int], k: int = NAMED) -> Bars:
    """The `k` tokens with the most in p or q, before or after the sampler, and `always`. The last row has no q."""
    p = evidence.p[at]
    q = evidence.q[at] if at < len(evidence.q) else torch.zeros_like(p)
    own_p = evidence.target_logits[at].double().softmax(-1)
    drafted = evidence.draft_logits
    own_q = None if drafted is None or at >= len(drafted) else drafted[at].double().softmax(-1)
    weight = torch.maximum(p, q) + 1e-3 * (own_p if own_q is None else torch.maximum(own_p, own_q))
    named = list(dict.fromkeys([*always, *weight.topk(min(k, len(p))).indices.tolist()]))[:k]
    ids = sorted(named, key=lambda i: -float(weight[i]))
    kept, more, less = torch.minimum(p, q), (p - q).clamp(min=0), (q - p).clamp(min=0)
    kept_rest, more_rest, less_rest = (max(0.0, float(part.sum() - part[ids].sum())) for part in (kept, more, less))

    def of(row: Tensor) -> tuple[float, ...]:
        return tuple(row[ids].tolist())

    return Bars(
        tuple(ids), of(p), of(q), of(own_p), None if own_q is None else of(own_q), (kept_rest, more_rest, less_rest)
    )


def shown(made: Round, plain_seconds: float) -> dict[str, Any]:
    """One round for the page. `plain_seconds` is what plain decoding took for as many tokens."""
    assert made.evidence is not None
    drafted, n = made.drafted, len(made.drafted)
    rows = [
        bars(made.evidence, i, [*drafted[i : i + 1], *([made.next_id] if i == made.accepted else [])])
        for i in range(n + 1)
        if i < n or i == made.accepted
    ]
    return {
        "start": made.start,
        "ids": list(drafted),
        "accepted": made.accepted,
        "next": made.next_id,
        "u": list(made.u),
        "next_u": made.next_u,
        "chance": list(made.accept_probability),
        "overlap": list(made.overlap),
        "copied_from": made.copied_from,
        "matched": made.matched,
        "draft_ms": made.draft_seconds * 1e3,
        "verify_ms": made.verify_seconds * 1e3,
        "judge_ms": made.judge_seconds * 1e3,
        "plain_ms": plain_seconds * 1e3,
        "bars": [
            {
                "ids": list(row.ids),
                "p": list(row.p),
                "q": list(row.q),
                "own_p": list(row.own_p),
                "own_q": None if row.own_q is None else list(row.own_q),
                "rest": list(row.rest),
            }
            for row in rows
        ],
    }


def identity_error(q: Float[Tensor, " d_vocab"], p: Float[Tensor, " d_vocab"]) -> float:
    """Largest gap, over the vocabulary, between what comes out and p: kept part + (1 - alpha) residual - p.

    >>> identity_error(torch.tensor([0.5, 0.5, 0.0]).double(), torch.tensor([0.25, 0.5, 0.25]).double())
    0.0
    """
    kept = torch.where(q > 0, q * (p / q).clamp(max=1.0), 0.0)
    alpha = torch.minimum(p, q).sum()
    return float((kept + (1 - alpha) * residual(p, q) - p).abs().max())


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
    alpha = min(1.0, float(torch.minimum(p, q).sum()))
    accepted = redraw(q, p, draws, generator).accepted
    return Agreement(1, draws, accepted, alpha * draws, alpha * (1 - alpha) * draws)


@dataclass(frozen=True)
class Worth:
    """What a draft promises, by formula from measured inputs."""

    alpha: float
    cost: float
    """One drafted token, in plain steps."""
    tokens: tuple[float, ...]
    """Expected a pass, for gamma = 1, 2, .."""
    speedup: tuple[float, ...]

    @property
    def best_gamma(self) -> int:
        return 1 + max(range(len(self.speedup)), key=lambda i: self.speedup[i])


def worth(alpha: float, cost: float, pass_cost: Callable[[int], float], gammas: int) -> Worth:
    """Expected tokens and speed for each gamma; `pass_cost(rows)` is a checking pass in plain steps.

    >>> promised = worth(0.8, 0.0, lambda rows: 1.0, 4)
    >>> [round(s, 2) for s in promised.speedup], promised.best_gamma
    ([1.8, 2.44, 2.95, 3.36], 4)
    """
    tokens = tuple(expected_tokens(alpha, g) for g in range(1, gammas + 1))
    speeds = tuple(expected_speedup(alpha, g, cost, pass_cost(g + 1)) for g in range(1, gammas + 1))
    return Worth(alpha, cost, tokens, speeds)


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
