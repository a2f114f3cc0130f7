"""The vectors of a vocabulary as pictures to draw: neighbours, a map, under-trained tokens, analogies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.embeddings.neighbours import Near, cosine
from explorer.figures.payload import Payload

if TYPE_CHECKING:
    from explorer.zoo.model import Model


@dataclass(frozen=True, kw_only=True)
class NearTokens:
    """A token's neighbours in one table."""

    table: Literal["W_E", "W_U"]
    ids: list[int]
    cosines: Float[Tensor, " near"]
    counts: Int[Tensor, " bin"]
    """Of all cosines, from -1 to 1."""
    norm: float
    longer: int
    """Rows that are longer."""


@dataclass(frozen=True, kw_only=True)
class NearThere(NearTokens):
    """The neighbours of a token of the same bytes in the other run's model."""

    texts: list[str]
    here: list[int | None]
    """Each one's id in this run's vocabulary; None where it has no token of these bytes."""
    cosines_here: list[float | None]
    """With the token, in this run's table of the same use."""
    shared: list[int]
    """Of this run's neighbours, those that are among them."""


@dataclass(frozen=True, kw_only=True)
class NeighboursBeside:
    """The same token in the other run's model, or another one of the same vectors."""

    model: str
    id: int
    """There."""
    label: str
    same: bool
    """Whether it is of the bytes of the token here: else both models have the same vectors, and another token stands
    in its place."""
    tied: bool
    d_vocab: int
    d_model: int
    sides: list[NearThere]


@dataclass(frozen=True, kw_only=True)
class VocabularyNeighbours(Payload):
    """Who stands near a token where it is read, and where it is said."""

    id: int
    own: bool
    tied: bool
    apart: float | None
    """Largest difference of the two tables."""
    says_tied: bool
    d_vocab: int
    d_model: int
    sides: list[NearTokens]
    base: NeighboursBeside | None
    alike: bool
    """Whether the other run has the same token with the same vectors, so that nothing is left to compare."""


def counterpart(model: Model, token: int, there: Model) -> int | None:
    """The other model's token of the same bytes; None where its vocabulary has none."""
    raw = model.vocabulary.bytes(token)
    found = there.vocabulary.ids_by_bytes.get(raw) if raw else None
    if found is None or found >= there.dims.d_vocab:
        return None
    return found if there.vocabulary.is_special(found) == model.vocabulary.is_special(token) else None


def neighbours_beside(
    model: Model, token: int, own: list[Near], there: Model, other: int, theirs: list[Near]
) -> NeighboursBeside:
    """`other`: the id, in the other model, of what the token is held against."""
    sides = []
    for each in theirs:
        mine = next((side for side in own if side.table == each.table), own[0])
        here = [counterpart(there, i, model) for i in each.ids]
        sides.append(
            NearThere(
                **vars(each), texts=[there.vocabulary.label(i) for i in each.ids], here=here,
                cosines_here=[None if i is None else cosine(model, mine.table, token, i) for i in here],
                shared=[i for i in mine.ids if i in here],
            )
        )  # fmt: skip
    same = model.vocabulary.bytes(token) == there.vocabulary.bytes(other)
    return NeighboursBeside(
        model=there.card.title,
        id=other,
        label=there.vocabulary.label(other),
        same=same,
        tied=len(theirs) == 1,
        d_vocab=there.dims.d_vocab,
        d_model=there.dims.d_model,
        sides=sides,
    )


# ---- a map


@dataclass(frozen=True, kw_only=True)
class VocabularyMap(Payload):
    """Tokens on the two directions in which their rows differ most."""

    scope: str
    id: int
    ids: Int[Tensor, " point"]
    x: Float[Tensor, " point"]
    y: Float[Tensor, " point"]
    kinds: Int[Tensor, " point"]
    classes: list[str]
    near: list[int]
    """Neighbours of the token, by cosine over all coordinates."""
    explained: list[float]
    rows: int
    """That the directions are found from."""
    d_vocab: int
    d_model: int


# ---- under-trained tokens


@dataclass(frozen=True, kw_only=True)
class AskedToken:
    """A token that the model was asked to repeat."""

    id: int
    score: float
    norm: float
    p: float | None
    """None while it was not asked yet."""
    said: int
    typed: bool
    """Its own text, typed, gives this token."""


@dataclass(frozen=True, kw_only=True)
class VocabularyUnderTrained(Payload):
    """Tokens that look untouched by training, and whether the model can repeat them."""

    by: Literal["unused", "length"]
    n_unused: int
    unused: list[int]
    suspected: list[AskedToken]
    control: list[AskedToken]
    prompt: list[int]
    """With which the first of them is asked for."""
    chance: float | None
    """How often a difference at least as large comes about where both groups are alike."""


def by_chance(few: int, many: int, size: int) -> float:
    """Fisher's exact test, one-sided: of `few + many` tokens repeated among two groups of `size`, how probable it is
    that the first holds at most `few`.

    >>> round(by_chance(1, 9, 10), 5)
    0.00055
    """
    all_of = few + many
    ways = math.comb(2 * size, all_of)
    return sum(math.comb(size, k) * math.comb(size, all_of - k) for k in range(few + 1) if all_of - k <= size) / ways


# ---- analogies


@dataclass(frozen=True, kw_only=True)
class AskedAnalogy:
    """a is to b as c is to d."""

    words: list[int]
    """Ids of a, b, c, d."""
    nearest: list[int]
    """Of all tokens, those asked with among them."""
    cosines: list[float]
    rank: int
    rank_without_inputs: int


@dataclass(frozen=True, kw_only=True)
class VocabularyAnalogies(Payload):
    """Well-known analogies, answered by the table."""

    table: Literal["W_E", "W_U"]
    tied: bool
    asked: list[AskedAnalogy]
    left_out: list[str]
    """Those of which a word is no single token."""
    total: int
