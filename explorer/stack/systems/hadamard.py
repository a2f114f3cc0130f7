"""Incoherent processing: a random rotation by which no coordinate is larger than the others, and no product changes.

A number format spends its digits on the largest number. Where a few coordinates of Q and K are far larger than the
rest, a rotation M shared by both spreads them over all coordinates, and since M is orthogonal no score is changed::

    (Q M)(K M)^T = Q M M^T K^T = Q K^T

M = D H: signs D, +1 or -1 at random, then the Walsh-Hadamard matrix H, whose entries are all +-1/sqrt(n). The signs
make a vector that happens to lie along a column of H as unlikely as any other; the fast transform takes n log2 n
additions instead of n^2 multiplications (QuIP: Chee et al. 2023, arXiv 2307.13304; for attention: FlashAttention-3,
Shah et al. 2024, arXiv 2407.08608, section 3.3).

H exists here for powers of two. A width of 48 = 3 x 16 is turned in three parts of 16: still orthogonal, but an outlier
is spread over 16 coordinates only; `spread` says over how many.

Worked example: one outlier among four coordinates. Its size is shared by all, and a second transform undoes the first.

>>> walsh_hadamard(torch.tensor([8.0, 0.0, 0.0, 0.0])).tolist()
[4.0, 4.0, 4.0, 4.0]
>>> walsh_hadamard(torch.tensor([4.0, 4.0, 4.0, 4.0])).tolist()
[8.0, 0.0, 0.0, 0.0]
>>> turn = RandomHadamard.drawn(48, torch.Generator().manual_seed(0))
>>> q, k = torch.randn(2, 5, 48, generator=torch.Generator().manual_seed(1))
>>> bool((turn(q) @ turn(k).T - q @ k.T).abs().max() < 1e-5), spread(48)
(True, 16)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


def spread(width: int) -> int:
    """Over how many coordinates one is spread: the largest power of two that divides the width.

    >>> [spread(width) for width in (64, 80, 96, 128)]
    [64, 16, 32, 128]
    """
    return width & -width


def walsh_hadamard(x: Float[Tensor, "*rows width"]) -> Float[Tensor, "*rows width"]:
    """x H, H = H^T = H^-1 in Sylvester's order, in parts of `spread(width)` coordinates."""
    width, size = x.shape[-1], spread(x.shape[-1])
    half = 1
    while half < size:
        pairs = x.unflatten(-1, (width // (2 * half), 2, half))  # *rows pair 2 half
        a, b = pairs.unbind(-2)
        x = torch.stack((a + b, a - b), -2).flatten(-3)
        half *= 2
    return x / size**0.5


@dataclass(frozen=True, eq=False)
class RandomHadamard:
    """M = D H, called on rows."""

    signs: Float[Tensor, " width"]

    @classmethod
    def drawn(cls, width: int, generator: torch.Generator) -> RandomHadamard:
        return cls(torch.randint(2, (width,), generator=generator) * 2.0 - 1)

    def __call__(self, x: Float[Tensor, "*rows width"]) -> Float[Tensor, "*rows width"]:
        return walsh_hadamard(x * self.signs.to(x.dtype))

    def undo(self, x: Float[Tensor, "*rows width"]) -> Float[Tensor, "*rows width"]:
        return walsh_hadamard(x) * self.signs.to(x.dtype)
