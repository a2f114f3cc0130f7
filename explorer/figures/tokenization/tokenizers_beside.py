"""The text of the run beside this one in the same tokenizers, and both texts in that run's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.tokenization.tokenizers_compared import Cut
from explorer.stack.tokenization.text import utf8


@dataclass(frozen=True, kw_only=True)
class OtherTokenizer:
    """The tokenizer of the other run's model, where it is none of the lanes."""

    title: str
    """Of that model."""
    size: int
    here: int
    """Tokens of this text."""
    there: int


@dataclass(frozen=True, kw_only=True)
class LanesBeside:
    """The other run's text, counted."""

    same_text: bool
    nbytes: int
    characters: int
    tokens: tuple[int, ...]
    """Of its text, lane by lane; -1 where there is no tokenizer."""
    own: OtherTokenizer | None


def tokens(cut: Cut) -> int:
    return -1 if cut.found is None else len(cut.found.ids)


def beside(text: str, other: str, found: Sequence[Cut], own: tuple[Cut, Cut] | None) -> LanesBeside:
    """`found` is of the other text, lane by lane; `own` is its model's tokenizer on this text and on that one."""
    its = (
        None
        if own is None
        else OtherTokenizer(title=own[0].member.owner, size=own[0].size, here=tokens(own[0]), there=tokens(own[1]))
    )
    return LanesBeside(
        same_text=other == text,
        nbytes=len(utf8(other)),
        characters=len(other),
        tokens=tuple(map(tokens, found)),
        own=its,
    )
