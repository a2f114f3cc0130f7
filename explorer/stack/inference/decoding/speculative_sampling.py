"""Speculative sampling: the rule that keeps or replaces a drafted token so that the target's distribution comes out.

Leviathan, Kalman, Matias 2022 (arXiv 2211.17192), algorithm 1; Chen et al. 2023 (arXiv 2302.01318), theorem 1. x was
drawn from q; it should have been drawn from p:

- keep x with probability min(1, p(x) / q(x));
- otherwise draw anew from the residual, norm(max(0, p - q)).

What comes out is distributed as p, whatever q is. With alpha = sum of min(p, q), the chance that a draft is kept:

    q(x) min(1, p(x)/q(x)) + (1 - alpha) norm(max(0, p - q))(x) = min(p, q)(x) + max(0, p - q)(x) = p(x)

At temperature 0 both are one-hot: x is kept when it is the target's likeliest token. With the same alpha everywhere a
pass that checks gamma drafts yields (1 - alpha^(gamma+1)) / (1 - alpha) tokens on average:

>>> round(expected_tokens(0.8, 4), 4)
3.3616

Worked example: q = (.7, .2, .1), p = (.5, .1, .4). Token 0 was drafted: kept with probability .5 / .7 = .714, so that
u = .8 rejects it. max(0, p - q) = (0, 0, .3): the replacement can only be token 2. alpha = .5 + .1 + .1 = .7.

>>> q = torch.tensor([[0.7, 0.2, 0.1]], dtype=torch.double)
>>> p = torch.tensor([[0.5, 0.1, 0.4], [1.0, 0.0, 0.0]], dtype=torch.double)
>>> verdict = judge([0], q, p, [0.8], 0.5)
>>> verdict.accepted, verdict.next_id, round(verdict.accept_probability[0], 3), round(verdict.overlap[0], 3)
(0, 2, 0.714, 0.7)
>>> verdict = judge([0], q, p, [0.7], 0.5)
>>> verdict.accepted, verdict.next_id  # kept, and one token more from the second row
(1, 0)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.stack.inference.decoding.drafts import draw


@dataclass(frozen=True)
class Verdict:
    """What became of the drafted tokens of one round."""

    accepted: int
    """How many were kept, from the left."""
    next_id: int
    """The token that follows them: a replacement, or one more when all were kept."""
    accept_probability: tuple[float, ...]
    """min(1, p(x) / q(x)) of each drafted x."""
    overlap: tuple[float, ...]
    """sum of min(p, q) at each drafted position: the chance that a draw from q is accepted there."""
    drawn_from: Float[Tensor, " d_vocab"]
    """The distribution of `next_id`."""


def judge(
    drafted: Sequence[int],
    q: Float[Tensor, "drafted d_vocab"],
    p: Float[Tensor, "rows d_vocab"],
    u: Sequence[float],
    next_u: float,
) -> Verdict:
    """Keep from the left up to the first rejection.

    `p` has one row more than `q`; `u` holds a uniform number for each drafted token, `next_u` is for the token after.
    """
    n = len(drafted)
    at = (torch.arange(n), torch.tensor(list(drafted), dtype=torch.long))
    kept = accepts(p[at], q[at], torch.tensor(list(u[:n]), dtype=torch.double)).tolist()
    accepted = kept.index(False) if False in kept else n
    drawn_from = p[n] if accepted == n else residual(p[accepted], q[accepted])
    overlap = torch.minimum(p[:n], q).sum(-1).tolist()
    return Verdict(
        accepted, draw(drawn_from, next_u), tuple((p[at] / q[at]).clamp(max=1.0).tolist()), tuple(overlap), drawn_from
    )


def accepts(
    p_x: Float[Tensor, " drafted"], q_x: Float[Tensor, " drafted"], u: Float[Tensor, " drafted"]
) -> Bool[Tensor, " drafted"]:
    """True where u < p(x) / q(x): with probability min(1, p(x) / q(x))."""
    return u * q_x < p_x


def residual(p: Float[Tensor, " d_vocab"], q: Float[Tensor, " d_vocab"]) -> Float[Tensor, " d_vocab"]:
    """norm(max(0, p - q)): what p has more of than q. Where p = q, nothing is ever rejected, and p is given back."""
    more = (p - q).clamp(min=0)
    total = more.sum()
    return more / total if total > 0 else p


@dataclass(frozen=True)
class Redrawn:
    """One position drafted and judged many times over."""

    draws: int
    accepted: int
    counts: Int[Tensor, " d_vocab"]
    """How often each token came out."""


def redraw(
    q: Float[Tensor, " d_vocab"], p: Float[Tensor, " d_vocab"], draws: int, generator: torch.Generator
) -> Redrawn:
    """Draft from q, keep or replace, `draws` times: what comes out should look like p.

    >>> q, p = torch.tensor([0.5, 0.5]).double(), torch.tensor([0.5, 0.5]).double()
    >>> redraw(q, p, 100, torch.Generator().manual_seed(0)).accepted
    100
    """
    x = torch.multinomial(q, draws, replacement=True, generator=generator)
    u = torch.rand(draws, generator=generator, dtype=torch.double)
    kept = accepts(p[x], q[x], u)
    replaced = torch.multinomial(residual(p, q), draws, replacement=True, generator=generator)
    counts = torch.bincount(x.where(kept, replaced), minlength=len(p))
    return Redrawn(draws, int(kept.sum()), counts)


def expected_tokens(alpha: float, gamma: int) -> float:
    """Tokens a pass of the target yields on average: 1 + alpha + .. + alpha^gamma.

    >>> expected_tokens(1.0, 4), expected_tokens(0.0, 4)
    (5.0, 1.0)
    """
    return gamma + 1.0 if alpha == 1 else (1 - alpha ** (gamma + 1)) / (1 - alpha)


def expected_speedup(alpha: float, gamma: int, draft_cost: float, pass_cost: float = 1.0) -> float:
    """Expected tokens over what a round costs, in passes of the target for one token.

    `draft_cost` is one drafted token's; `pass_cost` is the checking pass's: 1 in the paper, more where a pass over
    gamma + 1 tokens takes longer than a pass over one.

    >>> round(expected_speedup(0.8, 4, draft_cost=0.1), 3)
    2.401
    """
    return expected_tokens(alpha, gamma) / (gamma * draft_cost + pass_cost)
