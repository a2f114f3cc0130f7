"""Trainings in which induction appears, or does not: curves, two heads' pictures by step, and what they live on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from explorer.experiments.inside.induction_born import BORN, D_MODEL, D_VOCAB, PERIODS, born, held
from explorer.experiments.inside.induction_kept import Curve
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval

#: Points of a loss curve at most: a point is the mean of its steps. Stands for a step that has not come.
LOSSES, NEVER = 120, -1


@dataclass(frozen=True, kw_only=True)
class BornCourse:
    """One training so far."""

    name: str
    layers: int
    std: float
    seed: int
    step: Int[Tensor, " point"]
    accuracy: Float[Tensor, " point"]
    best: Float[Tensor, " point"]
    """The highest induction score of any head."""
    born: int
    """-1: not yet."""
    loss_step: Float[Tensor, " smooth"]
    loss: Float[Tensor, " smooth"]


@dataclass(frozen=True, kw_only=True)
class Birth:
    """When induction appears over the seeds; the interval is Student's, where all of three or more have it."""

    name: str
    seeds: int
    count: int
    mean: float | None
    half: float | None
    """None where there is none."""
    accuracy: float
    """At the end, the mean of the seeds."""


@dataclass(frozen=True, kw_only=True)
class BornHeads:
    """The heads of the training with two layers, by step, and what its induction head lives on."""

    previous: Float[Tensor, "point layer head"]
    induction: Float[Tensor, "point layer head"]
    composition: Float[Tensor, "point below head"]
    below: int
    """The head of the first layer that looks most at the token before, at the end."""
    head: int
    """The head of the last layer with the highest induction score."""
    ids: Int[Tensor, " pos"]
    period: int
    pictures: UInt8[Tensor, "point part query key"]
    """Of those two, 255 being all of a query's weight."""
    accuracy: float | None
    score: float | None
    without_accuracy: list[float]
    """Without each head of the first layer; empty while it is trained."""
    without_score: list[float]
    terms: list[float]
    """Of the induction head's scores: token, position, each head of the first layer."""
    pair: list[int]
    """The two heads of the first layer that its keys read most; empty while it is trained."""
    without_pair: list[float]
    """(accuracy, score) without them, and without the others."""
    without_others: list[float]


@dataclass(frozen=True, kw_only=True)
class InductionBorn(Payload):
    """All of it."""

    steps: int
    d_model: int
    d_vocab: int
    periods: list[int]
    threshold: float
    courses: list[BornCourse]
    births: list[Birth]
    heads: BornHeads
    machine: str
    """Where it was recorded; empty: here."""


def induction_born(
    curves: Sequence[Curve], seen: UInt8[Tensor, "point part query key"], steps: int, machine: str = ""
) -> InductionBorn:
    """Of the first training the heads are shown."""
    return InductionBorn(
        steps=steps, d_model=D_MODEL, d_vocab=D_VOCAB, periods=list(PERIODS), threshold=BORN,
        courses=[_course(each) for each in curves], births=births(curves), heads=_heads(curves[0], seen),
        machine=machine,
    )  # fmt: skip


def _course(curve: Curve) -> BornCourse:
    every = max(1, -(-len(curve.loss) // LOSSES))
    at = born(curve.step, curve.best)
    steps = torch.arange(1.0, len(curve.loss) + 1)
    return BornCourse(
        name=curve.name, layers=curve.layers, std=curve.std, seed=curve.seed, step=torch.tensor(curve.step),
        accuracy=torch.tensor(curve.accuracy), best=torch.tensor(curve.best), born=NEVER if math.isnan(at) else int(at),
        loss_step=_means(steps, every), loss=_means(torch.tensor(curve.loss), every),
    )  # fmt: skip


def _means(values: Float[Tensor, " step"], every: int) -> Float[Tensor, " smooth"]:
    return torch.stack([part.mean() for part in values.split(every)]) if len(values) else values


def births(curves: Sequence[Curve]) -> list[Birth]:
    """One a kind of training."""
    found = []
    for name in dict.fromkeys(each.name for each in curves):
        own = [each for each in curves if each.name == name]
        at = torch.tensor([each.born for each in own]).double()
        some = at[at.isfinite()]
        whole = len(some) == len(own) >= 3
        interval = paired_interval(some) if whole else None
        found.append(
            Birth(
                name=name,
                seeds=len(own),
                count=len(some),
                mean=float(some.mean()) if len(some) else None,
                half=float(interval.high - interval.mean) if interval else None,
                accuracy=float(torch.tensor([each.accuracy[-1] for each in own]).double().mean()),
            )
        )
    return found


def _heads(curve: Curve, seen: UInt8[Tensor, "point part query key"]) -> BornHeads:
    ids, period = held()
    induction, previous = torch.tensor(curve.induction), torch.tensor(curve.previous)
    cause = curve.cause
    return BornHeads(
        previous=previous, induction=induction, composition=torch.tensor(curve.composition),
        below=int(previous[-1, 0].argmax()), head=int(induction[-1, -1].argmax()), ids=ids[0], period=int(period[0]),
        pictures=seen, accuracy=cause.accuracy if cause else None, score=cause.score if cause else None,
        without_accuracy=[each[0] for each in cause.without] if cause else [],
        without_score=[each[1] for each in cause.without] if cause else [], terms=cause.terms if cause else [],
        pair=cause.pair if cause else [], without_pair=list(cause.without_pair) if cause else [],
        without_others=list(cause.without_others) if cause else [],
    )  # fmt: skip
