"""A walk through a graph of neighbours, with true distances, what it missed, and recall against the list's length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.context.walking import LENGTHS, Missed, Walked
from explorer.figures.payload import Payload
from explorer.stack.evaluation.standard_errors import interval


@dataclass(frozen=True, kw_only=True)
class HnswOffer:
    owner: int
    by: int
    owner_far: float
    """From the owner to the missed one."""
    by_far: float
    """From the kept neighbour to it."""
    stood: bool
    seen: bool
    enough: bool | None
    """Whether the walk finds the missed one with the link put back."""


@dataclass(frozen=True, kw_only=True)
class HnswMissed:
    node: int
    ef: int
    offers: list[HnswOffer]


@dataclass(frozen=True, kw_only=True)
class HnswWalk(Payload):
    """Nodes are places in `titles`."""

    question: str
    count: int
    m: int
    ef: int
    titles: list[str]
    far: Float[Tensor, " node"]
    """True distances to the question, 1 - cosine."""
    level: Int[Tensor, " step"]
    begin: Int[Tensor, " step"]
    end: Int[Tensor, " step"]
    entered: Int[Tensor, " step"]
    far_of: list[float]
    """The distance to the question that each step computed."""
    entry: int
    found: list[int]
    true: list[int]
    missed: list[HnswMissed]
    lengths: list[int]
    recall: list[float]
    low: list[float]
    high: list[float]
    """The middle 95 % for the mean over the set's questions."""
    looked: Float[Tensor, " length"]
    questions: int
    at_level: list[int]
    degree: float
    most: int
    unlinked: int
    reached: int
    bytes: int


def walk(made: Walked, question: str, titles: list[str]) -> HnswWalk:
    """`titles` of all articles."""
    steps, offers = made.search.steps, [each for one in made.missed for each in one.offers]
    nodes = dict.fromkeys(
        [made.graph.entry, *(n for s in steps for n in (s.begin, s.end)), *made.search.ids.tolist(),
         *made.true.tolist(), *(n for each in offers for n in (each.owner, each.by))]
    )  # fmt: skip
    at = {node: place for place, node in enumerate(nodes)}
    vectors = made.graph.links.vectors
    known = [interval(torch.from_numpy(each)) for each in made.recalls]
    shape = made.structure
    return HnswWalk(
        question=question,
        count=len(vectors),
        m=made.graph.m,
        ef=made.graph.ef,
        titles=[titles[node] for node in nodes],
        far=torch.from_numpy(1 - vectors[list(nodes)] @ made.query),
        level=torch.tensor([s.level for s in steps]),
        begin=torch.tensor([at[s.begin] for s in steps]),
        end=torch.tensor([at[s.end] for s in steps]),
        entered=torch.tensor([int(s.entered) for s in steps]),
        far_of=[s.far for s in steps],
        entry=at[made.graph.entry],
        found=[at[node] for node in made.search.ids.tolist()],
        true=[at[node] for node in made.true.tolist()],
        missed=[_missed(each, at, vectors) for each in made.missed],
        lengths=list(LENGTHS),
        recall=made.recalls.mean(1).tolist(),
        low=[max(each.low, 0.0) for each in known],
        high=[min(each.high, 1.0) for each in known],
        looked=torch.from_numpy(made.looked).float(),
        questions=made.recalls.shape[1],
        at_level=list(shape.at_level),
        degree=shape.degree,
        most=shape.most,
        unlinked=shape.unlinked,
        reached=shape.reached,
        bytes=shape.bytes,
    )


def _missed(each: Missed, at: dict[int, int], vectors: np.ndarray) -> HnswMissed:
    def far(one: int, other: int) -> float:
        return float(1 - vectors[one] @ vectors[other])

    return HnswMissed(
        node=at[each.node],
        ef=each.ef,
        offers=[
            HnswOffer(
                owner=at[o.owner], by=at[o.by], owner_far=far(o.owner, each.node), by_far=far(o.by, each.node),
                stood=o.stood, seen=o.seen, enough=o.enough,
            )
            for o in each.offers
        ],
    )  # fmt: skip
