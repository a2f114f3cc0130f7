"""How small: loss against size, of students and of the teacher with parts left out."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from explorer.experiments.frontier.distilling_kept import Recording
from explorer.experiments.frontier.how_small import HowSmall
from explorer.figures.frontier.ways_to_distil import CONTROL, end
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class SmallModel:
    """One that was made without training."""

    way: str
    """whole, depth, width, sparse or merged."""
    amount: str
    stored: int
    loss: float


@dataclass(frozen=True, kw_only=True)
class SmallStudent:
    """Students of one size and way, over their seeds."""

    way: str
    """text or forward."""
    size: int
    seeds: int
    held: list[float]
    """Of every seed, nats a token."""
    mean: float
    below: float | None
    """How much lower than text alone, the mean over seeds; None of text alone."""
    low: float | None
    high: float | None
    known: bool


@dataclass(frozen=True, kw_only=True)
class HowSmallShown(Payload):
    smaller: list[SmallModel]
    total: int
    """Models that there will be."""
    influence: list[float]
    """Of each block of the teacher: 1 less the cosine of the stream before and after."""
    students: list[SmallStudent]
    tokens: int
    """That each student read."""
    held_tokens: int
    machine: str
    """Where the students were trained."""


def how_small(made: HowSmall, recorded: Recording) -> HowSmallShown:
    steps = recorded.curves[0].step[-1]
    return HowSmallShown(
        smaller=[
            SmallModel(way=each.way, amount=each.amount, stored=each.stored, loss=each.loss) for each in made.found
        ],
        total=made.total, influence=made.influence, students=students(recorded),
        tokens=steps * recorded.tokens_per_step, held_tokens=made.held_tokens, machine=recorded.machine,
    )  # fmt: skip


def students(recorded: Recording) -> list[SmallStudent]:
    """Text alone and soft targets, size by size."""
    found = []
    for size in dict.fromkeys(each.size for each in recorded.curves):
        own = [each for each in recorded.curves if each.size == size]
        for way in (CONTROL, "forward"):
            held = [each.held[-1] for each in own if each.way == way]
            if not held:
                continue
            last, taught = end(own, way, own[0].step[-1]), way != CONTROL
            found.append(
                SmallStudent(
                    way=way, size=own[0].parameters, seeds=len(held), held=held, mean=statistics.fmean(held),
                    below=-last.mean if taught and last.mean is not None else None,
                    low=-last.high if taught and last.high is not None else None,
                    high=-last.low if taught and last.low is not None else None, known=last.known,
                )
            )  # fmt: skip
    return found
