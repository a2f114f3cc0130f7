"""A text that was written for the run beside this one: in its own model's tokens, whatever vocabulary it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.figures.overview.two_places import same_tokens

if TYPE_CHECKING:
    from explorer.zoo.model import Model


@dataclass(frozen=True, kw_only=True)
class TextBeside:
    """A text, token by token."""

    pieces: tuple[str, ...]
    shared: int
    """So many tokens from the start are those of this run's text, byte for byte."""
    same_tokens: bool
    """Whether both models write with one vocabulary: else nats a token are not quite of the same thing."""


def text_beside(model: Model, ids: Sequence[int], there: Model, theirs: Sequence[int]) -> TextBeside:
    """`theirs`, written by `there`, beside `ids`, written by `model`."""
    pairs = zip(map(model.vocabulary.bytes, ids), map(there.vocabulary.bytes, theirs), strict=False)
    shared = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(ids), len(theirs)))
    alike = same_tokens(model.vocabulary, there.vocabulary)
    return TextBeside(pieces=tuple(map(there.vocabulary.label, theirs)), shared=shared, same_tokens=alike)
