"""A run laid beside another: what of the two can be compared at a position, and in words what cannot.

What a picture may need:

    any     nothing: each run is measured by itself
    place   a position of the other run that belongs to this one, whatever the two models are
    model   one model, of whose weights much is measured once for both texts
    heads   as many blocks and heads, as wide: each is held against that of its number

and, each more than the one before:

    tokens  one vocabulary
    words   what both say next: one vocabulary, and a position of the other run that belongs to this one
    parts   what each block and head adds to a logit: as many blocks and heads, too
    row     everything up to the selected position, token beside token: all sizes alike, and no token between
    text    the same for as much of the text as stands side by side from its start
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from explorer.figures.overview.two_places import Pair, Place, Run, aligned, one_vocabulary, same
from explorer.figures.overview.two_runs import own_words

if TYPE_CHECKING:
    from explorer.zoo.model import Dims

Needs = Literal["any", "place", "model", "heads", "tokens", "words", "parts", "row", "text"]


@dataclass(frozen=True)
class Said:
    """What a view's frame says of the run beside its own."""

    title: str
    text: str
    fits: bool
    """Whether the view shows both."""


@dataclass(frozen=True, eq=False)
class Compared:
    """This run and the one beside it."""

    one: Run
    other: Run

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """The positions that belong together, by the tokens' bytes."""
        return tuple(aligned(self.one.pieces(), self.other.pieces()))

    @cached_property
    def one_vocabulary(self) -> bool:
        return one_vocabulary(self.one, self.other)

    @property
    def alike(self) -> bool:
        """As many blocks and heads."""
        return self._counts(self.one) == self._counts(self.other)

    @property
    def same_sizes(self) -> bool:
        """All sizes but those of the vocabulary and the context."""
        one, other = (replace(run.model.dims, n_ctx=0, parameters=0, eps=0.0) for run in (self.one, self.other))
        return one == other

    @staticmethod
    def _counts(run: Run) -> tuple[int, int]:
        return run.model.dims.n_layers, run.model.dims.n_heads

    @cached_property
    def shared(self) -> int:
        """Positions from the start on that stand one beside the other: of one token, or of one exchanged for one."""
        stop = next((at for at, pair in enumerate(self.pairs) if pair != (at, at)), len(self.pairs))
        if all(None in pair for pair in self.pairs[stop:]):  # one text ends, the other goes on
            return stop
        place = self._place()  # tokens exchanged for more of them, or for fewer, have no places of their own
        return next((at + 1 for at in reversed(range(stop)) if same(place, self.pairs[at])), 0)

    @property
    def exchanged(self) -> int:
        """Of those, the ones with another token."""
        place = self._place()
        return sum(not same(place, pair) for pair in self.pairs[: self.shared])

    def there(self, position: int) -> int | None:
        """The other run's position for one of this run's; None where it has none."""
        return self.places[position]

    @cached_property
    def places(self) -> tuple[int | None, ...]:
        """The other run's position for each of this run's."""
        known = {left: right for left, right in self.pairs if left is not None}
        known[self.one.trace.n_prompt - 1] = self.other.trace.n_prompt - 1
        return tuple(known.get(position) for position in range(len(self.one.trace)))

    @cached_property
    def title(self) -> str:
        """What is other in it, in a few words."""
        keys, place = (self.one.trace.key, self.other.trace.key), self._place()
        parts = []
        if self.one.model.card.title != self.other.model.card.title:
            parts.append(self.other.model.card.title)
        edits = [", ".join(each.label for each in key.interventions) for key in keys]
        if edits[0] != edits[1]:
            parts.append(edits[1] or "the unchanged run")
        if keys[0].text != keys[1].text:
            parts.append(_exchange(*own_words(place)))
        if not parts:
            parts.append("this run itself" if keys[0] == keys[1] else "the same prompt, other settings")
        return ", ".join(parts)

    def said(self, needs: Needs, position: int) -> Said:
        """What a picture that needs so much shows at a position, or why it cannot."""
        lack = self._lack(needs, position)
        return Said(self.title, lack or self._told(needs, position), not lack)

    def _lack(self, needs: Needs, position: int) -> str:
        """What cannot be compared, and what can instead."""
        if needs == "any":
            return ""
        if needs == "place":
            return self._apart(position)
        if needs == "model":
            same_model = self.one.model.original is self.other.model.original
            return (
                ""
                if same_model
                else "This view measures all weights of a model, and that run has another model. Open that run itself."
            )
        mine, theirs = self._counts(self.one), self._counts(self.other)
        if needs == "heads":
            return other_heads(self.one.model.dims, self.other.model.dims)
        if not self.one_vocabulary:
            return "The two models have different vocabularies. Two runs compares them token by token."
        if needs not in ("tokens", "words") and mine != theirs:
            return (
                f"That model has {_blocks(*theirs)}, this one {_blocks(*mine)}. Their parts do not correspond. "
                "Sampling and Two runs compare what both models say next."
            )
        if needs == "parts" and any(run.trace.readout.refused.get("attribution") for run in (self.one, self.other)):
            return "The explorer cannot split one of the two runs into parts. Sampling compares what both say next."
        if needs in ("row", "text") and not self.same_sizes:
            return "The two models’ blocks have different sizes. Walk and Two runs compare what can be compared."
        if needs in ("words", "parts"):
            return self._apart(position)
        if needs != "tokens" and self.shared <= (position if needs == "row" else 0):
            return self._until()
        return ""

    def _apart(self, position: int) -> str:
        if self.there(position) is None:
            return f"The other run has no token that corresponds to position {position}. Choose another token."
        return ""

    def _until(self) -> str:
        """How far the texts stand side by side."""
        stop = self.shared
        how = (
            f"have the same length only up to position {stop - 1}: choose a position up to there"
            if stop
            else "differ in length from the first token on"
        )
        return f"The two texts {how}. Walk and Sampling compare corresponding positions anywhere in the texts."

    def _told(self, needs: Needs, position: int) -> str:
        if self.one.trace.key == self.other.trace.key:
            return "Nothing differs."
        if needs == "tokens":
            place = self._place()
            alike = sum(None not in pair and same(place, pair) for pair in self.pairs)
            alone = sum(left is None for left, _ in self.pairs)
            rest = len(self.other.trace) - alike - alone
            return f"Tokens of that run: {alike} as in this run, {rest} in place of other tokens, {alone} added."
        if needs in ("any", "model", "heads"):
            return ""
        if needs in ("place", "words", "parts"):
            there = self.there(position)
            return (
                ""
                if there == position
                else f"Position {position} of this run corresponds to position {there} of that run."
            )
        n, other = self.shared, self.exchanged
        places = f"Positions 0 to {n - 1} correspond" if n > 1 else "Position 0 corresponds"
        return f"{places}: {n - other} with the same token, {other} with another."

    def _place(self) -> Place:
        return Place(self.one, self.other, 0, 0, self.pairs, ())


def _blocks(layers: int, heads: int) -> str:
    """How many blocks, and of what.

    >>> _blocks(30, 9), _blocks(6, 0)
    ('30 blocks of 9 heads', '6 blocks without heads')
    """
    return f"{layers} blocks of {heads} heads" if heads else f"{layers} blocks without heads"


def other_heads(one: Dims, other: Dims) -> str:
    """That no head of the other model has this one's number and sizes; nothing where each has."""
    if (one.n_layers, one.n_heads, one.d_head) == (other.n_layers, other.n_heads, other.d_head):
        return ""
    return (
        f"That model has {other.n_layers} blocks of {other.n_heads} heads, {other.d_head} wide; this run’s model has "
        f"{one.n_layers} of {one.n_heads}, {one.d_head} wide. Their heads do not correspond."
    )


def _exchange(mine: str, theirs: str) -> str:
    """What the other prompt has in the place of this one's words.

    >>> _exchange("“Mary”", "“John”"), _exchange("", "“very”"), _exchange("“very”", ""), _exchange("", "")
    ('“John” in place of “Mary”', 'with “very”', 'without “very”', 'another prompt')
    """
    if mine and theirs:
        return f"{theirs} in place of {mine}"
    if theirs:
        return f"with {theirs}"
    return f"without {mine}" if mine else "another prompt"
