"""A rejected draft drawn anew from the target, or from what the target has more of: what comes out, exactly and drawn.

A draft x ~ q is kept with probability min(1, p(x) / q(x)); so min(p, q) comes out by keeping, and 1 - alpha of the mass
is to be drawn anew, alpha = sum of min(p, q). Drawn from p itself, token x comes out with

    min(p, q)(x) + (1 - alpha) p(x)        which is p(x) only where min(p, q)(x) = alpha p(x)

and drawn from norm(max(0, p - q)) it comes out with p(x) (Leviathan et al. 2022, arXiv 2211.17192, appendix A.1).

q = (.7, .2, .1), p = (.5, .1, .4): alpha = .7, and token 0 comes out with .5 + .3 * .5 = .65 instead of .5.

>>> q, p = torch.tensor([0.7, 0.2, 0.1]).double(), torch.tensor([0.5, 0.1, 0.4]).double()
>>> [round(float(x), 2) for x in from_target(p, q)], round(bias(p, q), 2)
([0.65, 0.13, 0.22], 0.18)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.inference.decoding.speculative_sampling import accepts, redraw

#: Tokens drafted and judged anew, by each rule.
DRAWS = 20_000


@dataclass(frozen=True)
class Drawn:
    """Shares of `draws` draws by each rule."""

    draws: int
    from_target: Float[Tensor, " d_vocab"]
    from_residual: Float[Tensor, " d_vocab"]


def from_target(p: Float[Tensor, " d_vocab"], q: Float[Tensor, " d_vocab"]) -> Float[Tensor, " d_vocab"]:
    """What comes out where a rejected draft is drawn anew from p: every token, exactly."""
    kept = torch.minimum(p, q)
    return kept + (1 - kept.sum()) * p


def distance(a: Float[Tensor, " d_vocab"], b: Float[Tensor, " d_vocab"]) -> float:
    """Total variation."""
    return float((a - b).abs().sum() / 2)


def bias(p: Float[Tensor, " d_vocab"], q: Float[Tensor, " d_vocab"]) -> float:
    """Total variation of what comes out from p."""
    return distance(from_target(p, q), p)


def drawn(p: Float[Tensor, " d_vocab"], q: Float[Tensor, " d_vocab"], draws: int = DRAWS, seed: int = 0) -> Drawn:
    """Draft and judge, with the rule that judges every draft of the explorer's own speculative decoding."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.multinomial(q, draws, replacement=True, generator=generator)
    u = torch.rand(draws, generator=generator, dtype=torch.double)
    anew = torch.multinomial(p, draws, replacement=True, generator=generator)
    counts = torch.bincount(x.where(accepts(p[x], q[x], u), anew), minlength=len(p))
    right = redraw(q, p, draws, generator).counts
    return Drawn(draws, counts.double() / draws, right.double() / draws)
