"""Ways to distil: one student's held-out loss under each, seed by seed, against the same student on text alone."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

import torch

from explorer.experiments.checkpoints import Kept
from explorer.experiments.frontier.distilling import TEACHER
from explorer.experiments.frontier.distilling_kept import Curve, Recording
from explorer.figures.checkpoints import TrainedCheckpoint, checkpoints_of
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval
from explorer.stack.pretraining.seed_band import LEAST

CONTROL = "text"


@dataclass(frozen=True, kw_only=True)
class WayCourse:
    """One student of one seed, so far."""

    way: str
    seed: int
    step: list[int]
    held: list[float]
    """On the passages held out, nats a token, at each of `step`."""
    loss: list[float]
    """Cross-entropy of every step's batch, of whatever was read."""


@dataclass(frozen=True, kw_only=True)
class WayEnd:
    """A way at its end, over the seeds that are done."""

    way: str
    seeds: int
    held: float | None
    """Mean of the seeds; None before one is done."""
    each: list[float]
    """Of every seed, the held-out loss less that of text alone."""
    mean: float | None
    low: float | None
    """Of the 95 % interval of the mean; None of fewer than two seeds."""
    high: float | None
    known: bool
    """Whether there are enough seeds and the interval leaves out nought."""
    forward: float | None
    """KL(teacher || student) on the passages, mean of the seeds."""
    reverse: float | None
    seconds: float | None
    """A step's, the median of the seeds."""


@dataclass(frozen=True, kw_only=True)
class WaysToDistil(Payload):
    teacher: str
    steps: int
    tokens_per_step: int
    held_tokens: int
    parameters: int
    teacher_parameters: int
    teacher_loss: float
    courses: list[WayCourse]
    ends: list[WayEnd]
    checkpoints: list[TrainedCheckpoint]
    machine: str
    """Where it was recorded; empty: here."""


def ways(
    made: Recording, size: str, steps: int, kept: list[Kept] | None = None, teacher: str = TEACHER
) -> WaysToDistil:
    """The students of one size."""
    own = [each for each in made.curves if each.size == size]
    names = list(dict.fromkeys(each.way for each in own))
    return WaysToDistil(
        teacher=teacher, steps=steps, tokens_per_step=made.tokens_per_step, held_tokens=made.held_tokens,
        parameters=own[0].parameters, teacher_parameters=made.teacher_parameters, teacher_loss=made.teacher_loss,
        courses=[
            WayCourse(way=each.way, seed=each.seed, step=each.step, held=each.held, loss=each.loss) for each in own
        ],
        ends=[end(own, name, steps) for name in names], checkpoints=checkpoints_of(kept or []), machine=made.machine,
    )  # fmt: skip


def end(curves: list[Curve], way: str, steps: int) -> WayEnd:
    """Paired by seed: what the seeds' own ups and downs have in common cancels."""
    done = {each.seed: each for each in curves if each.way == way and each.step[-1:] == [steps]}
    control = {each.seed: each.held[-1] for each in curves if each.way == CONTROL and each.step[-1:] == [steps]}
    differences = [each.held[-1] - control[seed] for seed, each in done.items() if seed in control]
    interval = paired_interval(torch.tensor(differences, dtype=torch.float64)) if len(differences) > 1 else None
    low, high = (float(interval.low), float(interval.high)) if interval else (None, None)
    known = way != CONTROL and low is not None and high is not None and (low > 0 or high < 0)
    apart = [each.apart for each in done.values() if each.apart is not None]
    return WayEnd(
        way=way, seeds=len(done), held=statistics.fmean(each.held[-1] for each in done.values()) if done else None,
        each=differences, mean=statistics.fmean(differences) if differences else None, low=low, high=high,
        known=known and len(differences) >= LEAST,
        forward=statistics.fmean(each[0] for each in apart) if apart else None,
        reverse=statistics.fmean(each[1] for each in apart) if apart else None,
        seconds=statistics.median(spent) if (spent := [each.seconds for each in curves if each.way == way]) else None,
    )  # fmt: skip
