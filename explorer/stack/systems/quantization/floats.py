"""FP16, BF16 and FP8: weights as floating-point numbers of fewer bits.

Sixteen bits need no scale. Eight have little range, so that a row, or a block of it, is divided by a float32 that
brings its largest weight to the format's largest number::

    step = max |w| / largest          code = nearest(w / step)

Relative errors are at most 2^-(M+1) among the normal numbers: 1/16 for E4M3, 1/8 for E5M2 (Micikevicius et al. 2022,
FP8 formats for deep learning, arXiv 2209.05433). The numbers themselves are those of `floating_point`.

Worked example: 448 fits E4M3 without a scale; of 1 and 0.3 beside it the second falls between .28125 and .3125.

>>> from explorer.stack.systems.quantization.floating_point import E4M3
>>> eight = Floats("fp8_e4m3", "FP8 E4M3", E4M3)
>>> packed = eight.quantize(torch.tensor([[448.0, 1.0, 0.3, 0.0]]))
>>> packed.dequantize().tolist(), packed.nbytes  # four codes and a scale of four bytes
([[448.0, 1.0, 0.3125, 0.0]], 8)
>>> [f"{code:08b}" for code in eight.unpack(packed)[0][0].tolist()]
['01111110', '00111000', '00101010', '00000000']
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Int32
from torch import Tensor

from explorer.stack.systems.quantization.floating_point import BF16, FloatingPoint
from explorer.stack.systems.quantization.format import Format, Packed, Scales, grouped, nonzero
from explorer.stack.transformer.few_rows import product_of_16_bits

ONES = {8: torch.uint8, 16: torch.uint16}


@dataclass(frozen=True)
class Floats(Format):
    """Codes are the bit patterns of the numbers."""

    name: str
    title: str
    element: FloatingPoint
    group: int | None = None
    """None: one step for a row."""
    scaled: bool = True
    """False: the numbers as they are; what lies past the range becomes its end."""
    source: str = ""

    @property
    def bits(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.element.bits

    @property
    def levels(self) -> Float[Tensor, " level"]:
        return self.element.levels

    def fit(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Scales:  # noqa: ARG002
        if not self.scaled:
            return self._scales({}, weight.shape[0])
        step = nonzero(grouped(weight, self.group).abs().amax(-1) / self.element.largest)
        return self._scales({"step": step}, weight.shape[0])

    def encode(self, weight: Float[Tensor, "out in"], scales: Scales) -> Int32[Tensor, "out code"]:
        return self.element.encode(weight.unflatten(1, (scales.step.shape[1], -1)) / scales.step[..., None]).flatten(1)

    def pack(self, codes: Int32[Tensor, "out code"], scales: Scales) -> Packed:
        return Packed(self, (codes.shape[0], codes.shape[1]), {"codes": codes.to(ONES[self.bits]), **scales.stored})

    def unpack(self, packed: Packed) -> tuple[Int32[Tensor, "out code"], Scales]:
        stored = {name: part for name, part in packed.parts.items() if name != "codes"}
        return packed.parts["codes"].int(), self._scales(stored, packed.shape[0])

    def _scales(self, stored: dict[str, Tensor], out: int) -> Scales:
        return Scales(stored["step"] if self.scaled else torch.ones(out, 1), None, stored)

    def narrow(self, packed: Packed, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:
        """16-bit numbers times 16-bit numbers; the processor sums in float32."""
        if self.bits != 16:
            return super().narrow(packed, x)
        weight = packed.parts["codes"].view(self._own)
        return product_of_16_bits(x, weight) if x.dtype == self._own else F.linear(x.to(self._own), weight).to(x.dtype)

    def gathered(self, packed: Packed, which: Int[Tensor, " row"]) -> Float[Tensor, "row in"]:
        if self.bits != 16 or self.scaled:
            return super().gathered(packed, which)
        return packed.parts["codes"][which].view(self._own).float()

    @property
    def _own(self) -> torch.dtype:
        """The processor's type of its 16 bits."""
        return torch.bfloat16 if self.element is BF16 else torch.float16
