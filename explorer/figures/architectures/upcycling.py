"""Upcycling as a picture: the change in numbers, three trainings, and the experts' loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.architectures.upcycling import Arm, Upcycling
from explorer.experiments.checkpoints import Kept
from explorer.experiments.side_by_side import step_time
from explorer.figures.checkpoints import TrainedCheckpoint, checkpoints_of
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds


@dataclass(frozen=True, kw_only=True)
class UpcyclingArm:
    """One training so far."""

    name: str
    """dense, upcycled or fresh."""
    losses: list[float]
    """Of each step's batch; nats a token."""
    measured: list[int]
    """Steps done when the passages held out were asked."""
    held: list[float]
    apart: list[float]
    """Of a mixture: how far its experts are from their mean then, as a share of its length."""
    load: Float[Tensor, "layer expert"] | None
    """Shares of a block's pairs when last measured; None of the dense model."""
    parameters: int
    active: int
    peak: float
    """Of the learning rate."""
    step: Milliseconds | None
    """None before the second one."""


@dataclass(frozen=True, kw_only=True)
class UpcyclingTraining(Payload):
    experts: int
    k: int
    steps: int
    rate: float
    """Peak learning rate of the dense model and the upcycled one."""
    texts: str
    seed: int
    tokens_per_step: int
    held_tokens: int
    before: float
    """The dense model's held-out loss, nats a token."""
    at: float
    """The mixture's, before any step."""
    raw: float
    """The same with weights that are not renormalised."""
    text_tokens: int
    """Of the text that is trained on, each once."""
    fitted: float | None
    """The dense model's loss on the last steps' batches, less its loss on them before the training."""
    fitted_steps: int
    """How many these are."""
    arms: list[UpcyclingArm]
    checkpoints: list[TrainedCheckpoint]


#: Steps whose batches say how well the training text is fitted: a batch alone says little.
LAST = 16


def _arm(arm: Arm) -> UpcyclingArm:
    return UpcyclingArm(
        name=arm.name,
        losses=list(arm.losses),
        measured=list(arm.steps_measured),
        held=list(arm.held),
        apart=list(arm.apart),
        load=arm.load,
        parameters=arm.parameters,
        active=arm.active,
        peak=arm.settings.schedule.peak,
        step=Milliseconds.of(step_time([arm])),
    )


def shown(made: Upcycling, kept: Sequence[Kept] = ()) -> UpcyclingTraining:
    asked, fitted = made.asked, made.arms[0].fitted[-LAST:]
    return UpcyclingTraining(
        experts=asked.n_experts,
        k=asked.k,
        steps=asked.steps,
        rate=asked.rate,
        texts=asked.texts,
        seed=asked.seed,
        tokens_per_step=made.tokens_per_step,
        held_tokens=made.held_tokens,
        before=made.before,
        at=made.at,
        raw=made.raw,
        text_tokens=made.text_tokens,
        fitted=fmean(fitted) if fitted else None,
        fitted_steps=len(fitted),
        arms=[_arm(arm) for arm in made.arms],
        checkpoints=checkpoints_of(kept),
    )
