"""Worked examples as pictures: accuracy by their number, and the loss of answer after answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.experiments.evaluation import shots as experiment
from explorer.experiments.evaluation.shots import Arm, Curve
from explorer.experiments.evaluation.task_run import fair_coin
from explorer.figures.payload import Payload
from explorer.stack.evaluation.paired_tests import bootstrap, flips, mcnemar
from explorer.stack.evaluation.standard_errors import Interval, interval, wilson

#: Characters of a question's end that are shown.
SHOWN = 160
#: Of the bootstrap, each place.
DRAWS = 2_000


@dataclass(frozen=True, kw_only=True)
class ShotsPoint:
    """So many examples, drawn and ordered in one way."""

    shots: int
    arm: Arm
    accuracy: float
    low: float
    high: float
    """Wilson's interval of 95 %."""
    won: int
    """Items right here and wrong without examples."""
    lost: int
    p: float
    """McNemar's, exact, against no examples."""


@dataclass(frozen=True, kw_only=True)
class ShotsCurve(Payload):
    task: str
    items: int
    chance: float
    points: tuple[ShotsPoint, ...]
    total: int
    stopped: str
    """Why more examples are not measured."""


def curve(made: Curve) -> ShotsCurve:
    rights = [torch.tensor([float(each.choices.right("sum")) for each in point.found]) for point in made.points]
    points = []
    for point, right in zip(made.points, rights, strict=True):
        part, found = wilson(int(right.sum()), len(right)), flips(rights[0], right)
        points.append(
            ShotsPoint(
                shots=point.shots,
                arm=point.arm,
                accuracy=part.mean,
                low=part.low,
                high=part.high,
                won=found.only_second,
                lost=found.only_first,
                p=mcnemar(found.only_first, found.only_second),
            )
        )
    n = len(rights[0])
    return ShotsCurve(
        task=made.task.name,
        items=n,
        chance=fair_coin(made.task.items[:n]),
        points=tuple(points),
        total=made.total,
        stopped=made.stopped,
    )


@dataclass(frozen=True, kw_only=True)
class ShotsAnswer:
    """One example of the first sequence."""

    question: str
    answer: str
    here: float
    """-log p of the answer behind all before it, in nats."""
    alone: float
    """Behind its own question only."""


@dataclass(frozen=True, kw_only=True)
class ShotsPlace:
    """The mean over sequences of one place."""

    here: float
    low: float | None
    high: float | None
    """The middle 95 % of means over sequences drawn anew; None of one sequence."""
    alone: float


@dataclass(frozen=True, kw_only=True)
class ShotsLoss(Payload):
    task: str
    answers: tuple[ShotsAnswer, ...]
    places: tuple[ShotsPlace, ...]
    sequences: int
    total: int
    gain: float
    """Nats that an answer in the second half costs less than alone."""
    gain_low: float | None
    gain_high: float | None
    """The interval of 95 %, sequences as clusters; None of one sequence."""


def loss(task: str, read: Sequence[experiment.Sequence], total: int) -> ShotsLoss:
    here, alone = (torch.tensor([getattr(each, name) for each in read]).double() for name in ("here", "alone"))
    half = here.shape[1] // 2
    gains = (alone - here)[:, half:]  # sequence place
    clusters = torch.arange(len(read))[:, None].expand_as(gains)
    gain = interval(gains.flatten(), clusters.flatten())
    low, high = _bounds(gain)
    return ShotsLoss(
        task=task,
        answers=tuple(
            ShotsAnswer(question=(each.prompt or each.target)[-SHOWN:], answer=each.target, here=a, alone=b)
            for each, a, b in zip(read[0].examples, read[0].here, read[0].alone, strict=True)
        ),
        places=tuple(_place(here[:, at], alone[:, at]) for at in range(here.shape[1])),
        sequences=len(read),
        total=total,
        gain=gain.mean,
        gain_low=low,
        gain_high=high,
    )


def _place(here: Tensor, alone: Tensor) -> ShotsPlace:
    """Losses are skewed and never below 0: so are means of sequences that are drawn anew."""
    mean = float(alone.mean())
    if len(here) < 2:
        return ShotsPlace(here=float(here.mean()), low=None, high=None, alone=mean)
    made = bootstrap(torch.zeros_like(here), here, torch.Generator().manual_seed(0), DRAWS)
    return ShotsPlace(here=made.mean, low=made.low, high=made.high, alone=mean)


def _bounds(made: Interval) -> tuple[float | None, float | None]:
    return (made.low, made.high) if made.low == made.low else (None, None)  # not NaN
