"""The same conversation under the template of the run beside this one: what each writes around what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.experiments.tokenization.conversation import Conversation
    from explorer.zoo.model import Model


@dataclass(frozen=True, kw_only=True)
class WrittenMark:
    """A token of a template, or one that a tokenizer puts before every text."""

    id: int
    text: str
    special: bool


@dataclass(frozen=True, kw_only=True)
class MarksBeside:
    """What both templates write at one place."""

    after: str
    """Who has just spoken; "" at the beginning."""
    before: str
    """Who speaks next; "" at the end."""
    here: tuple[WrittenMark, ...]
    there: tuple[WrittenMark, ...]


@dataclass(frozen=True, kw_only=True)
class ConversationBeside:
    """The conversation as the run beside this one reads it."""

    title: str
    """Of its model."""
    reason: str
    """Why nothing is written around it; empty where something is."""
    lead: tuple[WrittenMark, ...]
    """What its tokenizer puts before a text without a template."""
    n_tokens: int
    n_special: int
    n_said: int
    same_marks: bool
    """Both write the same around what was said."""
    places: tuple[MarksBeside, ...]
    """Empty where the two cannot be laid side by side."""


def around(made: Conversation) -> list[list[int]] | None:
    """Indices of the tokens that hold nothing of what was said, by the place: before all of it, between two, behind.
    None where the template makes of it what cannot be followed."""
    if made.written.spans is None:
        return None
    text = made.written.text
    said = [(len(text[: each.start].encode()), len(text[: each.end].encode())) for each in made.written.spans]
    places: list[list[int]] = [[] for _ in range(len(said) + 1)]
    ends = list(accumulate(map(len, made.pieces)))
    for index, (piece, end, special) in enumerate(zip(made.pieces, ends, made.special, strict=True)):
        begin = end - len(piece)
        if special or not any(begin < last and end > first for first, last in said):
            places[sum(last <= begin for _, last in said)].append(index)
    return places


def marks(model: Model, ids: Sequence[int]) -> tuple[WrittenMark, ...]:
    vocabulary = model.vocabulary
    return tuple(WrittenMark(id=i, text=vocabulary.label(i), special=vocabulary.is_special(i)) for i in ids)


def beside(own: Conversation | None, other: Conversation | None, model: Model, reason: str) -> ConversationBeside:
    """`model` is the other's; either has no conversation where its model has no template, the other for a `reason`."""
    lead = marks(model, model.vocabulary.encode(""))
    if other is None:
        return ConversationBeside(
            title=model.card.title,
            reason=reason,
            lead=lead,
            n_tokens=0,
            n_special=0,
            n_said=0,
            same_marks=False,
            places=(),
        )
    places = _places(own, other)
    n_special, outside = sum(other.special), around(other)
    n_said = 0 if outside is None else len(other.ids) - sum(map(len, outside))
    same = bool(places) and own is not None and all(_texts(each.here) == _texts(each.there) for each in places)
    return ConversationBeside(
        title=model.card.title,
        reason="",
        lead=lead,
        n_tokens=len(other.ids),
        n_special=n_special,
        n_said=n_said,
        same_marks=same,
        places=places,
    )


def _texts(found: Sequence[WrittenMark]) -> list[tuple[str, bool]]:
    return [(each.text, each.special) for each in found]


def _places(own: Conversation | None, other: Conversation) -> tuple[MarksBeside, ...]:
    there = around(other)
    here = [[] for _ in there or ()] if own is None else around(own)
    if here is None or there is None or (own is not None and _order(own) != _order(other)):
        return ()
    speakers = [other.turns[at][0] for at in _order(other)]
    return tuple(
        MarksBeside(
            after=after,
            before=before,
            here=() if own is None else marks(own.model, [own.ids[i] for i in mine]),
            there=marks(other.model, [other.ids[i] for i in its]),
        )
        for after, before, mine, its in zip(["", *speakers], [*speakers, ""], here, there, strict=True)
    )


def _order(made: Conversation) -> list[int]:
    """Whose turn it is, each time that something said is written."""
    return [span.turn for span in made.written.spans or ()]
