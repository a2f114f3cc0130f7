"""Accuracy and length through training, as a payload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.frontier.thinking_course import Point
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval

#: In the order in which they are shown.
TRAININGS = ("base", "at_once", "small", "rewarded")


@dataclass(frozen=True, kw_only=True)
class ThinkingTraining:
    """One training, with its seeds."""

    name: str
    seeds: int
    step: list[int]
    direct: Float[Tensor, "seed step"]
    chain: Float[Tensor, "seed step"]
    length: Float[Tensor, "seed step"]
    """Steps written, in the mean."""
    seconds: float
    """Of processor time; the first seed's."""


@dataclass(frozen=True, kw_only=True)
class ThinkingApart:
    """A difference at the end, over seeds, with Student's interval of 95 %."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ThinkingCourse(Payload):
    """All of them."""

    trainings: list[ThinkingTraining]
    prompts: int
    steps_help: ThinkingApart
    """The base in steps less its twin that read answers at once alone, at once; seed by seed."""
    reward_helps: ThinkingApart
    """In steps, after GRPO less before it."""
    longer: ThinkingApart
    """Steps written, after GRPO less before it."""


def thinking_course(points: Sequence[Point], prompts: int) -> ThinkingCourse:
    """From the rows of the training."""
    found = {name: _training(name, [each for each in points if each.training == name]) for name in TRAININGS}
    base, at_once, rewarded = (found[name] for name in ("base", "at_once", "rewarded"))
    return ThinkingCourse(
        trainings=list(found.values()), prompts=prompts,
        steps_help=_apart(base.chain[:, -1] - at_once.direct[:, -1]),
        reward_helps=_apart(rewarded.chain[:, -1] - rewarded.chain[:, 0]),
        longer=_apart(rewarded.length[:, -1] - rewarded.length[:, 0]),
    )  # fmt: skip


def _training(name: str, points: Sequence[Point]) -> ThinkingTraining:
    seeds = sorted({each.seed for each in points})
    rows = [[each for each in points if each.seed == seed] for seed in seeds]
    return ThinkingTraining(
        name=name, seeds=len(seeds), step=[each.step for each in rows[0]],
        direct=torch.tensor([[each.direct for each in row] for row in rows]),
        chain=torch.tensor([[each.chain for each in row] for row in rows]),
        length=torch.tensor([[each.steps for each in row] for row in rows]), seconds=rows[0][-1].seconds,
    )  # fmt: skip


def _apart(values: Tensor) -> ThinkingApart:
    made = paired_interval(values.double())
    return ThinkingApart(mean=float(made.mean), low=float(made.low), high=float(made.high))
