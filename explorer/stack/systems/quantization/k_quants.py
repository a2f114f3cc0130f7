"""GGUF's K types: super-blocks of 256 weights whose groups' scales are themselves quantized.

A group of 16 or 32 weights has a scale (and a minimum) of 4, 6 or 8 bits, in steps of a float16 that the super-block
holds. So a scale costs a fraction of a bit a weight, and groups can be small::

    w' = d sc code - dmin m        Q2_K, Q4_K, Q5_K: unsigned codes, a minimum that is never above 0
    w' = d sc (code - 2^(b-1))     Q3_K, Q6_K: signed

            group   scale     minimum   bytes of 256   bits a weight
    Q2_K       16   4 bits    4 bits         84           2.625
    Q3_K       16   6         -             110           3.4375
    Q4_K       32   6         6             144           4.5
    Q5_K       32   6         6             176           5.5
    Q6_K       16   8         -             210           6.5625

Scales are found by `scale_search`; then they are rounded, and the codes are found anew with the rounded ones. With an
importance (llama.cpp's imatrix) more candidates are tried, and the scales too are fitted by weighted error. All is done
as ggml does it, byte for byte. Source: ggml, `ggml-quants.c`, `ggml-common.h` (Kawrakow 2023, llama.cpp's pull request
1684).

Worked example: 256 weights from -1 to 1 in 4.5 bits; the worst error is a 60th of the range.

>>> weight = torch.linspace(-1, 1, 256)[None]
>>> packed = Q4_K.quantize(weight)
>>> packed.nbytes, packed.bits_per_weight, round(float((packed.dequantize() - weight).abs().max()), 3)
(144, 4.5, 0.032)
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int32, UInt8
from torch import Tensor

from explorer.stack.systems.quantization.format import Scales
from explorer.stack.systems.quantization.gguf_blocks import (
    GGML,
    WIDE,
    Blocks,
    Found,
    Plane,
    columns,
    half,
    half_bytes,
    read_half,
    weighed,
)
from explorer.stack.systems.quantization.scale_search import (
    NOTHING,
    added,
    affine,
    coordinates,
    largest,
    nearest,
    over,
    positive,
    root,
    symmetric,
)

SUPER = 256
HIGH = Plane(2, 4, shift=4)
LOW = Plane(4, 8)


@dataclass(frozen=True)
class KQuant(Blocks):
    """What the K types share."""

    source: str = f"{GGML}; pull request 1684"

    def written(self, stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
        made = {name: half_bytes(stored[name]) for name in ("d", "dmin") if name in stored}
        return made | {"scales": self.write_scales(stored)}

    def read(self, fields: Mapping[str, Tensor]) -> dict[str, Tensor]:
        made = {name: read_half(fields[name]) for name in ("d", "dmin") if name in fields}
        return made | self.read_scales(fields["scales"])

    @abstractmethod
    def write_scales(self, stored: Mapping[str, Tensor]) -> UInt8[Tensor, "block bytes"]: ...

    @abstractmethod
    def read_scales(self, raw: UInt8[Tensor, "block bytes"]) -> dict[str, Tensor]: ...

    def by_block(self, groups: Float[Tensor, " group"]) -> Float[Tensor, "in_block block"]:
        """The groups of a super-block as a column."""
        return groups.reshape(-1, self.block // self.group).T.contiguous()

    def importances(
        self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"], factor: int
    ) -> Float[Tensor, "in_group group"]:
        """Of each weight, by its input's importance, its own size and the mean square of its super-block."""
        blocks = weight.reshape(-1, self.block)
        spread = factor * added((blocks * blocks).T.contiguous()) / self.block
        each = importance.reshape(-1, self.block).repeat(len(weight), 1)  # block in_block
        by_block = weighed(blocks, each, spread[:, None])
        return columns(by_block, self.group)

    def rounded(self, x: Tensor, searched: Tensor, scales: Scales) -> Int32[Tensor, "block code"]:
        """Codes with the scales as they are stored; where a step is 0, those of the search stay."""
        step, low = scales.step.flatten(), scales.low
        above = x if low is None else x - low.flatten()
        codes = nearest(above / step).clamp_(self.lowest, self.lowest + 2**self.bits - 1) - self.lowest
        return torch.where(step == 0, searched, codes).int().T.reshape(-1, self.block)


@dataclass(frozen=True)
class WithMinima(KQuant):
    """Q2_K, Q4_K, Q5_K."""

    highest: int = 63
    """Of a scale, and of a minimum."""
    ranges: tuple[float, float, int] = (-1.0, 0.1, 20)

    def sizes(self) -> Mapping[str, int]:
        return {"d": 2, "dmin": 2, "scales": 16 if self.highest == 15 else 12}

    def scales(self, stored: Mapping[str, Tensor], out: int) -> Scales:
        step = stored["d"].float()[:, None] * stored["sc"]
        low = stored["dmin"].float()[:, None] * stored["m"]
        return Scales(step.reshape(out, -1), -low.reshape(out, -1), stored)

    def write_scales(self, stored: Mapping[str, Tensor]) -> UInt8[Tensor, "block bytes"]:
        sc, m = stored["sc"].int(), stored["m"].int()
        if self.highest == 15:
            return (sc | m << 4).to(torch.uint8)
        lower = torch.cat([sc[:, :4], m[:, :4]], 1) | (torch.cat([sc[:, 4:], m[:, 4:]], 1) >> 4) << 6
        return torch.cat([lower, sc[:, 4:] & 15 | (m[:, 4:] & 15) << 4], 1).to(torch.uint8)

    def read_scales(self, raw: UInt8[Tensor, "block bytes"]) -> dict[str, Tensor]:
        if self.highest == 15:
            return {"sc": raw & 15, "m": raw >> 4}
        lower, rest = raw[:, :8], raw[:, 8:]
        high = lower >> 6 << 4
        sc = torch.cat([lower[:, :4] & 63, rest & 15 | high[:, :4]], 1)
        return {"sc": sc, "m": torch.cat([lower[:, 4:] & 63, rest >> 4 | high[:, 4:]], 1)}

    def search(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None) -> Found:
        x, top = columns(weight, self.group), 2**self.bits - 1
        if importance is None:
            codes, steps, minima = affine(x, top, self._own(x), self.ranges, by_size=self.bits == 2)
            stored = self._evenly("d", "sc", steps) | self._evenly("dmin", "m", minima)
        else:
            weights = self.importances(weight, importance, 1 if self.bits == 2 else 2)
            codes, steps, minima = affine(x, top, weights, WIDE)
            each = self.by_block(added(weights))
            stored = self._fitted("d", "sc", steps, each) | self._fitted("dmin", "m", minima, each)
        return Found(self.rounded(x, codes, self.scales(stored, len(weight))), stored)

    def _own(self, x: Float[Tensor, "in group"]) -> Float[Tensor, "in group"]:
        """Weights of the errors without an importance: the larger a weight, the more."""
        return x.abs() if self.bits == 2 else root(added(x * x) / self.group) + x.abs()

    def _evenly(self, whole: str, part: str, groups: Float[Tensor, " group"]) -> dict[str, Tensor]:
        """The largest takes the highest code."""
        each = self.by_block(groups)
        most = each.amax(0).clamp_min(0) + 0.0  # no -0
        codes = nearest(torch.where(most > 0, over(self.highest, most), 0.0) * each).clamp_(0, self.highest)
        return {whole: half(most / self.highest), part: codes.T.to(torch.uint8)}

    def _fitted(self, whole: str, part: str, groups: Tensor, weights: Tensor) -> dict[str, Tensor]:
        codes, scale = positive(self.by_block(groups), self.highest, weights)
        return {whole: half(scale), part: codes.T.to(torch.uint8)}


@dataclass(frozen=True)
class Signed(KQuant):
    """Q3_K, Q6_K."""

    def sizes(self) -> Mapping[str, int]:
        return {"d": 2, "scales": 12 if self.bits == 3 else 16}

    def scales(self, stored: Mapping[str, Tensor], out: int) -> Scales:
        return Scales((stored["d"].float()[:, None] * stored["sc"]).reshape(out, -1), None, stored)

    def write_scales(self, stored: Mapping[str, Tensor]) -> UInt8[Tensor, "block bytes"]:
        if self.bits == 6:
            return stored["sc"].contiguous().view(torch.uint8)
        codes = stored["sc"].int() + 32
        return torch.cat([LOW.pack(codes), HIGH.pack(codes)], 1)

    def read_scales(self, raw: UInt8[Tensor, "block bytes"]) -> dict[str, Tensor]:
        if self.bits == 6:
            return {"sc": raw.contiguous().view(torch.int8)}
        return {"sc": (LOW.unpack(raw[:, :8]) + HIGH.unpack(raw[:, 8:]) - 32).to(torch.int8)}

    def search(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None) -> Found:
        x = columns(weight, self.group)
        if self.bits == 3 and importance is not None:
            weights = self.importances(weight, importance, 2)
            codes, steps = symmetric(x, 4, weights)
            each, d = symmetric(self.by_block(steps), 32, self.by_block(added(weights)))
            stored = {"d": half(d), "sc": (each - 32).T.to(torch.int8)}
            return Found(self.rounded(x, codes, self.scales(stored, len(weight))), stored)
        if self.bits == 3:
            codes, steps = coordinates(x, 4)
        else:
            each = x * x if importance is None else columns(importance.expand_as(weight), self.group)
            codes, steps = symmetric(x, 32, each)
        stored = self._evenly(steps)
        codes = self.rounded(x, codes, self.scales(stored, len(weight)))
        if self.bits == 6:  # ggml clears a super-block of next to nothing
            codes = torch.where((self.by_block(steps).abs().amax(0) < NOTHING)[:, None], 0, codes)
        return Found(codes, stored)

    def _evenly(self, groups: Float[Tensor, " group"]) -> dict[str, Tensor]:
        """The scale of largest size takes the lowest code."""
        each, lowest = self.by_block(groups), -32 if self.bits == 3 else -128
        most = largest(each)
        empty = (most == 0) if self.bits == 3 else (most.abs() < NOTHING)
        turned = torch.where(empty, 0.0, over(lowest, most))
        codes = nearest(turned * each).clamp_(lowest, -lowest - 1)
        # An empty super-block is all zero bytes, which stand for another scale in each type.
        codes = torch.where(empty, float(-32 if self.bits == 3 else 0), codes)
        return {"d": half(torch.where(empty, 0.0, 1 / turned)), "sc": codes.T.to(torch.int8)}


TWOS, ONES = Plane(2, 32), Plane(1, 32, shift=2)
TOP = Plane(1, 32, shift=4)
MINIMA = ("d", "dmin", "scales")
Q2_K = WithMinima(
    "q2_k", "Q2_K", 2, 16, SUPER, 0, (TWOS,), ("scales", "codes0", "d", "dmin"), highest=15, ranges=(-0.5, 0.1, 15)
)
Q3_K = Signed("q3_k", "Q3_K", 3, 16, SUPER, -4, (TWOS, ONES), ("codes1", "codes0", "scales", "d"))
Q4_K = WithMinima("q4_k", "Q4_K", 4, 32, SUPER, 0, (Plane(4, 32),), (*MINIMA, "codes0"))
Q5_K = WithMinima(
    "q5_k", "Q5_K", 5, 32, SUPER, 0, (Plane(4, 32), TOP), (*MINIMA, "codes1", "codes0"), ranges=(-0.5, 0.1, 15)
)
Q6_K = Signed(
    "q6_k", "Q6_K", 6, 16, SUPER, -32, (Plane(4, 64), Plane(2, 32, shift=4)), ("codes0", "codes1", "scales", "d")
)
