"""Interventions on the weights: matrices of the model take another format, or an adapter is merged into them, and
everything is run with them.

Unlike an edit of an activation this one needs no hook. The run's model is another one, made of the same parts with the
changed matrices in their place (see `changed_weights`); every panel reads that one, down to the weights.

>>> Quantize.parse("3-5.W_out", "int4").text
'quant:3-5.W_out:int4'
>>> places = "all", "7", "3-5.W_Q", "all.W_V", "unembed"
>>> [Quantize.parse(where, "int8").label.partition(" in ")[0] for where in places]
['all weights', 'block 7', 'W_Q of blocks 3 to 5', 'every W_V', 'unembedding']
>>> edit = Quantize.parse("3-5", "int4")
>>> edit.reaches(5, "W_Q"), edit.reaches(6, "W_Q"), edit.reaches(None, "unembed")
(True, False, False)
>>> Wear.parse("pirate", "0.50").text, Wear.parse("pirate", "-1").label
('adapter:pirate:0.5', 'adapter pirate × -1')
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from explorer.errors import BadRequestError
from explorer.stack.systems.quantization.matrices import DENSE, SPARSE
from explorer.stack.systems.quantization.schemes import scheme
from explorer.tracing.changes.edits import Limits, WithoutConstant, finite, number, within
from explorer.zoo.made_names import is_word

UNEMBED = "unembed"
ROLES = tuple(dict.fromkeys((*DENSE, *SPARSE)))


@dataclass(frozen=True)
class Quantize(WithoutConstant):
    """Put matrices into a number format."""

    first: int | None
    """Blocks from this to `last`, both included; None: all blocks."""
    last: int | None
    role: str | None
    """Only the matrices of this role; None: all. "unembed" stands in no block."""
    format: str
    """Or a mix of formats, by its name in `SCHEMES`."""
    site = "weights"

    @classmethod
    def parse(cls, where: str, fmt: str) -> Quantize:
        """Raises ValueError for a place that is none, BadRequestError for a format that there is not."""
        scheme(fmt)
        if where == UNEMBED:
            return cls(None, None, UNEMBED, fmt)
        place, dot, role = where.partition(".")
        if dot and (role not in ROLES or role == UNEMBED):
            raise ValueError(where)
        if place == "all":
            return cls(None, None, role or None, fmt)
        first, dash, last = place.partition("-")
        return cls(_index(first), _index(last if dash else first), role or None, fmt)

    @property
    def where(self) -> str:
        if self.role == UNEMBED:
            return UNEMBED
        place = "all" if self.first is None else f"{self.first}" + ("" if self.one_block else f"-{self.last}")
        return place + (f".{self.role}" if self.role else "")

    @property
    def one_block(self) -> bool:
        return self.first is not None and self.first == self.last

    @property
    def text(self) -> str:
        return f"quant:{self.where}:{self.format}"

    @property
    def label(self) -> str:
        if self.role == UNEMBED:
            place = "unembedding"
        elif self.first is None:
            place = f"every {self.role}" if self.role else "all weights"
        else:
            place = f"block {self.first}" if self.one_block else f"blocks {self.first} to {self.last}"
            place = f"{self.role} of {place}" if self.role else place
        return f"{place} in {scheme(self.format).title}"

    def check(self, limits: Limits) -> None:
        if self.first is None or self.last is None:
            return
        within("block", self.last, limits.n_layers, self)
        if self.first > self.last:
            raise BadRequestError(
                f"“{self.text}”: there is no range of blocks from {self.first} to {self.last}.",
                "Write the lower number first.",
            )

    def reaches(self, layer: int | None, role: str) -> bool:
        """Whether a matrix is among those that change."""
        if self.role is not None and role != self.role:
            return False
        if self.first is None or self.last is None:
            return True
        return layer is not None and self.first <= layer <= self.last


@dataclass(frozen=True)
class Wear(WithoutConstant):
    """Merge an adapter of this machine into the matrices, with a strength: W + strength · dW.

    Several add up. Where matrices are quantized as well, they are merged before.
    """

    name: str
    strength: float
    """0 changes nothing, 1 is the adapter as it was trained, -1 subtracts it."""
    site = "weights"

    @classmethod
    def parse(cls, name: str, strength: str) -> Wear:
        """Raises ValueError for what is no name, or no number."""
        if not is_word(name) or not math.isfinite(float(strength)):
            raise ValueError(name)
        return cls(name, float(strength))

    @property
    def text(self) -> str:
        return f"adapter:{self.name}:{number(self.strength)}"

    @property
    def label(self) -> str:
        return f"adapter {self.name} × {number(self.strength)}"

    def check(self, limits: Limits) -> None:  # noqa: ARG002
        finite(self.strength, self)


def _index(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError(text)
    return int(text)
