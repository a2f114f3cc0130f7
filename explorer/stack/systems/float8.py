"""FP8 for attention: E4M3, and a scale for each block of rows that brings its numbers into the range.

The numbers are those of `floating_point.E4M3` (Micikevicius et al. 2022, arXiv 2209.05433): 2^-9 to 448, no infinity.

253 different finite numbers. A tensor is divided by a scale that brings its largest number to 448, and rounded to the
nearest, the even one of two that are as near. One scale serves the whole tensor, or each block of its rows has its own
(FlashAttention-3, Shah et al. 2024, arXiv 2407.08608): a block without large numbers then does not lose its small ones
among the subnormals. Torch's own cast makes what lies above the range not a number, so it is clamped first.

Worked example: a row of small numbers beside a row with a large one. Under one scale the small ones fall on steps of
2^-9 x 1,000 / 448 = .00436; under scales of their own they are right within 1/16.

>>> x = torch.tensor([[0.01, 0.03], [1000.0, 1.0]])
>>> [[round(float(y), 4) for y in row] for row in quantize(x, block=None).value]
[[0.0087, 0.0305], [1000.0, 0.9766]]
>>> [[round(float(y), 4) for y in row] for row in quantize(x, block=1).value]
[[0.0096, 0.03], [1000.0, 0.9766]]
>>> len(finite_values()), float(finite_values().max()), float(finite_values()[finite_values() > 0].min()) == 2**-9
(253, 448.0, True)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.quantization.floating_point import E4M3

LARGEST = E4M3.largest
"""The largest finite number of E4M3."""


@dataclass(frozen=True, eq=False)
class Rounded:
    """Numbers in eight bits, with their scales."""

    codes: Float[Tensor, "*batch row width"]
    """float8_e4m3fn."""
    scale: Float[Tensor, "*batch row 1"]
    """What a row's codes are multiplied by: the same in all rows of a block. float32."""

    @property
    def numbers(self) -> Float[Tensor, "*batch row width"]:
        """The codes as float32, which holds them and their products exactly."""
        return self.codes.float()

    @property
    def value(self) -> Float[Tensor, "*batch row width"]:
        return self.numbers * self.scale


def quantize(x: Float[Tensor, "*batch row width"], block: int | None) -> Rounded:
    """E4M3 with a scale for each block of so many rows, the last as short as it must be; None: one for all rows."""
    x = x.float()
    largest = x.abs().amax(-1, keepdim=True)  # *batch row 1
    parts = largest.split(block or largest.shape[-2], -2)
    most = torch.cat([part.amax(-2, keepdim=True).expand_as(part) for part in parts], -2)
    scale = torch.where(most > 0, most / LARGEST, 1.0)
    return Rounded(rounded(x / scale), scale)


def rounded(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The nearest E4M3 numbers; what lies above the range becomes its end."""
    return x.clamp(-LARGEST, LARGEST).to(torch.float8_e4m3fn)


def finite_values() -> Float[Tensor, " value"]:
    """All finite numbers of E4M3, ascending. float64."""
    positive = E4M3.sizes.double()
    return torch.cat([-positive[1:].flip(0), positive])


def nearest(x: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """The nearest of `finite_values`, found by looking: of two as near, the one whose mantissa is even. float64."""
    values = finite_values()
    above = torch.searchsorted(values, x.double().contiguous()).clamp(1, len(values) - 1)
    low, high = values[above - 1], values[above]
    down, up = x.double() - low, high - x.double()
    even = (above - 1 - len(values) // 2) % 2 == 0  # counted from nought, a code's lowest bit
    return torch.where((down < up) | ((down == up) & even), low, high)
