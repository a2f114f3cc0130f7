"""NF4, and bitsandbytes' FP4: sixteen levels from a table, and the largest weight of each 64 as their unit.

NF4's levels are quantiles of the normal distribution, so that normal weights use all sixteen about as often (Dettmers
et al. 2023, QLoRA, arXiv 2305.14314). Eight go up and seven down from nought, which is one of them::

    p = 1 - (1/30 + 1/32) / 2
    levels = {-Phi^-1(p .. 1/2, 7 steps), 0, Phi^-1(p .. 1/2, 8 steps)} / Phi^-1(p)
    absmax = max |w| of a block          code = nearest(w / absmax), at a middle the lower level

FP4 has levels of a sign and three bits (12, 8, 6, 4, 3, 2, 1/16, 0, by 12). With double quantization the blocks'
absmax become eight bits themselves: less their mean they are codes of a table of 256 numbers with ten to a power of ten
more for each power, and each 256 of them have a float32 unit. That is .127 bits a weight instead of .5.

Codes are packed as bitsandbytes packs them, the first of two in the high half of a byte; rows are whole blocks.

Worked example. The table follows from the formula, and two codes share a byte:

>>> p = 1 - (1 / 30 + 1 / 32) / 2
>>> up, down = (torch.special.ndtri(torch.linspace(p, 0.5, n, dtype=torch.float64))[:-1] for n in (9, 8))
>>> made = torch.cat([-down, torch.zeros(1), up.flip(0)]) / up[0]
>>> bool((made - torch.tensor(NF4)).abs().max() < 2e-7)
True
>>> nf4 = Table("nf4", "NF4", NF4)
>>> packed = nf4.quantize(torch.linspace(-2, 2, 64)[None])
>>> packed.parts["codes"][0, :3].tolist(), packed.parts["absmax"].tolist(), packed.bits_per_weight
([0, 0, 1], [[2.0]], 4.5)
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float, Int, Int32, UInt8
from torch import Tensor

from explorer.stack.systems.quantization import bits as byte_code
from explorer.stack.systems.quantization.format import Format, Packed, Scales, grouped, within

NF4 = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip
FP4 = tuple(sign * size / 12 for sign in (1, -1) for size in (0, 1 / 16, 8, 12, 4, 6, 2, 3))
#: Scales that share a unit of their own.
NESTED = 256
LEAST = 1e-38
"""What a block of noughts is divided by."""


@dataclass(frozen=True)
class Table(Format):
    """Sixteen levels by name, in blocks."""

    name: str
    title: str
    table: tuple[float, ...]
    group: int | None = 64
    nested: bool = False
    """Double quantization."""
    source: str = ""
    bits: float = 4.0

    @property
    def by_rows(self) -> bool:
        return not self.nested

    @property
    def levels(self) -> Float[Tensor, " level"]:
        return torch.tensor(self.table)

    def fit(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Scales:  # noqa: ARG002
        absmax = grouped(weight, self.group).abs().amax(-1)  # out group
        return self._scales(nest(absmax) if self.nested else {"absmax": absmax})

    def quantize(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Packed:
        """Rounding to nearest; as bitsandbytes does, codes are chosen before the scales are rounded."""
        weight = weight.detach().float()
        self.check(weight)
        exact = Scales(grouped(weight, self.group).abs().amax(-1), None, {})
        return self.coded(weight, exact, self.fit(weight, importance))

    def encode(self, weight: Float[Tensor, "out in"], scales: Scales) -> Int32[Tensor, "out code"]:
        unit = weight.unflatten(1, (scales.step.shape[1], -1)) * (1 / scales.step.clamp_min(LEAST))[..., None]
        order = self.levels.argsort(stable=True)
        ascending = self.levels[order]
        middles = (ascending[:-1] + ascending[1:]) / 2
        return order[torch.bucketize(unit.clamp(-1, 1).flatten(1), middles)].int()

    def pack(self, codes: Int32[Tensor, "out code"], scales: Scales) -> Packed:
        swapped = codes.unflatten(1, (-1, 2)).flip(-1).flatten(1)
        shape = codes.shape[0], codes.shape[1]
        return Packed(self, shape, {"codes": byte_code.pack(swapped, 4), **scales.stored})

    def unpack(self, packed: Packed) -> tuple[Int32[Tensor, "out code"], Scales]:
        swapped = byte_code.unpack(packed.parts["codes"], 4, packed.shape[1])
        codes = swapped.unflatten(1, (-1, 2)).flip(-1).flatten(1)
        return codes, self._scales({name: part for name, part in packed.parts.items() if name != "codes"})

    def _scales(self, stored: dict[str, Tensor]) -> Scales:
        return Scales(nested(stored) if self.nested else stored["absmax"], None, stored)

    def gathered(self, packed: Packed, which: Int[Tensor, " row"]) -> Float[Tensor, "row in"]:
        if not self.nested:
            return super().gathered(packed, which)
        return torch.cat([self.rows(packed, each, each + 1).dequantize() for each in which.tolist()])

    def rows(self, packed: Packed, first: int, last: int) -> Packed:
        """Of nested scales, whose units cross from row to row, the rows come with float32 scales."""
        if not self.nested:
            return super().rows(packed, first, last)
        plain = Table(self.name, self.title, self.table, self.group, source=self.source)
        absmax = nested(dict(packed.parts), first, last)
        return Packed(
            plain, (last - first, packed.shape[1]), {"codes": packed.parts["codes"][first:last], "absmax": absmax}
        )


@cache
def powers_of_ten() -> Float[Tensor, " 256"]:
    """The table of eight-bit scales: each power of ten from 10^-6 to 1 in twice as many even parts as the one below,
    the middles of both signs; 0 and 1 (Dettmers 2015, 8-bit approximations for parallelism, arXiv 1511.04561).

    >>> [round(each, 4) for each in powers_of_ten()[[0, 1, 127, 253, 254, 255]].tolist()]
    [-0.993, -0.9789, 0.0, 0.9789, 0.993, 1.0]
    """
    sizes = []
    for power in range(7):
        ends = torch.linspace(0.1, 1, 2**power + 1)
        sizes.append(10.0 ** (power - 6) * ((ends[:-1] + ends[1:]) / 2))
    size = torch.cat(sizes)
    return torch.cat([-size, size, torch.tensor([0.0, 1.0])]).sort().values


def nest(absmax: Float[Tensor, "out group"]) -> dict[str, Tensor]:
    """Scales as eight-bit codes, their units and their mean."""
    mean = absmax.mean()
    flat = (absmax - mean).flatten()
    unit = torch.stack([part.abs().amax() for part in flat.split(NESTED)])
    each = flat * (1 / unit.clamp_min(LEAST)).repeat_interleave(NESTED)[: len(flat)]
    table = powers_of_ten()
    codes = torch.bucketize(each, (table[:-1] + table[1:]) / 2)
    parts = {"absmax": codes.to(torch.uint8).view(absmax.shape), "unit": unit, "mean": mean}
    within(nested(parts), "float32 scales with a mean of their own")
    return parts


def nested(parts: dict[str, Tensor], first: int = 0, last: int | None = None) -> Float[Tensor, "out group"]:
    """The way back, for those rows."""
    codes: UInt8[Tensor, "out group"] = parts["absmax"][first:last]
    at = (torch.arange(codes.numel()) + first * codes.shape[1]) // NESTED
    return (powers_of_ten()[codes.flatten().long()] * parts["unit"][at] + parts["mean"]).view(codes.shape)
