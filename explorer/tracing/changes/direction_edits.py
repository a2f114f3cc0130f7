"""Interventions along a named direction of the stream (`zoo.directions`): taken out after every block, or added.

    erase:NAME:STRENGTH                  x' = x - s (x . r) r after each block, r of length 1
    steer:NAME:LAYER:POSITION:AMOUNT     x' = x + a d after one block, d as long as it was found
    contrast:LAYER:POSITION:AMOUNT:MORE:LESS    x' = x + a d, d of length 1 from what LESS leaves behind that block at
                                         its last token to what MORE does (Turner et al. 2023, arXiv 2308.10248)

Between attention and feed-forward layer of one block what attention has just written along r can still be read: the
panel *Refusal, found* takes it out at every writer, which is a little more (Arditi et al. 2024, arXiv 2406.11717).

>>> Erase("refusal", 1.0).text, Steer("refusal", 12, None, 0.5).label
('erase:refusal:1', '0.5 × direction refusal added after block 12')
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError
from explorer.stack.tokenization.text import well_formed
from explorer.tracing.changes.edits import Limits, Run, Source, changed_at, finite, number, positioned, within
from explorer.zoo.directions import NAME

#: Characters of a text in a label.
SHOWN = 24


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


@dataclass(frozen=True)
class Contrast:
    """Add the direction between two texts to the stream after a block, at one position or (None) at all."""

    layer: int
    position: int | None
    amount: float
    """The length of what is added."""
    more: str
    less: str
    site = "resid_post"

    def __post_init__(self) -> None:
        for name in ("more", "less"):
            object.__setattr__(self, name, well_formed(getattr(self, name)))

    @property
    def texts(self) -> tuple[str, str]:
        """Both, which are run."""
        return self.more, self.less

    @property
    def text(self) -> str:
        where = "all" if self.position is None else self.position
        words = ":".join(quote(each, safe="") for each in self.texts)
        return f"contrast:{self.layer}:{where}:{number(self.amount)}:{words}"

    @property
    def label(self) -> str:
        at = "" if self.position is None else f" at position {self.position}"
        more, less = (each if len(each) <= SHOWN else f"{each[:SHOWN]}…" for each in self.texts)
        return f"{number(self.amount)} × from “{less}” to “{more}” added after block {self.layer}{at}"

    def check(self, limits: Limits) -> None:
        within("layer", self.layer, limits.n_layers, self)
        positioned(self.position, limits, self)
        finite(self.amount, self)

    def constant(self, source: Source) -> Tensor | None:
        found = source.last(self.more, self.layer) - source.last(self.less, self.layer)
        if not float(found.norm()):
            raise BadRequestError("Two equal texts have no direction between them.", "Write two that differ.")
        return F.normalize(found, dim=0) * self.amount

    def edit(self, stream: Float[Tensor, "batch pos d_model"], run: Run) -> Float[Tensor, "batch pos d_model"]:
        return changed_at(stream, self.position, run, lambda x: x + run.constants[self.text].to(x))
