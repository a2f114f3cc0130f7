"""Training in 16 bits: what a format can hold, and a loss that is scaled so that gradients stay within it.

float16 has 10 bits of fraction and holds nothing below 2^-24 but zero; bfloat16 has 7 and reaches as far down as
float32. So a small gradient becomes zero in float16 and coarse in bfloat16. Mixed precision (Micikevicius et al. 2017,
arXiv 1710.03740) multiplies the loss by S before the backward pass, which multiplies every gradient by S, and divides
them again before the step. S is found on the way (torch.amp.GradScaler)::

    a gradient overflowed     no step;  S <- S / 2,  good <- 0
    else                      step;     good <- good + 1;  at the interval  S <- 2 S,  good <- 0

The matrix products alone are in 16 bits: `Decoder(config, compute=torch.bfloat16)` rounds what they read, as autocast
does; weights, stream, norms and moments stay float32.

1e-8 is nothing in float16; 1024 times as much is, and comes back with an error of .1 %:

>>> small = torch.tensor(1e-8)
>>> float(small.half()), f"{float((small * 1024).half()) / 1024:.3g}"
(0.0, '1e-08')

Scale by step, with an interval of two: two good steps, an overflow, a good one.

>>> scale, seen = LossScale(8.0, interval=2), []
>>> for overflowed in (False, False, True, False):
...     scale = scale.after(overflowed)
...     seen.append((scale.value, scale.good))
>>> seen
[(8.0, 1), (16.0, 0), (8.0, 0), (8.0, 1)]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

#: Formats of the matrix products, by the names of the controls.
FORMATS: dict[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class LossScale:
    """What the loss is multiplied by, and how many steps in a row went well."""

    value: float = 2.0**16
    growth: float = 2.0
    backoff: float = 0.5
    interval: int = 2000
    """Good steps in a row, after which it grows."""
    good: int = 0

    def after(self, overflowed: bool) -> LossScale:
        """The next step's. A scale that float32 cannot hold is not taken."""
        if overflowed:
            return replace(self, value=self.value * self.backoff, good=0)
        if self.good + 1 < self.interval:
            return replace(self, good=self.good + 1)
        grown = self.value * self.growth
        return replace(self, value=grown if grown <= torch.finfo(torch.float32).max else self.value, good=0)

    def unscaled(self, gradients: Sequence[Tensor]) -> tuple[list[Tensor], bool]:
        """The gradients of the loss itself, and whether one of their numbers is none."""
        found = [each / self.value for each in gradients]
        return found, not all(bool(torch.isfinite(each).all()) for each in found)


def least(dtype: torch.dtype) -> float:
    """The smallest number above zero, subnormal ones included.

    >>> import math
    >>> [math.log2(least(each)) for each in (torch.float16, torch.bfloat16, torch.float32)]
    [-24.0, -133.0, -149.0]
    """
    return torch.finfo(dtype).tiny * torch.finfo(dtype).eps


@dataclass(frozen=True)
class Rounded:
    """A tensor in a format, after scaling and back."""

    zero: float
    """The share of its numbers that are not zero and become zero."""
    error: float
    """The norm of the difference by the norm of the tensor."""


def rounded(x: Tensor, dtype: torch.dtype, scale: float = 1.0) -> Rounded:
    """What the format makes of a float32 tensor that is scaled before and unscaled after.

    >>> rounded(torch.tensor([1e-8, 1.0]), torch.float16)
    Rounded(zero=0.5, error=0.0)
    """
    held = (x.double() * scale).to(dtype).double() / scale
    lost = (held == 0) & (x != 0)
    norm = x.double().norm()
    return Rounded(float(lost.double().mean()), round(float((held - x.double()).norm() / norm), 7) if norm else 0.0)
