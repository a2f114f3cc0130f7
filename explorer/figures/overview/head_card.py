"""One head's card: what kind of reader it is among all heads, what it writes, what its absence changes, where it
writes most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.overview.head_card import Found, Passage, Reading, Removal, strongest
from explorer.figures.overview.measured import Measured, MovedNumber
from explorer.figures.overview.two_places import aligned
from explorer.figures.overview.why import Contrast, StrongestHead
from explorer.figures.payload import Payload
from explorer.tracing.changes.interventions import AblateHead

if TYPE_CHECKING:
    from explorer.tracing.changes.interventions import Intervention
    from explorer.zoo.model import Model

#: Tokens of a passage that are shown before and behind the place.
BEFORE, BEHIND = 14, 4
#: How a run ablates a head.
Off = Literal["", "zero", "mean"]


def ablation(interventions: Sequence[Intervention], layer: int, head: int) -> Off:
    """How these ablate the head; once it is zeroed, its mean is zero too.

    >>> ablation((AblateHead(2, 1, "mean"), AblateHead(3, 1)), 2, 1)
    'mean'
    """
    modes: list[Off] = [
        each.mode for each in interventions if isinstance(each, AblateHead) and (each.layer, each.head) == (layer, head)
    ]
    if "zero" in modes:
        return "zero"
    return modes[0] if modes else ""


def larger(scores: Float[Tensor, "layer head"], layer: int, head: int) -> int | None:
    """How many heads have a larger score; None where there is no score.

    >>> larger(torch.tensor([[0.5, 0.1], [0.9, 0.7]]), 0, 0)
    2
    """
    own = scores[layer, head]
    return None if own.isnan() else int((scores > own).sum())


@dataclass(frozen=True, kw_only=True)
class Role:
    """A score by which a well-known kind of head is known."""

    name: str
    """ "previous", "sink", "induction" or "entropy"."""
    value: float
    larger: int | None
    """How many of the model's heads score higher."""
    all: Float[Tensor, " head"]
    """The score of every head, block by block."""
    before: float | None
    """The head's own in the other run; None where there is none."""


@dataclass(frozen=True, kw_only=True)
class HeadBefore:
    """What the head reads and writes in the other run."""

    share: float
    size: float
    up: Float[Tensor, " k"]
    """What it adds there to the tokens that it pushes up most here."""
    down: Float[Tensor, " k"]
    read: Float[Tensor, " key"] | None
    """None where the two texts cannot be laid token on token up to the position."""


@dataclass(frozen=True, kw_only=True)
class HeadRoles(Payload):
    """What the head reads, and what it writes at the selected position."""

    layer: int
    head: int
    off: Off
    """How this run ablates the head: `zero`, `mean`, or nothing."""
    n_layers: int
    n_heads: int
    n_kv_heads: int
    kv: int
    """The key/value head that it reads through."""
    position: int
    target: int
    share: float
    """What it adds to the target's lead here."""
    measured: Measured
    direct: StrongestHead
    """The head of the largest share here."""
    contrast: Contrast | None
    more: int | None
    """How many of the model's other heads add or take more there; of a head that this run zeroes, in the other run."""
    roles: list[Role]
    up_ids: Int[Tensor, " k"]
    """The tokens that it pushes up most."""
    up: Float[Tensor, " k"]
    down_ids: Int[Tensor, " k"]
    down: Float[Tensor, " k"]
    read: Float[Tensor, " key"]
    """Its weights from the selected position."""
    size: float
    """|z W_O|: the length of what it writes here."""
    stream: float
    """The length of the stream that it writes into."""
    base: HeadBefore | None


@dataclass(frozen=True, kw_only=True)
class RemovedBefore:
    """The head's removal in the other run."""

    kl: float
    moved: MovedNumber
    before: Float[Tensor, " k"]
    """The probabilities there of the tokens that are listed here, with the head."""
    after: Float[Tensor, " k"]


@dataclass(frozen=True, kw_only=True)
class HeadRemoved(Payload):
    """The answer at the selected position with and without the head."""

    layer: int
    head: int
    off: Off
    """How this run ablates the head. Where it does, `before` is the same run with the head on."""
    position: int
    target: int
    kl: float
    """KL(with the head || without it), nats."""
    moved: MovedNumber
    ids: Int[Tensor, " k"]
    """The likeliest tokens of both runs."""
    before: Float[Tensor, " k"]
    after: Float[Tensor, " k"]
    base: RemovedBefore | None


def likeliest_of_both(
    before: Float[Tensor, " d_vocab"], after: Float[Tensor, " d_vocab"], target: int, k: int = 5
) -> Int[Tensor, " k"]:
    """Ids of the `k` likeliest tokens of either, and the target, by their probability before.

    >>> likeliest_of_both(torch.tensor([3.0, 2.0, 1.0, 0.0]), torch.tensor([0.0, 2.0, 1.0, 9.0]), 2, k=1).tolist()
    [0, 2, 3]
    """
    ids = {*before.topk(k).indices.tolist(), *after.topk(k).indices.tolist(), target}
    return torch.tensor(sorted(ids, key=lambda token: -float(before[token])))


def apart(found: Removal) -> float:
    """The largest difference of any token's probability between the two ways of a removal."""
    return float((found.carried.double().softmax(-1) - found.whole.double().softmax(-1)).abs().max())


@dataclass(frozen=True, kw_only=True)
class HeadPlace:
    """A place of a passage at which the head wrote much."""

    kind: str
    document: str
    ids: list[int]
    """The tokens around it."""
    first: int
    """The position of the first of them."""
    position: int
    size: float
    key: int
    """The position that it read most, the first one left out."""
    key_id: int
    weight: float
    start: float
    """The weight on the passage's first token."""


@dataclass(frozen=True, kw_only=True)
class PlaceThere:
    """Where the head of the other run's model writes most in the same passage."""

    rank: int
    """Among all passages, by length: 1 is the longest."""
    size: float
    weight: float
    token: str
    """It writes here."""
    read: str
    """And reads this most."""
    same: bool
    """Whether that is the token here."""
    same_read: bool


@dataclass(frozen=True, kw_only=True)
class PlacesBeside:
    """The head of the same number in the other run's model, over the same passages."""

    model: str
    same: int
    """Passages in which both heads write most at the same token."""
    both: int
    """Of the passages that are listed here, those that would be listed there."""
    places: list[PlaceThere]


@dataclass(frozen=True, kw_only=True)
class HeadPlaces(Payload):
    """The places of a corpus at which one head wrote most."""

    layer: int
    head: int
    passages: int
    """Read so far."""
    of: int
    tokens: int
    places: list[HeadPlace]
    base: PlacesBeside | None


def place(found: Found) -> HeadPlace:
    """A place with the words around it."""
    ids = found.passage.ids
    first, stop = max(0, found.position - BEFORE), min(len(ids), found.position + BEHIND + 1)
    return HeadPlace(
        kind=found.passage.kind,
        document=found.passage.document,
        ids=ids[first:stop].tolist(),
        first=first,
        position=found.position,
        size=found.size,
        key=found.key,
        key_id=int(ids[found.key]),
        weight=found.weight,
        start=found.first,
    )


def places_beside(
    one: tuple[Model, Sequence[Reading]], other: tuple[Model, Sequence[Reading]], head: int, listed: int
) -> PlacesBeside:
    """Two models' heads of one number over the same passages in the same order; the first `listed` are shown."""
    (model, mine), (there, theirs) = one, other
    of = {id(here.passage): id(each.passage) for here, each in zip(mine, theirs, strict=True)}
    ranked = {id(each.passage): (at + 1, each) for at, each in enumerate(strongest(tuple(theirs), head, len(theirs)))}
    made: list[PlaceThere] = []
    for found in strongest(tuple(mine), head, len(mine)):
        rank, best = ranked[of[id(found.passage)]]
        pairs = _paired(model, found.passage, there, best.passage)
        token, read = (there.vocabulary.label(int(best.passage.ids[at])) for at in (best.position, best.key))
        same, same_read = (found.position, best.position) in pairs, (found.key, best.key) in pairs
        made.append(
            PlaceThere(
                rank=rank, size=best.size, weight=best.weight, token=token, read=read, same=same, same_read=same_read
            )
        )
    shown = made[:listed]
    both = sum(each.rank <= listed for each in shown)
    return PlacesBeside(model=there.card.title, same=sum(each.same for each in made), both=both, places=shown)


def _paired(model: Model, mine: Passage, there: Model, theirs: Passage) -> set[tuple[int, int]]:
    """The positions of one passage, as two models read it, that are of the same token."""
    one, other = (
        [each.vocabulary.bytes(i) for i in passage.ids.tolist()] for each, passage in ((model, mine), (there, theirs))
    )
    pairs = enumerate(range(len(one))) if one == other else aligned(one, other)
    return {(a, b) for a, b in pairs if a is not None and b is not None and one[a] == other[b]}
