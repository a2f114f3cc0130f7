"""Floating-point numbers of few bits: sign, exponent, mantissa, and every number that they make, by the formula.

A code of 1 + E + M bits stands for::

    e > 0:  (-1)^s 2^(e - bias) (1 + m / 2^M)          normal
    e = 0:  (-1)^s 2^(1 - bias) (m / 2^M)              subnormal: even steps around nought
    bias = 2^(E - 1) - 1

Formats differ in what the highest exponent means: infinity and no numbers (IEEE 754; E5M2), numbers but for its last
mantissa (E4M3; Micikevicius et al. 2022, arXiv 2209.05433), or numbers only (E2M1; OCP Microscaling Formats 1.0,
2023). Rounding goes to the nearest, of two as near to the one whose code is even, and what lies past the range becomes
its end.

Worked example: all numbers of E2M1 from nought on, and 2.5, as near to 2 as to 3, whose codes are 0100 and 0101.

>>> E2M1.levels[:8].tolist()
[0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]
>>> E2M1.encode(torch.tensor([2.5, -2.6, 100.0])).tolist()
[4, 13, 7]
>>> E4M3.largest, E5M2.largest, FP16.largest
(448.0, 57344.0, 65504.0)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch
from jaxtyping import Float, Int32
from torch import Tensor

Top = Literal["infinity", "one NaN", "numbers"]


@dataclass(frozen=True)
class FloatingPoint:
    """One division of a code's bits."""

    exponent: int
    """Bits."""
    mantissa: int
    """Bits."""
    top: Top = "infinity"
    """What the highest exponent means."""
    dtype: torch.dtype | None = None
    """Torch's own type of these numbers, whose cast rounds to nearest; None where torch has no cast."""

    @property
    def bits(self) -> int:
        return 1 + self.exponent + self.mantissa

    @property
    def bias(self) -> int:
        return 2 ** (self.exponent - 1) - 1

    @cached_property
    def levels(self) -> Float[Tensor, " code"]:
        """What each bit pattern stands for; NaN for those that are no finite number. float32."""
        code = torch.arange(2**self.bits)
        e, m = (code >> self.mantissa) % 2**self.exponent, (code % 2**self.mantissa).double()
        fraction = m / 2**self.mantissa
        size = torch.where(
            e > 0, torch.exp2((e - self.bias).double()) * (1 + fraction), 2.0 ** (1 - self.bias) * fraction
        )
        highest = e == 2**self.exponent - 1
        if self.top == "infinity":
            size[highest] = torch.nan
        elif self.top == "one NaN":
            size[highest & (m == 2**self.mantissa - 1)] = torch.nan
        return torch.where(code >> (self.bits - 1) == 1, -size, size).float()

    @property
    def sizes(self) -> Float[Tensor, " size"]:
        """The finite numbers from nought on, ascending: the first codes in order."""
        positive = self.levels[: 2 ** (self.bits - 1)]
        return positive[positive.isfinite()]

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return float(self.sizes[-1])

    @property
    def highest_power(self) -> int:
        """The exponent of the largest number: 8 for 448."""
        return int(self.sizes[-1].log2().floor())

    def encode(self, x: Float[Tensor, "*shape"]) -> Int32[Tensor, "*shape"]:
        """The nearest numbers' bit patterns: by torch's cast where it has one, else by `nearest`."""
        if self.dtype is None:
            return self.nearest(x)
        rounded = x.clamp(-self.largest, self.largest).to(self.dtype)
        return rounded.view(torch.uint8 if self.bits == 8 else torch.int16).int() & (2**self.bits - 1)

    def nearest(self, x: Float[Tensor, "*shape"]) -> Int32[Tensor, "*shape"]:
        """The same by comparing with the middles between all numbers."""
        sizes, wanted = self.sizes, x.float().abs().contiguous()
        middles = sizes[:-1] + (sizes[1:] - sizes[:-1]) / 2
        low, high = torch.bucketize(wanted, middles), torch.bucketize(wanted, middles, right=True)
        code = torch.where(low % 2 == 0, low, high)  # they differ in the middle only
        return (code + (x.signbit().long() << (self.bits - 1))).int()


E2M1 = FloatingPoint(2, 1, "numbers")
E4M3 = FloatingPoint(4, 3, "one NaN", torch.float8_e4m3fn)
E5M2 = FloatingPoint(5, 2, dtype=torch.float8_e5m2)
FP16 = FloatingPoint(5, 10, dtype=torch.float16)
BF16 = FloatingPoint(8, 7, dtype=torch.bfloat16)
