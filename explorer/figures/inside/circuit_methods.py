"""Ways to find a circuit, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.inside.circuit_methods import NEEDED, ORDERS, SINGLY, Method
from explorer.experiments.inside.prompt_pair import Runs
from explorer.figures.inside.patch_map import PairShown, pair_shown
from explorer.figures.inside.task_shown import TaskShown
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class CircuitMethod:
    """One way."""

    name: str
    sizes: list[int]
    faithful: Float[Tensor, " size"]
    complete: Float[Tensor, " size"]
    low: Float[Tensor, " drawn"]
    """Of random orders the least faithful; empty of others."""
    high: Float[Tensor, " drawn"]
    needed: float
    runs: int


@dataclass(frozen=True, kw_only=True)
class CircuitMethods(Payload):
    """All that are measured so far."""

    task: TaskShown
    problem: str
    pair: PairShown | None
    parts: int
    kept: int
    threshold: float
    methods: list[CircuitMethod]
    orders: int
    singly: int
    needed: float


def circuit_methods(task: TaskShown, runs: Runs, made: list[Method], kept: int, threshold: float) -> CircuitMethods:
    return CircuitMethods(
        task=task, problem="", pair=pair_shown(runs), parts=made[0].sizes[-1], kept=kept, threshold=threshold,
        methods=[_method(each) for each in made], orders=ORDERS, singly=SINGLY, needed=NEEDED,
    )  # fmt: skip


def _method(each: Method) -> CircuitMethod:
    low, high = each.spread or (torch.empty(0), torch.empty(0))
    return CircuitMethod(
        name=each.name, sizes=each.sizes, faithful=each.faithful, complete=each.complete, low=low, high=high,
        needed=each.needed, runs=each.runs,
    )  # fmt: skip


def no_methods(task: TaskShown, problem: str) -> CircuitMethods:
    return CircuitMethods(
        task=task, problem=problem, pair=None, parts=0, kept=0, threshold=0.0, methods=[], orders=ORDERS, singly=SINGLY,
        needed=NEEDED,
    )  # fmt: skip
