"""INT8, INT4, INT3 and INT2: evenly spaced levels, with a step for a group, a row or the whole matrix.

Symmetric: the weight of largest size takes the lowest code, with its sign, so that all 2^b codes are in use (the rule
of GGUF's Q4_0), or, with `absmax`, the codes reach as far up as down and one is left unused (Dettmers et al. 2022,
LLM.int8(), arXiv 2208.07339)::

    step = w_largest / -2^(b-1)          code = round(w / step) + 2^(b-1)
    step = max |w| / (2^(b-1) - 1)       the same, clipped to 1 .. 2^b - 1                             (absmax)

Affine: the codes reach from the least weight to the greatest::

    low = min w,  step = (max w - min w) / (2^b - 1),  code = round((w - low) / step)

|w - w'| <= step / 2 where nothing is clipped. A group's step is float16; that of a row or matrix may be float32.

Worked example: with 2 bits, of -2, 0.4, 0.6 and 1.9 the last must take level 1 (there is no level 2).

>>> two = Integers("int2", "INT2", bits=2, group=4)
>>> two.quantize(torch.tensor([[-2.0, 0.4, 0.6, 1.9]])).dequantize().tolist()
[[-2.0, 0.0, 1.0, 1.0]]
>>> affine = Integers("int2_affine", "INT2, affine", bits=2, group=4, kind="affine")
>>> [round(w, 3) for w in affine.quantize(torch.tensor([[-2.0, 0.4, 0.6, 1.9]])).dequantize()[0].tolist()]
[-2.0, 0.6, 0.6, 1.899]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Float16, Int32
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization import bits as byte_code
from explorer.stack.systems.quantization.format import Format, Packed, Scales, grouped, nonzero, within
from explorer.stack.systems.quantization.integer_products import multiply, rounded_rows

Kind = Literal["symmetric", "absmax", "affine"]


@dataclass(frozen=True)
class Integers(Format):
    """Evenly spaced levels."""

    name: str
    title: str
    bits: int  # pyright: ignore[reportIncompatibleVariableOverride]
    group: int | None = None
    """None: one step for a row."""
    kind: Kind = "symmetric"
    whole: bool = False
    """One step for the whole matrix."""
    precise: bool = False
    """Steps are float32, as bitsandbytes has them."""
    source: str = ""

    @property
    def by_rows(self) -> bool:
        return not self.whole

    @property
    def levels(self) -> Float[Tensor, " level"]:
        codes = torch.arange(2**self.bits, dtype=torch.float32)
        return codes if self.kind == "affine" else codes - 2 ** (self.bits - 1)

    def fit(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Scales:  # noqa: ARG002
        groups = weight.reshape(1, 1, -1) if self.whole else grouped(weight, self.group)  # out group in_group
        low = None
        if self.kind == "affine":
            lowest = groups.amin(-1)
            reach = within(groups.amax(-1) - lowest, "float32, from the least to the greatest,")
            step, low = reach / (2**self.bits - 1), lowest
        elif self.kind == "absmax":
            step = groups.abs().amax(-1) / (2 ** (self.bits - 1) - 1)
        else:
            largest = groups.gather(-1, groups.abs().argmax(-1, keepdim=True))[..., 0]
            step = largest / -(2 ** (self.bits - 1))
        stored = {"step": nonzero(self._stored(step))} | ({} if low is None else {"low": self._stored(low)})
        return self._scales(stored, weight.shape[0])

    def encode(self, weight: Float[Tensor, "out in"], scales: Scales) -> Int32[Tensor, "out code"]:
        groups = weight.unflatten(1, (scales.step.shape[1], -1))
        low = None if scales.low is None else scales.low[..., None]
        offset, least = (0, 0) if self.kind == "affine" else (2 ** (self.bits - 1), int(self.kind == "absmax"))
        return nearest(groups, scales.step[..., None], low, self.bits, offset, least).int().flatten(1)

    def pack(self, codes: Int32[Tensor, "out code"], scales: Scales) -> Packed:
        return Packed(
            self, (codes.shape[0], codes.shape[1]), {"codes": byte_code.pack(codes, self.bits), **scales.stored}
        )

    def unpack(self, packed: Packed) -> tuple[Int32[Tensor, "out code"], Scales]:
        codes = byte_code.unpack(packed.parts["codes"], self.bits, packed.shape[1])
        return codes, self._scales({n: p for n, p in packed.parts.items() if n != "codes"}, packed.shape[0])

    def _scales(self, stored: dict[str, Tensor], out: int) -> Scales:
        step, low = stored["step"].float(), stored["low"].float() if "low" in stored else None
        if self.whole:
            step, low = step.expand(out, 1), None if low is None else low.expand(out, 1)
        return Scales(step, low, stored)

    def narrow(self, packed: Packed, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:
        """W8A8: whole numbers times whole numbers, each row of x with a scale of its own."""
        if self.bits != 8 or self.group is not None:
            return super().narrow(packed, x)
        codes = (packed.parts["codes"] ^ 128).view(torch.int8)  # code - 128
        scales = self._scales({n: p for n, p in packed.parts.items() if n != "codes"}, packed.shape[0])
        step, low = scales.step[:, 0], None if scales.low is None else (scales.low + 128 * scales.step)[:, 0]
        y = multiply(rounded_rows(x.reshape(-1, packed.shape[1])), codes, step, low)
        return y.view(*x.shape[:-1], packed.shape[0]).to(x.dtype)

    def rows(self, packed: Packed, first: int, last: int) -> Packed:
        if not self.whole:
            return super().rows(packed, first, last)
        return Packed(
            self, (last - first, packed.shape[1]), {**packed.parts, "codes": packed.parts["codes"][first:last]}
        )

    def _stored(self, numbers: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """As the format's type holds them."""
        if self.precise:
            return numbers
        if not bool((half := numbers.half()).isfinite().all()):
            raise NotApplicableError(
                "There are weights past 65,504, which a float16 scale cannot hold.", "bfloat16 works."
            )
        return half


def nearest(
    x: Float[Tensor, ...], step: Float[Tensor, ...], low: Float[Tensor, ...] | None, bits: int, offset: int = 0,
    least: int = 0,
) -> Float[Tensor, ...]:  # fmt: skip
    """The code of the nearest level, least to 2^bits - 1, as a float; offset: the code of a weight of 0 or of `low`."""
    return (((x if low is None else x - low) / step).round() + offset).clamp(least, 2**bits - 1)


def reaching(
    low: Float[Tensor, "*n"], high: Float[Tensor, "*n"], bits: int
) -> tuple[Float16[Tensor, "*n"], Float16[Tensor, "*n"]]:
    """Step and lowest value of affine codes that reach over the whole range as float16 holds the two: what is rounded
    to them moves by half a step at most. The lowest value is rounded down and the step up.

    >>> step, low = reaching(torch.tensor([0.1]), torch.tensor([3.1]), bits=2)
    >>> step.item(), low.item(), low.item() + 3 * step.item() >= 3.1
    (1.0009765625, 0.0999755859375, True)
    """
    lowest = outward(low, up=False)
    return outward((high - lowest.float()) / (2**bits - 1), up=True), lowest


def outward(x: Float[Tensor, "*n"], up: bool) -> Float16[Tensor, "*n"]:
    """The next float16 above, or below.

    >>> outward(torch.tensor([1.0001, -1.0001, 0.25, 1e-30]), up=True).tolist()
    [1.0009765625, -1.0, 0.25, 5.960464477539063e-08]
    """
    near = x.half()
    beyond = near.float() < x if up else near.float() > x
    return near.where(~beyond, near.nextafter(torch.tensor(math.inf if up else -math.inf, dtype=torch.half)))
