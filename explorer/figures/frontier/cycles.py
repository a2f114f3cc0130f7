"""Sudoku in cycles: boards after each cycle, and what many puzzles say of more cycles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from explorer.experiments.frontier.cycles import Solving
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval
from explorer.training.recursive import EVERY, STILL, Arm, CyclesRecipe, Outcome


@dataclass(frozen=True, kw_only=True)
class CyclesEnd:
    """An answer that thinking from random states ends with."""

    answer: Int[Tensor, " cell"]
    count: int
    right: bool
    still: int


@dataclass(frozen=True, kw_only=True)
class CyclesThink(Payload):
    """One puzzle; cycles count from one on, so that the first row is after one cycle."""

    problem: str
    puzzle: Int[Tensor, " cell"]
    solutions: int
    solution: Int[Tensor, " cell"]
    """The first one; zeros where there is none."""
    answers: UInt8[Tensor, "cycle cell"]
    probabilities: Float[Tensor, "cycle cell digit"]
    halt: Float[Tensor, " cycle"]
    """The halting head's probability that all of the answer is right."""
    moved: Float[Tensor, " cycle"]
    right: list[bool]
    still: float
    """Moved by less, the state stands still."""
    most: int
    """Steps that the net thought about a puzzle in training, at most."""
    ends: list[CyclesEnd]


def think(made: Solving, most: int) -> CyclesThink:
    solution = made.solutions[0] if len(made.solutions) else torch.zeros_like(made.puzzle)
    return CyclesThink(
        problem="", puzzle=made.puzzle, solutions=len(made.solutions), solution=solution,
        answers=torch.cat([each.answer for each in made.thoughts]).to(torch.uint8),
        probabilities=torch.cat([each.logits.softmax(-1) for each in made.thoughts]),
        halt=torch.cat([each.halt.sigmoid() for each in made.thoughts]), moved=made.moved, right=made.right.tolist(),
        still=STILL, most=most,
        ends=[
            CyclesEnd(answer=each.answer, count=each.count, right=each.right, still=each.still) for each in made.ends
        ],
    )  # fmt: skip


def no_puzzle(problem: str) -> CyclesThink:
    none, cells = torch.empty(0), torch.zeros(16, dtype=torch.long)
    return CyclesThink(
        problem=problem, puzzle=cells, solutions=0, solution=cells, answers=torch.empty(0, 16, dtype=torch.uint8),
        probabilities=torch.empty(0, 16, 4), halt=none, moved=none, right=[], still=STILL, most=0, ends=[],
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CyclesSpread:
    """Means over the seeds with the half of their interval of 95 %, by the number of cycles or of given cells."""

    mean: Float[Tensor, " place"]
    low: Float[Tensor, " place"]
    high: Float[Tensor, " place"]


@dataclass(frozen=True, kw_only=True)
class CyclesArm:
    """One way to train, all seeds."""

    arm: str
    seeds: int
    held: CyclesSpread
    trained: CyclesSpread
    first: CyclesSpread
    """After one cycle, by the number of cells given."""
    last: CyclesSpread
    loss_step: Float[Tensor, " point"]
    losses: Float[Tensor, "seed point"]
    by_seed: Float[Tensor, "seed place"]
    """`held` of every seed."""
    halted: list[float]
    """Seed by seed, as all below; NaN where there is none."""
    halted_right: list[float]
    halted_at: list[float]
    still: list[float]
    still_right: list[float]
    several: list[float]
    """Share of puzzles that reach more than one answer from random first states."""


@dataclass(frozen=True, kw_only=True)
class CyclesCurves(Payload):
    """What was recorded."""

    arms: list[CyclesArm]
    given: list[int]
    least_given: int
    most_given: int
    puzzles: int
    starts: int
    still: float
    most: int
    parameters: int
    seconds: float
    gain: CyclesSpread
    """The recursive net after all cycles less the net of one cycle after one, over the seeds, of held-out puzzles: one
    place."""


def spread(values: Float[Tensor, "seed place"]) -> CyclesSpread:
    made = paired_interval(values.T)
    return CyclesSpread(mean=made.mean, low=made.low, high=made.high)


def curves(found: Sequence[Outcome], recipe: CyclesRecipe, parameters: int) -> CyclesCurves:
    arms = dict[Arm, list[Outcome]]()
    for each in found:
        arms.setdefault(each.arm, []).append(each)
    last = torch.tensor([each.held[-1] for each in arms["recursive"]])
    first = torch.tensor([each.held[0] for each in arms["one_cycle"]])
    return CyclesCurves(
        arms=[_arm(name, own) for name, own in arms.items()], given=found[0].given, least_given=recipe.data.given[0],
        most_given=recipe.data.given[1], puzzles=recipe.run.puzzles, starts=recipe.run.starts, still=STILL,
        most=recipe.supervision.most, parameters=parameters, seconds=sum(each.seconds for each in found),
        gain=spread((last - first)[:, None]),
    )  # fmt: skip


def _arm(name: Arm, own: list[Outcome]) -> CyclesArm:
    losses = torch.tensor([each.loss for each in own])
    return CyclesArm(
        arm=name, seeds=len(own), held=spread(torch.tensor([each.held for each in own])),
        trained=spread(torch.tensor([each.trained for each in own])),
        first=spread(torch.tensor([each.first for each in own])),
        last=spread(torch.tensor([each.last for each in own])),
        loss_step=torch.arange(1.0, losses.shape[1] + 1) * EVERY, losses=losses,
        by_seed=torch.tensor([each.held for each in own]), halted=[each.halted for each in own],
        halted_right=[each.halted_right for each in own], halted_at=[each.halted_at for each in own],
        still=[each.still for each in own], still_right=[each.still_right for each in own],
        several=[1 - each.answers[0] for each in own],
    )  # fmt: skip
