"""A circuit: what so many parts do alone, and one size of it as a graph."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.circuit import Circuit
from explorer.experiments.inside.prompt_pair import Runs
from explorer.figures.inside.patch_map import PairShown, pair_shown
from explorer.figures.inside.task_shown import TaskShown
from explorer.figures.payload import Payload
from explorer.stack.frontier.edges import Writer

#: Stands for an MLP where a head's number stands, and for the answer where a part's place does.
NO_HEAD = -1


@dataclass(frozen=True, kw_only=True)
class CircuitEdge:
    """By the places of its ends in the list of parts; the answer is -1."""

    source: int
    target: int
    read: str
    score: float


@dataclass(frozen=True, kw_only=True)
class CircuitGraph(Payload):
    """Parts in the order of their estimates."""

    task: TaskShown
    problem: str
    pair: PairShown | None
    n_layers: int
    n_heads: int
    layers: Int[Tensor, " part"]
    heads: Int[Tensor, " part"]
    """-1: an MLP."""
    estimates: Float[Tensor, " part"]
    sizes: list[int]
    faithful: Float[Tensor, " size"]
    complete: Float[Tensor, " size"]
    kept: int
    minimal: Float[Tensor, " kept"]
    edges: list[CircuitEdge]


def graph(task: TaskShown, runs: Runs, made: Circuit) -> CircuitGraph:
    place = {part: at for at, part in enumerate(made.order)}

    def at(part: Writer | None) -> int:
        return NO_HEAD if part is None else place[part]

    return CircuitGraph(
        task=task, problem="", pair=pair_shown(runs), n_layers=runs.clean.z.shape[0],
        n_heads=runs.clean.z.shape[2],
        layers=torch.tensor([part.layer for part in made.order]),
        heads=torch.tensor([NO_HEAD if part.head is None else part.head for part in made.order]),
        estimates=made.estimates, sizes=made.sizes, faithful=made.faithful, complete=made.complete, kept=made.kept,
        minimal=made.minimal,
        edges=[
            CircuitEdge(source=at(edge.source), target=at(edge.target), read=edge.read, score=edge.score)
            for edge in made.edges
        ],
    )  # fmt: skip


def no_graph(task: TaskShown, problem: str) -> CircuitGraph:
    none = torch.empty(0)
    places = torch.empty(0, dtype=torch.long)
    return CircuitGraph(
        task=task, problem=problem, pair=None, n_layers=0, n_heads=0, layers=places, heads=places, estimates=none,
        sizes=[], faithful=none, complete=none, kept=0, minimal=none, edges=[],
    )  # fmt: skip
