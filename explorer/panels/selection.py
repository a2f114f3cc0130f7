"""The one selection that all panels follow, and the table of its fields: page, link, requests and scenes read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from explorer.stack.transformer.references import NAMED

if TYPE_CHECKING:
    from explorer.zoo.model import Dims

FocusField = Literal["position", "layer", "head", "target", "expert", "over", "rival"]
#: What there are some of in a run: `sizes_of` counts them.
Size = Literal["tokens", "n_layers", "n_heads", "d_vocab", "n_experts", "references"]


#: What a control of a panel may hold: JSON's plain values.
Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Focus:
    """What is selected."""

    position: int = 0
    layer: int = 0
    head: int = 0
    target: int | None = None
    """Token id; None is the likeliest next token at the position."""
    expert: int | None = None
    over: int | None = None
    """What shares are measured over, by its number in `references.NAMED`; None is the first of them."""
    rival: int | None = None
    """The token that shares are measured over, in its place."""


@dataclass(frozen=True)
class SelectionField:
    """One field of the selection: a whole number from 0, below the size that bounds it."""

    name: FocusField
    link: str
    """Its name in a link."""
    label: str
    """In a sentence."""
    size: Size
    always: bool = False
    """Whether there is always one: where nothing is chosen, the first or the run's own best."""
    stays: bool = False
    """Whether it stays chosen when another text is run."""

    def inside(self, value: int, sizes: Mapping[Size, int]) -> int:
        """The value, or the nearest that there is. Where there are none at all, the value waits for another model."""
        size = sizes[self.size]
        return max(0, min(value, size - 1) if size else value)

    def among(self, value: int | None, sizes: Mapping[Size, int]) -> bool:
        """Whether a value is chosen, and there is one of that number."""
        return value is not None and 0 <= value < sizes[self.size]


SELECTION = (
    SelectionField("position", "pos", "position", "tokens", always=True),
    SelectionField("layer", "layer", "block", "n_layers", always=True, stays=True),
    SelectionField("head", "head", "head", "n_heads", always=True, stays=True),
    SelectionField("target", "target", "target token", "d_vocab"),
    SelectionField("expert", "expert", "expert", "n_experts"),
    SelectionField("over", "over", "reference", "references", stays=True),
    SelectionField("rival", "rival", "rival token", "d_vocab"),
)
FIELD = {each.name: each for each in SELECTION}
#: Fields that a reader turns together: a head of a wall of heads, a token and its block.
PAIRS: tuple[tuple[FocusField, FocusField], ...] = (("layer", "head"), ("position", "layer"))


def sizes_of(dims: Dims | None, n_tokens: int = 0) -> dict[Size, int]:
    """How many of each there are: in a model, none where there is no model, and in a run of so many tokens."""
    return {
        "tokens": n_tokens,
        "n_layers": dims.n_layers if dims else 0,
        "n_heads": dims.n_heads if dims else 0,
        "d_vocab": dims.d_vocab if dims else 0,
        "n_experts": dims.n_experts if dims else 0,
        "references": len(NAMED),
    }
