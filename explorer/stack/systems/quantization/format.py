"""What a number format is: levels, a scale and perhaps a lowest value for each group of weights, and packed bytes.

A weight matrix is cut along its rows into groups. Every weight of a group becomes the number of a level::

    weight  ~  low + step * levels[code]

`fit` chooses step and low of every group, `encode` the codes, `pack` puts codes and scales into the bytes that the
format says it takes; `unpack` and `decode` are the way back. Rounding to nearest is all of these in order
(`Format.quantize`). Methods that choose codes otherwise (GPTQ) or scale the weights first (AWQ) call the parts.

Worked example, in `integers`: eight weights in 4 bits take 4 bytes of codes and 2 of scale.

>>> from explorer.stack.systems.quantization.integers import Integers
>>> four = Integers("int4", "INT4", bits=4, group=8)
>>> packed = four.quantize(torch.tensor([[-0.8, -0.3, 0.0, 0.1, 0.2, 0.4, 0.5, 0.7]]))
>>> four.unpack(packed)[0].tolist(), packed.nbytes, packed.bits_per_weight
([[0, 5, 8, 9, 10, 12, 13, 15]], 6, 6.0)
>>> [round(w, 3) for w in packed.dequantize()[0].tolist()]
[-0.8, -0.3, 0.0, 0.1, 0.2, 0.4, 0.5, 0.7]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Int32, Shaped
from torch import Tensor

from explorer.errors import NotApplicableError

#: Rows of a packed matrix that `Packed.multiply` widens at a time.
ROWS_AT_ONCE = 1024
#: Weights whose codes are found at a time.
CODES_AT_ONCE = 1 << 23


@dataclass(frozen=True, eq=False)
class Scales:
    """What the codes of a matrix are multiplied by and added to, as they are stored: already rounded."""

    step: Float[Tensor, "out group"]
    """float32."""
    low: Float[Tensor, "out group"] | None
    """float32; None where nothing is added."""
    stored: Mapping[str, Shaped[Tensor, ...]]
    """The arrays that stand for both in memory."""


@dataclass(frozen=True, eq=False)
class Packed:
    """A matrix in a format. Its arrays have the bytes that they take, none is kept beside them."""

    format: Format
    shape: tuple[int, int]
    """(out, in)"""
    parts: Mapping[str, Shaped[Tensor, ...]]

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in self.parts.values())

    @property
    def bits_per_weight(self) -> float:
        """All bytes counted: scales, scales of scales, tables."""
        return self.nbytes * 8 / (self.shape[0] * self.shape[1])

    def dequantize(self) -> Float[Tensor, "out in"]:
        """float32."""
        return self.format.decode(*self.format.unpack(self))

    def multiply(self, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:
        """x W^T through the packed weights: never more than `ROWS_AT_ONCE` rows of W are widened at a time."""
        return self.format.multiply(self, x)

    def narrow(self, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:
        """The same with x rounded as well, so that the product is made in the weights' own type: what a processor does
        fastest where there are many rows. Raises NotApplicableError where the format has no such product."""
        return self.format.narrow(self, x)

    def rows(self, first: int, last: int) -> Packed:
        """Those rows of the matrix, without a copy where the format's arrays are laid out by row."""
        return self.format.rows(self, first, last)

    def gathered(self, which: Int[Tensor, " row"]) -> Float[Tensor, "row in"]:
        """Those rows of the matrix in float32, in any order."""
        return self.format.gathered(self, which)


class Format(ABC):
    """One number format. Its objects hold no state: one of each stands in `formats.FORMATS`."""

    name: str
    """In links and on the command line: "q4_k"."""
    title: str
    """On the page: "Q4_K"."""
    bits: float
    """A weight's share of the codes, scales left out: 1.6 where five share a byte."""
    group: int | None
    """Weights of a row that share a step; None: the whole row (or more)."""
    vector: int = 1
    """Neighbours in a row that share a code; `levels` then has so many numbers for each."""
    source: str = ""
    """Paper or specification."""

    @property
    def span(self) -> int | None:
        """Weights of a row whose scales are found together; None: the whole row (or more)."""
        return self.group

    @property
    def by_rows(self) -> bool:
        """Whether each row is rounded as if it were alone."""
        return True

    @property
    @abstractmethod
    def levels(self) -> Float[Tensor, " level *vector"]:
        """What each code stands for before step and low; NaN for a code that means no number."""

    @abstractmethod
    def fit(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Scales:
        """Step and low of every group. importance: how much an error in an input's weights counts (mean square of the
        activations that meet them); a format that has no use for it passes it over."""

    @abstractmethod
    def encode(self, weight: Float[Tensor, "out in"], scales: Scales) -> Int32[Tensor, "out code"]:
        """The code of the nearest level, by the format's own rule for ties."""

    @abstractmethod
    def pack(self, codes: Int32[Tensor, "out code"], scales: Scales) -> Packed: ...

    @abstractmethod
    def unpack(self, packed: Packed) -> tuple[Int32[Tensor, "out code"], Scales]: ...

    def misfit(self, d_in: int) -> str | None:
        """Why rows of so many weights cannot take this format; None if they can."""
        if self.group and d_in % self.group:
            return f"Rows of {d_in:,} weights cannot be cut into groups of {self.group}."
        return None

    def check(self, weight: Float[Tensor, "out in"]) -> None:
        """Raise NotApplicableError for rows that do not fit, and for numbers that are none."""
        if reason := self.misfit(weight.shape[1]):
            raise NotApplicableError(reason, "Choose a format with other groups.")
        if not bool(weight.isfinite().all()):
            raise NotApplicableError("The matrix has weights that are no numbers.", "The checkpoint is damaged.")

    def quantize(self, weight: Float[Tensor, "out in"], importance: Float[Tensor, " in"] | None = None) -> Packed:
        """Rounding to nearest. Raises NotApplicableError where `misfit` says why."""
        weight = weight.detach().float()
        self.check(weight)
        scales = self.fit(weight, importance)
        return self.coded(weight, scales, scales)

    def coded(self, weight: Float[Tensor, "out in"], by: Scales, stored: Scales) -> Packed:
        """Codes chosen by one set of scales and packed with another; some rows at a time, since a code is wide until it
        is packed."""
        at_once = max(1, CODES_AT_ONCE // weight.shape[1])
        codes = []
        for first in range(0, max(1, len(weight)), at_once):
            rows = slice(first, first + at_once)
            some = Scales(by.step[rows], None if by.low is None else by.low[rows], {})
            codes.append(self.pack(self.encode(weight[rows], some), stored).parts["codes"])
        return Packed(self, (weight.shape[0], weight.shape[1]), {"codes": torch.cat(codes), **stored.stored})

    def decode(self, codes: Int32[Tensor, "out code"], scales: Scales) -> Float[Tensor, "out in"]:
        """low + step * levels[code]."""
        points = self.levels[codes.long()].flatten(1)  # out in
        points = points.unflatten(1, (scales.step.shape[1], -1))  # out group in_group
        values = points * scales.step[..., None]
        return (values if scales.low is None else values + scales.low[..., None]).flatten(1)

    def multiply(self, packed: Packed, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:
        """x W^T, widening some rows of W at a time."""
        out = packed.shape[0]
        parts = [
            F.linear(x, self.rows(packed, first, min(first + ROWS_AT_ONCE, out)).dequantize().to(x.dtype))
            for first in range(0, out, ROWS_AT_ONCE)
        ]
        return parts[0] if len(parts) == 1 else torch.cat(parts, -1)

    def narrow(self, packed: Packed, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:  # noqa: ARG002
        """x W^T with x in the weights' own type."""
        raise NotApplicableError(
            f"There is no product of {self.title} with activations of its own type.", "int8 and bf16 have one."
        )

    def gathered(self, packed: Packed, which: Int[Tensor, " row"]) -> Float[Tensor, "row in"]:
        """Those rows of the matrix in float32, in any order."""
        cut = {
            name: part[which] if part.ndim and part.shape[0] == packed.shape[0] else part
            for name, part in packed.parts.items()
        }
        return Packed(self, (len(which), packed.shape[1]), cut).dequantize()

    def rows(self, packed: Packed, first: int, last: int) -> Packed:
        """Rows first to last of the matrix. Parts whose first axis is not the matrix's rows are shared whole."""
        cut = {
            name: part[first:last] if part.ndim and part.shape[0] == packed.shape[0] else part
            for name, part in packed.parts.items()
        }
        return Packed(self, (last - first, packed.shape[1]), cut)


def grouped(weight: Float[Tensor, "out in"], group: int | None) -> Float[Tensor, "out group in_group"]:
    """Each row cut into its groups."""
    return weight.unflatten(1, (-1, group or weight.shape[1]))


def within(numbers: Float[Tensor, "*n"], what: str) -> Float[Tensor, "*n"]:
    """The numbers themselves. Raises NotApplicableError where one passed the range of its type.

    >>> within(torch.tensor([6e4]).half(), "a float16 scale").tolist()
    [60000.0]
    """
    if not bool(numbers.isfinite().all()):
        raise NotApplicableError(f"There are weights so large that {what} cannot hold them.", "bfloat16 works.")
    return numbers


def nonzero(step: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """A group of equal weights needs no step, and none can be divided by."""
    return torch.where(step == 0, 1.0, step)
