"""Blocks compared as pictures: losses of each training, differences between kinds, gradients block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.checkpoints import Kept
from explorer.experiments.side_by_side import Arm, step_time, windows
from explorer.experiments.transformer import block_variants as trained
from explorer.experiments.transformer.block_variants import FeedForwards, ResidualArm, ResidualPath
from explorer.figures.checkpoints import TrainedCheckpoint, checkpoints_of
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds
from explorer.figures.transformer.seed_differences import ENOUGH, SeedDifference, seed_difference, stuck
from explorer.stack.transformer.gradient_flow import ByBlock


@dataclass(frozen=True, kw_only=True)
class BlockTraining:
    """One training so far."""

    name: str
    losses: list[float]
    """Of each step's batch; nats a byte."""
    measured: list[int]
    """Steps done when the passages held out were asked."""
    held: list[float]
    parameters: int
    stuck: bool
    """It has ended, and no better than guessing by frequency."""


@dataclass(frozen=True, kw_only=True)
class SeedOfTrainings:
    seed: int
    arms: list[BlockTraining]


@dataclass(frozen=True, kw_only=True)
class TrainedOn:
    """What all trainings of a view share."""

    blocks: int
    steps: int
    texts: str
    seed: int
    d_model: int
    peak: float
    tokens_per_step: int
    held_tokens: int
    by_frequency: float
    """Held-out loss of guessing each byte by how often it occurs."""


@dataclass(frozen=True, kw_only=True)
class FeedForwardsCompared(Payload):
    on: TrainedOn
    seeds: int
    plain: str
    """The plain kind's activation."""
    widths: dict[str, int]
    """d_mlp of each kind."""
    weights: dict[str, int]
    """Of one feed-forward layer of each kind."""
    steps: dict[str, Milliseconds | None]
    """Time of a step of each kind, over all seeds; None before the second one."""
    rounds: list[SeedOfTrainings]
    differences: list[SeedDifference]
    """Each gated kind against the plain one, over the seeds that have ended."""
    checkpoints: list[TrainedCheckpoint]
    """Those of the first seed that any panel can open."""
    enough: int
    """Seeds that a verdict needs."""


@dataclass(frozen=True, kw_only=True)
class BlockGradients:
    """Gradients' lengths block by block, at one time."""

    step: int
    weights: Float[Tensor, " block"]
    stream: Float[Tensor, " block"]
    sizes: Float[Tensor, " block"]
    """Root mean square of the stream that enters each block."""


@dataclass(frozen=True, kw_only=True)
class ResidualTraining:
    training: BlockTraining
    gradients: list[BlockGradients]


@dataclass(frozen=True, kw_only=True)
class ResidualCompared(Payload):
    on: TrainedOn
    arms: list[ResidualTraining]
    checkpoints: list[TrainedCheckpoint]


def feed_forwards(made: FeedForwards, kept: Sequence[Kept]) -> FeedForwardsCompared:
    mlps = {arm.name: arm.model.blocks[0].get_submodule("mlp") for arm in made.rounds[0]}
    return FeedForwardsCompared(
        on=_on(made, trained.PEAK["feed_forwards"]),
        seeds=made.asked.seeds,
        plain=made.asked.plain,
        widths={arm.name: arm.model.config.d_mlp for arm in made.rounds[0]},
        weights={name: sum(p.numel() for p in mlp.parameters()) for name, mlp in mlps.items()},
        steps={
            name: Milliseconds.of(step_time(arm for arms in made.rounds for arm in arms if arm.name == name))
            for name in mlps
        },
        rounds=[
            SeedOfTrainings(seed=made.asked.seed + number, arms=[_training(arm, made) for arm in arms])
            for number, arms in enumerate(made.rounds)
        ],
        differences=differences(made),
        checkpoints=checkpoints_of(kept),
        enough=ENOUGH,
    )


def differences(made: FeedForwards) -> list[SeedDifference]:
    """Each gated kind against the plain one, over the seeds whose trainings have ended."""
    steps = made.asked.steps
    ended = list(takewhile(lambda arms: all(arm.steps_measured[-1:] == [steps] for arm in arms), made.rounds))
    if not ended:
        return []
    last = {arm.name: [arms[at].held[-1] for arms in ended] for at, arm in enumerate(ended[0])}
    plain = last.pop(trained.PLAIN)
    return [seed_difference(name, [a - b for a, b in zip(own, plain, strict=True)]) for name, own in last.items()]


def residual(made: ResidualPath, kept: Sequence[Kept] = ()) -> ResidualCompared:
    return ResidualCompared(
        on=_on(made, trained.PEAK["residual_path"]),
        arms=[_residual(arm, made) for arm in made.arms],
        checkpoints=checkpoints_of(kept),
    )


def _on(made: FeedForwards | ResidualPath, peak: float) -> TrainedOn:
    asked, batches = made.asked, made.course.batches
    return TrainedOn(
        blocks=asked.blocks, steps=asked.steps, texts=asked.texts, seed=asked.seed, d_model=trained.D_MODEL, peak=peak,
        tokens_per_step=batches.n_ctx * batches.rows, held_tokens=windows(made.course)[:, 1:].numel(),
        by_frequency=made.by_frequency,
    )  # fmt: skip


def _training(arm: Arm, made: FeedForwards | ResidualPath) -> BlockTraining:
    ended = arm.steps_measured[-1:] == [made.asked.steps]
    return BlockTraining(
        name=arm.name, losses=list(arm.losses), measured=list(arm.steps_measured), held=list(arm.held),
        parameters=arm.parameters, stuck=ended and stuck(arm.held[-1], made.by_frequency),
    )  # fmt: skip


def _residual(arm: ResidualArm, made: ResidualPath) -> ResidualTraining:
    times = zip(arm.steps_measured, arm.flows, strict=True)
    return ResidualTraining(training=_training(arm, made), gradients=[_gradients(step, flow) for step, flow in times])


def _gradients(step: int, flow: ByBlock) -> BlockGradients:
    return BlockGradients(step=step, weights=flow.weights, stream=flow.stream, sizes=flow.sizes)
