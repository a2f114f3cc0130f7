"""HumanEval as it was recorded, model beside model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.evaluation import human_eval as experiment
from explorer.figures.evaluation.code import CodeTask, task
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import Interval


@dataclass(frozen=True, kw_only=True)
class HumanEvalPoint:
    """pass@k, the mean over problems."""

    k: int
    mean: float
    low: float | None
    """Of the 95 % interval over problems; null of one problem."""
    high: float | None


@dataclass(frozen=True, kw_only=True)
class HumanEvalModel:
    """What one model wrote."""

    name: str
    title: str
    weights: str
    dtype: str
    temperature: float
    samples: int
    curve: tuple[HumanEvalPoint, ...]
    tasks: tuple[CodeTask, ...]


@dataclass(frozen=True, kw_only=True)
class HumanEvalRecorded(Payload):
    """All models that were sampled."""

    problems: int
    """Of the whole set."""
    readable: int
    """That can be asked here."""
    models: tuple[HumanEvalModel, ...]
    apart: HumanEvalPoint | None
    """pass@1 of the last less that of the first, paired by problem."""
    paired: int
    """Problems that both were asked."""


def recorded(made: Sequence[experiment.Recording]) -> HumanEvalRecorded:
    both = len(made) > 1
    return HumanEvalRecorded(
        problems=experiment.ALL, readable=made[0].readable,
        models=tuple(
            HumanEvalModel(
                name=each.name, title=each.model, weights=each.weights, dtype=each.dtype,
                temperature=each.temperature, samples=len(each.tasks[0].samples),
                curve=tuple(
                    _point(k, experiment.mean(each, k)) for k in range(1, len(each.tasks[0].samples) + 1)
                ),
                tasks=tuple(task(one) for one in each.tasks),
            )
            for each in made
        ),
        apart=_point(1, experiment.difference(made[0], made[-1], 1)) if both else None,
        paired=len({each.name for each in made[0].tasks} & {each.name for each in made[-1].tasks}),
    )  # fmt: skip


def _point(k: int, found: Interval) -> HumanEvalPoint:
    low, high = (None if math.isnan(each) else float(each) for each in (found.low, found.high))
    return HumanEvalPoint(k=k, mean=float(found.mean), low=low, high=high)
