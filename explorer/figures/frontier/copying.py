"""Accuracy on copying and on recall against what is carried: seeds as means and intervals."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from explorer.experiments.frontier import one_thing
from explorer.experiments.frontier.copying import ARMS, HEADS, MEASURED, MOST, TASKS, Recording, carried_bytes
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval

#: Of one number in float32.
BYTES = 4


@dataclass(frozen=True, kw_only=True)
class CopyPoint:
    """One kind of model at one length, the mean of its seeds with Student's interval."""

    length: int
    mean: float
    low: float
    high: float
    bytes: int
    """What it carries behind the text's first part."""
    seeds: list[float]


@dataclass(frozen=True, kw_only=True)
class CopyArm:
    """One kind of model."""

    name: str
    layers: list[str]
    parameters: int
    state_bytes: list[int]
    """Of one text of the longest trained length, of each task."""
    points: list[list[CopyPoint]]
    """Task, length."""


@dataclass(frozen=True, kw_only=True)
class CannotCopy(Payload):
    """All of it."""

    tasks: list[str]
    trained_to: list[int]
    arms: list[CopyArm]
    steps: int
    heads: int
    """Of an attention layer."""
    seeds: int
    machine: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class InductionArm:
    """One kind of model."""

    name: str
    points: list[CopyPoint]


@dataclass(frozen=True, kw_only=True)
class OneThing(Payload):
    """One symbol to remember, by how many others stand with it."""

    trained_to: int
    arms: list[InductionArm]
    steps: int
    texts: int
    """Of each length."""
    seeds: int
    machine: str
    seconds: float


def one_symbol(kept: one_thing.Recording) -> OneThing:
    arms = []
    for arm in ARMS:
        runs = [each for each in kept.runs if each.arm == arm.name]
        points = [
            # Behind the start, the symbols, the first mark and the second.
            _point(n, [run.accuracy[at] for run in runs], BYTES * arm.config.state_numbers(n + 3))
            for at, n in enumerate(one_thing.MEASURED)
        ]
        arms.append(InductionArm(name=arm.name, points=points))
    return OneThing(
        trained_to=one_thing.MOST, arms=arms, steps=one_thing.STEPS, texts=one_thing.HELD,
        seeds=len({each.seed for each in kept.runs}), machine=kept.machine, seconds=kept.seconds,
    )  # fmt: skip


def cannot_copy(kept: Recording, steps: int) -> CannotCopy:
    arms = []
    for arm in ARMS:
        runs = [each for each in kept.runs if each.arm == arm.name]
        points = [
            [
                _point(n, [run.accuracy[task][at] for run in runs], carried_bytes(arm, task, n))
                for at, n in enumerate(MEASURED[task])
            ]
            for task in range(len(TASKS))
        ]
        arms.append(
            CopyArm(
                name=arm.name, layers=list(arm.kinds), parameters=runs[0].parameters,
                state_bytes=[carried_bytes(arm, task, MOST[task]) for task in range(len(TASKS))], points=points,
            )
        )  # fmt: skip
    seeds = len({each.seed for each in kept.runs})
    return CannotCopy(
        tasks=list(TASKS), trained_to=list(MOST), arms=arms, steps=steps, heads=HEADS, seeds=seeds,
        machine=kept.machine, seconds=kept.seconds,
    )  # fmt: skip


def _point(n: int, values: list[float], carried: int) -> CopyPoint:
    found = paired_interval(torch.tensor(values).double())
    return CopyPoint(
        length=n, mean=float(found.mean), low=float(found.low), high=float(found.high), bytes=carried, seeds=values
    )
