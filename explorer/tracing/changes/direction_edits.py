"""Interventions along a named direction of the stream (`zoo.directions`): taken out after every block, or added.

    erase:NAME:STRENGTH                  x' = x - s (x . r) r after each block, r of length 1
    steer:NAME:LAYER:POSITION:AMOUNT     x' = x + a d after one block, d as long as it was found

Between attention and feed-forward layer of one block what attention has just written along r can still be read: the
panel *Refusal, found* takes it out at every writer, which is a little more (Arditi et al. 2024, arXiv 2406.11717).

>>> Erase("refusal", 1.0).text, Steer("refusal", 12, None, 0.5).label
('erase:refusal:1', '0.5 × direction refusal added after block 12')
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.tracing.changes.edits import Limits, Run, Source, changed_at, finite, number, positioned, within
from explorer.zoo.directions import NAME


def direction_name(text: str) -> str:
    """Raises ValueError for what is no name."""
    if not NAME.fullmatch(text):
        raise ValueError(text)
    return text


@dataclass(frozen=True)
class Erase:
    """Take a direction out of the stream after every block."""

    name: str
    strength: float
    layer = None
    site = "resid_post"

    @property
    def text(self) -> str:
        return f"erase:{self.name}:{number(self.strength)}"

    @property
    def label(self) -> str:
        return f"direction {self.name} taken out × {number(self.strength)}"

    def check(self, limits: Limits) -> None:  # noqa: ARG002
        finite(self.strength, self)

    def constant(self, source: Source) -> Tensor | None:
        return F.normalize(source.named(self.name), dim=0)

    def edit(self, stream: Float[Tensor, "batch pos d_model"], run: Run) -> Float[Tensor, "batch pos d_model"]:
        r = run.constants[self.text].to(stream)
        return stream - self.strength * (stream @ r)[..., None] * r


@dataclass(frozen=True)
class Steer:
    """Add a direction to the stream after a block, at one position or (None) at all."""

    name: str
    layer: int
    position: int | None
    amount: float
    site = "resid_post"

    @property
    def text(self) -> str:
        where = "all" if self.position is None else self.position
        return f"steer:{self.name}:{self.layer}:{where}:{number(self.amount)}"

    @property
    def label(self) -> str:
        at = "" if self.position is None else f" at position {self.position}"
        return f"{number(self.amount)} × direction {self.name} added after block {self.layer}{at}"

    def check(self, limits: Limits) -> None:
        within("layer", self.layer, limits.n_layers, self)
        positioned(self.position, limits, self)
        finite(self.amount, self)

    def constant(self, source: Source) -> Tensor | None:
        return source.named(self.name) * self.amount

    def edit(self, stream: Float[Tensor, "batch pos d_model"], run: Run) -> Float[Tensor, "batch pos d_model"]:
        return changed_at(stream, self.position, run, lambda x: x + run.constants[self.text].to(x))
