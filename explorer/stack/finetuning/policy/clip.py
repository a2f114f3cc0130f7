"""The clipped surrogate: a token that has gone far enough in the direction of its advantage stops pulling.

    -min(A rho, A clip(rho, 1 - low, 1 + high))

Its slope in log rho is -A rho, and 0 where the clip holds: A > 0 and rho > 1 + high, or A < 0 and rho < 1 - low. On
the other side, where a token has gone the wrong way, it pulls all the harder.

Schulman et al. 2017, PPO (arXiv 1707.06347); Yu et al. 2025, DAPO (2503.14476) has low and high apart.

>>> import torch
>>> A, rho = torch.tensor([1.0, 1.0, -1.0, -1.0]), torch.tensor([1.3, 0.5, 1.3, 0.5])
>>> made = clipped(A, rho, Clip(0.2, 0.2))
>>> [round(x, 3) for x in made.term.tolist()], made.off.tolist()
([-1.2, -0.5, 1.3, 0.8], [True, False, False, True])
>>> [round(x, 3) for x in made.pull.tolist()]
[0.0, 0.5, -1.3, -0.0]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@dataclass(frozen=True)
class Clip:
    """Raises ValueError where it does not hold 1."""

    low: float = 0.2
    high: float = 0.2

    def __post_init__(self) -> None:
        if not 0 <= self.low <= 1 or self.high < 0:
            raise ValueError(f"a clip from 1 - {self.low} to 1 + {self.high} does not hold 1")


@dataclass(frozen=True)
class Clipped:
    """Of each token."""

    term: Float[Tensor, "*shape"]
    """Of the loss."""
    pull: Float[Tensor, "*shape"]
    """-d term / d log rho."""
    off: Bool[Tensor, "*shape"]
    """The clip holds, and the token has no gradient."""


def clipped(A: Float[Tensor, "*shape"], rho: Float[Tensor, "*shape"], within: Clip) -> Clipped:
    cut = rho.clamp(1 - within.low, 1 + within.high)
    off = ((A > 0) & (rho > 1 + within.high)) | ((A < 0) & (rho < 1 - within.low))
    return Clipped(-torch.minimum(A * rho, A * cut), (A * rho * ~off).detach(), off)
