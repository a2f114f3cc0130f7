"""Fine-grained and shared experts as a picture: what the four are made of, their trainings, their experts' loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.experiments.architectures.expert_granularity import (
    ARMS,
    COARSE,
    Arm,
    Granularity,
    combinations,
    configs,
)
from explorer.experiments.checkpoints import Kept
from explorer.experiments.side_by_side import step_time
from explorer.figures.checkpoints import TrainedCheckpoint, checkpoints_of
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds
from explorer.figures.transformer.seed_differences import ENOUGH, SeedDifference, seed_difference, stuck


@dataclass(frozen=True, kw_only=True)
class GranularityRun:
    """One training so far."""

    seed: int
    losses: list[float]
    """Of each step's batch; nats a byte."""
    measured: list[int]
    """Steps done when the passages held out were asked."""
    held: list[float]
    stuck: bool
    """It has ended, and no better than guessing by frequency."""


@dataclass(frozen=True, kw_only=True)
class GranularityArm:
    """One of the four, and its trainings."""

    name: str
    """dense, coarse, fine or shared."""
    experts: int
    """Routed ones of a block; 0: one feed-forward."""
    k: int
    shared: int
    width: int
    """Hidden neurons of an expert, or of the feed-forward."""
    parameters: int
    active: int
    """What one byte passes through, the router in full."""
    router: int
    """Of the active ones, the routers'."""
    combinations: int
    """Sets of routed experts that a byte may visit in one block; 1 of a dense one."""
    load: Float[Tensor, "layer expert"] | None
    """Of the first training, when last measured: shares of the pairs, rows sum to 1."""
    step: Milliseconds | None
    """Of all trainings; None before the second step."""
    runs: list[GranularityRun]


@dataclass(frozen=True, kw_only=True)
class GranularityTraining(Payload):
    n_experts: int
    k: int
    m: int
    n_shared: int
    steps: int
    seeds: int
    texts: str
    seed: int
    bytes_per_step: int
    held_bytes: int
    by_frequency: float
    """Held-out loss of guessing each byte by how often it occurs."""
    arms: list[GranularityArm]
    differences: list[SeedDifference]
    """All but the coarse ones less these, over the seeds whose four trainings have ended."""
    checkpoints: list[TrainedCheckpoint]
    """Those of the first seed that any panel can open."""
    enough: int
    """Seeds that a verdict needs."""


def counts(arm: Arm) -> tuple[int, int, int]:
    """All parameters, those that one byte passes through, and the routers' among them, summed over the tensors."""
    config, total, routed, router = arm.model.config, 0, 0, 0
    for name, parameter in arm.model.named_parameters():
        total += parameter.numel()
        routed += parameter.numel() if ".mlp.experts." in name else 0
        router += parameter.numel() if name.endswith(".mlp.router") else 0
    unused = routed * (config.n_experts - config.k) // config.n_experts if config.n_experts else 0
    return total, total - unused, router


def shown(made: Granularity, kept: Sequence[Kept]) -> GranularityTraining:
    asked = made.asked
    return GranularityTraining(
        n_experts=asked.n_experts,
        k=asked.k,
        m=asked.m,
        n_shared=asked.n_shared,
        steps=asked.steps,
        seeds=asked.seeds,
        texts=asked.texts,
        seed=asked.seed,
        bytes_per_step=made.bytes_per_step,
        held_bytes=made.sample.numel(),
        by_frequency=made.by_frequency,
        arms=[_arm(name, made) for name in ARMS],
        differences=differences(made),
        checkpoints=checkpoints_of(kept),
        enough=ENOUGH,
    )


def differences(made: Granularity) -> list[SeedDifference]:
    ends = {
        name: {arm.seed: arm.held[-1] for arm in made.arms if arm.name == name and _ended(arm, made)} for name in ARMS
    }
    seeds = [seed for seed in ends[COARSE] if all(seed in each for each in ends.values())]
    if not seeds:
        return []
    return [
        seed_difference(name, [ends[name][seed] - ends[COARSE][seed] for seed in seeds])
        for name in ARMS
        if name != COARSE
    ]


def _ended(arm: Arm, made: Granularity) -> bool:
    return arm.steps_measured[-1:] == [made.asked.steps]


def _arm(name: str, made: Granularity) -> GranularityArm:
    config, own = configs(made.asked)[name], [arm for arm in made.arms if arm.name == name]
    total, active, router = counts(own[0])
    return GranularityArm(
        name=name,
        experts=config.n_experts,
        k=config.k,
        shared=config.n_shared,
        width=config.d_mlp,
        parameters=total,
        active=active,
        router=router,
        combinations=combinations(config),
        load=own[0].load,
        step=Milliseconds.of(step_time(own)),
        runs=[_run(arm, made) for arm in own],
    )


def _run(arm: Arm, made: Granularity) -> GranularityRun:
    lost = _ended(arm, made) and stuck(arm.held[-1], made.by_frequency)
    return GranularityRun(
        seed=arm.seed, losses=list(arm.losses), measured=list(arm.steps_measured), held=list(arm.held), stuck=lost
    )
