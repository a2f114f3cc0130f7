"""A walk through a graph of neighbours, with true distances, what it missed, and recall against the list's length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.context.walking import LENGTHS, Missed, Walked
from explorer.figures.payload import Payload
from explorer.stack.embeddings.similarity import principal
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
    place: Float[Tensor, "drawn axis"]
    """On the map: of each node, and of the question last."""
    explained: float
    """Share of the vectors' variance that the map has."""
    agree: float
    """Share of pairs of nodes of which the one that is nearer to the question is nearer on the map too."""
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


def nodes_of(made: Walked) -> list[int]:
    """All that are told of: those of the walk, those found, the true nearest, and owners of links that were dropped."""
    offers = [each for one in made.missed for each in one.offers]
    return list(dict.fromkeys(
        [made.graph.entry, *(n for s in made.search.steps for n in (s.begin, s.end)), *made.search.ids.tolist(),
         *made.true.tolist(), *(n for each in offers for n in (each.owner, each.by))]
    ))  # fmt: skip


def rows_of(made: Walked) -> Float[Tensor, "drawn d"]:
    """What the map is drawn of: the vectors of those, and the question's."""
    return torch.from_numpy(np.concatenate([made.graph.links.vectors[nodes_of(made)], made.query[None]]))


def walk(made: Walked, question: str, titles: list[str]) -> HnswWalk:
    """`titles` of all articles."""
    nodes, steps = nodes_of(made), made.search.steps
    at = {node: place for place, node in enumerate(nodes)}
    vectors = made.graph.links.vectors
    known = [interval(torch.from_numpy(each)) for each in made.recalls]
    shape = made.structure
    drawn = rows_of(made)
    plane = principal(drawn)
    return HnswWalk(
        question=question,
        count=len(vectors),
        m=made.graph.m,
        ef=made.graph.ef,
        titles=[titles[node] for node in nodes],
        far=torch.from_numpy(1 - vectors[nodes] @ made.query),
        place=plane.place(drawn),
        explained=float(plane.explained.sum()),
        agree=agreement(drawn, plane.place(drawn)),
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


def agreement(rows: Float[Tensor, "row d"], place: Float[Tensor, "row axis"]) -> float:
    """Share of pairs whose order by distance to the last row is the same by place.

    >>> rows = torch.tensor([[1.0, 0, 0], [0, 0, 2], [3.0, 0, 0], [0, 0, 0]])
    >>> agreement(rows, rows), round(agreement(rows, rows[:, :2]), 3)  # without its third number the second is nearest
    (1.0, 0.667)
    """
    true, drawn = ((each[:-1] - each[-1]).norm(dim=1) for each in (rows, place))
    one, other = torch.triu_indices(len(true), len(true), 1)
    return float(((true[one] < true[other]) == (drawn[one] < drawn[other])).float().mean())


def stretched(rows: Float[Tensor, "row d"], place: Float[Tensor, "row axis"]) -> float:
    """By how much two places lie farther apart than their rows at most: a projection makes nothing longer."""
    return float((torch.cdist(place.double(), place.double()) - torch.cdist(rows.double(), rows.double())).max())


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
