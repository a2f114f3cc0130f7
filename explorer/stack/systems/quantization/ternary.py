"""Ternary weights: -1, 0 or 1 times one number for the matrix, five to a byte.

BitNet b1.58 (Ma et al. 2024, arXiv 2402.17764) trains under this rounding; on weights that were trained without it,
as here, it loses most of what they know::

    step = mean |W|          code = round(w / step), clipped to -1 .. 1

3^5 = 243 patterns of five weights fit a byte: 1.6 bits a weight, close to log2 3 = 1.585.

Worked example: five weights of mean size .5 are one byte, 2 + 1 * 3 + 0 * 9 + 2 * 27 + 1 * 81.

>>> packed = Ternary("ternary", "Ternary").quantize(torch.tensor([[0.8, 0.1, -0.9, 0.6, 0.1]]))
>>> packed.dequantize().tolist(), packed.parts["codes"].tolist()
([[0.5, 0.0, -0.5, 0.5, 0.0]], [[140]])
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int32
from torch import Tensor

from explorer.stack.systems.quantization.format import Format, Packed, Scales, nonzero, within

#: Codes in a byte, and what each is multiplied by.
EACH = 5
PLACES = tuple(3**place for place in range(EACH))


@dataclass(frozen=True)
class Ternary(Format):
    """Three levels."""

    name: str
    title: str
    source: str = ""
    bits: float = 8 / EACH
    group: int | None = None

    @property
    def by_rows(self) -> bool:
        return False

    @property
    def levels(self) -> Float[Tensor, " level"]:
        return torch.tensor([-1.0, 0.0, 1.0])

    def fit(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Scales:  # noqa: ARG002
        return self._scales({"step": nonzero(within(weight.abs().mean(), "their float32 sum"))}, weight.shape[0])

    def encode(self, weight: Float[Tensor, "out in"], scales: Scales) -> Int32[Tensor, "out code"]:
        return ((weight / scales.step).round().clamp(-1, 1) + 1).int()

    def pack(self, codes: Int32[Tensor, "out code"], scales: Scales) -> Packed:
        five = F.pad(codes, (0, -codes.shape[1] % EACH)).unflatten(1, (-1, EACH))  # out byte code
        made = (five * torch.tensor(PLACES, dtype=torch.int32)).sum(-1).to(torch.uint8)
        return Packed(self, (codes.shape[0], codes.shape[1]), {"codes": made, **scales.stored})

    def unpack(self, packed: Packed) -> tuple[Int32[Tensor, "out code"], Scales]:
        five = packed.parts["codes"].int()[..., None] // torch.tensor(PLACES, dtype=torch.int32) % 3
        codes = five.flatten(1)[:, : packed.shape[1]]
        return codes, self._scales({"step": packed.parts["step"]}, packed.shape[0])

    def _scales(self, stored: dict[str, Tensor], out: int) -> Scales:
        return Scales(stored["step"].expand(out, 1), None, stored)
