"""MXFP4, MXFP8 and NVFP4: tiny floating-point numbers whose small blocks share a scale of eight bits.

MX (OCP Microscaling Formats 1.0, 2023; Rouhani et al. 2023, arXiv 2310.10537): 32 numbers share a power of two, E8M0,
eight bits of exponent and nothing else::

    step = 2^(floor(log2 max |w|) - highest power of the element)       code = nearest(w / step), clipped

The highest power is 2 for E2M1 (up to 6) and 8 for E4M3 (up to 448): weights just below the next power of two are
clipped. NVFP4 (NVIDIA 2025, Pretraining LLMs with NVFP4, arXiv 2509.25149): 16 numbers share an E4M3 number, and all
blocks a float32::

    whole = max |W| / (448 * 6)         step = whole * nearest_E4M3(max |w| / 6 / whole)

Worked example: a block up to 7 has the scale 2^(2 - 2) = 1 in MXFP4, and 7 is clipped to 6.

>>> from explorer.stack.systems.quantization.floating_point import E2M1
>>> four = Microscaling("mxfp4", "MXFP4", E2M1, group=4)
>>> packed = four.quantize(torch.tensor([[7.0, 0.3, -2.4, 5.1]]))
>>> packed.dequantize().tolist(), packed.parts["power"].tolist()  # 127 stands for 2^0
([[6.0, 0.5, -2.0, 6.0]], [[127]])
>>> nv = Microscaling("nvfp4", "NVFP4", E2M1, group=4, scale="e4m3")
>>> [round(w, 3) for w in nv.quantize(torch.tensor([[7.0, 0.3, -2.4, 5.1]])).dequantize()[0].tolist()]
[7.0, 0.583, -2.333, 4.667]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int32
from torch import Tensor

from explorer.stack.systems.quantization import bits as byte_code
from explorer.stack.systems.quantization.floating_point import E4M3, FloatingPoint
from explorer.stack.systems.quantization.format import Format, Packed, Scales, grouped, nonzero

POWERS = (-127, 127)
"""Of two, that E8M0 holds."""


@dataclass(frozen=True)
class Microscaling(Format):
    """Codes are the bit patterns of the elements."""

    name: str
    title: str
    element: FloatingPoint
    group: int | None = 32
    scale: Literal["e8m0", "e4m3"] = "e8m0"
    """Of a block: a power of two, or E4M3 under a float32 for the matrix."""
    source: str = ""

    @property
    def by_rows(self) -> bool:
        return self.scale == "e8m0"

    @property
    def bits(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self.element.bits

    @property
    def levels(self) -> Float[Tensor, " level"]:
        return self.element.levels

    def fit(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Scales:  # noqa: ARG002
        most = grouped(weight, self.group).abs().amax(-1)  # out group
        if self.scale == "e8m0":
            power = torch.frexp(most).exponent - 1 - self.element.highest_power
            power = torch.where(most > 0, power, POWERS[0]).clamp(*POWERS)
            return self._scales({"power": (power + 127).to(torch.uint8)})
        whole = nonzero(most.amax() / (E4M3.largest * self.element.largest))
        return self._scales({"step": E4M3.encode(most / self.element.largest / whole).to(torch.uint8), "whole": whole})

    def encode(self, weight: Float[Tensor, "out in"], scales: Scales) -> Int32[Tensor, "out code"]:
        return self.element.encode(
            weight.unflatten(1, (scales.step.shape[1], -1)) / nonzero(scales.step)[..., None]
        ).flatten(1)

    def pack(self, codes: Int32[Tensor, "out code"], scales: Scales) -> Packed:
        shape = codes.shape[0], codes.shape[1]
        return Packed(self, shape, {"codes": byte_code.pack(codes, self.bits), **scales.stored})

    def unpack(self, packed: Packed) -> tuple[Int32[Tensor, "out code"], Scales]:
        codes = byte_code.unpack(packed.parts["codes"], self.bits, packed.shape[1])
        return codes, self._scales({name: part for name, part in packed.parts.items() if name != "codes"})

    def _scales(self, stored: dict[str, Tensor]) -> Scales:
        if self.scale == "e8m0":
            return Scales(torch.exp2(stored["power"].float() - 127), None, stored)
        return Scales(E4M3.levels[stored["step"].long()] * stored["whole"], None, stored)
