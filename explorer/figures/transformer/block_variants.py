"""Blocks compared as pictures: losses of each training, differences between kinds, gradients block by block."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from itertools import takewhile

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.side_by_side import Arm, step_time, windows
from explorer.experiments.transformer import block_variants as trained
from explorer.experiments.transformer.block_variants import FeedForwards, ResidualArm, ResidualPath
from explorer.figures.inference.timed import Milliseconds
from explorer.figures.payload import Payload
from explorer.stack.transformer.gradient_flow import ByBlock

#: Half of a 95 % interval around the mean of n values, in standard errors: Student's t for n - 1 degrees of freedom.
STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}


@dataclass(frozen=True)
class BlockTraining:
    """One training so far."""

    name: str
    losses: list[float]
    """Of each step's batch; nats a byte."""
    measured: list[int]
    """Steps done when the passages held out were asked."""
    held: list[float]
    parameters: int


@dataclass(frozen=True)
class SeedOfTrainings:
    seed: int
    arms: list[BlockTraining]


@dataclass(frozen=True)
class KindDifference:
    """A gated kind's last held-out loss less the plain one's, seed by seed."""

    name: str
    each: list[float]
    mean: float
    half: float | None
    """Half of the 95 % interval of the mean; None from a single seed."""
    beyond_luck: bool
    """Whether that interval leaves out nought."""


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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
    differences: list[KindDifference]
    """Over the seeds that have ended."""


@dataclass(frozen=True)
class BlockGradients:
    """Gradients' lengths block by block, at one time."""

    step: int
    weights: Float[Tensor, " block"]
    stream: Float[Tensor, " block"]
    sizes: Float[Tensor, " block"]
    """Root mean square of the stream that enters each block."""


@dataclass(frozen=True)
class ResidualTraining:
    training: BlockTraining
    gradients: list[BlockGradients]


@dataclass(frozen=True)
class ResidualCompared(Payload):
    on: TrainedOn
    arms: list[ResidualTraining]


def feed_forwards(made: FeedForwards) -> FeedForwardsCompared:
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
            SeedOfTrainings(made.asked.seed + number, [_training(arm) for arm in arms])
            for number, arms in enumerate(made.rounds)
        ],
        differences=differences(made),
    )


def differences(made: FeedForwards) -> list[KindDifference]:
    """Each gated kind against the plain one, over the seeds whose trainings have ended."""
    steps = made.asked.steps
    ended = list(takewhile(lambda arms: all(arm.steps_measured[-1:] == [steps] for arm in arms), made.rounds))
    if not ended:
        return []
    last = {arm.name: [arms[at].held[-1] for arms in ended] for at, arm in enumerate(ended[0])}
    plain = last.pop(trained.PLAIN)
    return [difference(name, [a - b for a, b in zip(own, plain, strict=True)]) for name, own in last.items()]


def difference(name: str, each: list[float]) -> KindDifference:
    """Paired: the seeds' own ups and downs, which both kinds share, cancel.

    >>> one = difference("geglu", [-0.1, -0.2, -0.15])
    >>> round(one.mean, 3), round(one.half, 3), one.beyond_luck
    (-0.15, 0.124, True)
    >>> difference("swiglu", [-0.1, 0.05, -0.02]).beyond_luck
    False
    """
    mean = statistics.fmean(each)
    if len(each) < 2:
        return KindDifference(name, each, mean, None, beyond_luck=False)
    half = STUDENT[len(each)] * statistics.stdev(each) / len(each) ** 0.5
    return KindDifference(name, each, mean, half, abs(mean) > half)


def residual(made: ResidualPath) -> ResidualCompared:
    return ResidualCompared(_on(made, trained.PEAK["residual_path"]), [_residual(arm) for arm in made.arms])


def _on(made: FeedForwards | ResidualPath, peak: float) -> TrainedOn:
    asked, batches = made.asked, made.course.batches
    return TrainedOn(
        blocks=asked.blocks, steps=asked.steps, texts=asked.texts, seed=asked.seed, d_model=trained.D_MODEL, peak=peak,
        tokens_per_step=batches.n_ctx * batches.rows, held_tokens=windows(made.course)[:, 1:].numel(),
        by_frequency=made.by_frequency,
    )  # fmt: skip


def _training(arm: Arm) -> BlockTraining:
    return BlockTraining(
        name=arm.name, losses=list(arm.losses), measured=list(arm.steps_measured), held=list(arm.held),
        parameters=arm.parameters,
    )  # fmt: skip


def _residual(arm: ResidualArm) -> ResidualTraining:
    times = zip(arm.steps_measured, arm.flows, strict=True)
    return ResidualTraining(_training(arm), [_gradients(step, flow) for step, flow in times])


def _gradients(step: int, flow: ByBlock) -> BlockGradients:
    return BlockGradients(step, flow.weights, flow.stream, flow.sizes)
