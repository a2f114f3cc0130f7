"""Reward over KL: the frontier, the trainings, and a flawed reward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.finetuning import pipeline
from explorer.experiments.finetuning import reward_kl as experiment
from explorer.figures.payload import Payload
from explorer.stack.finetuning.optimum import Optimum


@dataclass(frozen=True, kw_only=True)
class FrontierPoint(Payload):
    """The best policy at one beta."""

    beta: float
    kl: float
    reward: float


@dataclass(frozen=True, kw_only=True)
class FrontierStep(Payload):
    """A recorded policy."""

    step: int
    kl: float
    reward: float


@dataclass(frozen=True, kw_only=True)
class FrontierRun(Payload):
    """One training, from the SFT model on."""

    stage: str
    title: str
    seed: int
    steps: tuple[FrontierStep, ...]


@dataclass(frozen=True, kw_only=True)
class RewardFrontier(Payload):
    """All of them."""

    frontier: tuple[FrontierPoint, ...]
    runs: tuple[FrontierRun, ...]
    start: float
    """The SFT model's reward."""
    sums: int
    dpo_beta: float
    grpo_beta: float


@dataclass(frozen=True, kw_only=True)
class HackedPoint(Payload):
    """The best policy under a flawed reward."""

    beta: float
    kl: float
    proxy: float
    truth: float


@dataclass(frozen=True, kw_only=True)
class RewardHacking(Payload):
    """At each beta, and before."""

    points: tuple[HackedPoint, ...]
    proxy: float
    truth: float
    """Of the SFT model."""
    sums: int


def frontier(best: Sequence[Optimum]) -> RewardFrontier:
    found, runs = list[FrontierRun](), dict[tuple[str, int], list[pipeline.Point]]()
    for each in experiment.points():
        runs.setdefault((each.stage, each.seed), []).append(each)
    for steps in runs.values():
        found.append(
            FrontierRun(
                stage=steps[0].stage,
                title=pipeline.title(steps[0].stage),
                seed=steps[0].seed,
                steps=tuple(FrontierStep(step=each.step, kl=each.kl or 0.0, reward=each.reward) for each in steps),
            )
        )
    return RewardFrontier(
        frontier=tuple(FrontierPoint(beta=each.beta, kl=each.kl, reward=each.reward) for each in best),
        runs=tuple(found),
        start=found[0].steps[0].reward,
        sums=len(pipeline.few()),
        dpo_beta=pipeline.recipe().dpo.beta,
        grpo_beta=pipeline.recipe().grpo.beta,
    )


def hacking(made: experiment.Hacking) -> RewardHacking:
    return RewardHacking(
        points=tuple(HackedPoint(beta=each.beta, kl=each.kl, proxy=each.proxy, truth=each.truth) for each in made.each),
        proxy=made.start.proxy,
        truth=made.start.truth,
        sums=len(pipeline.few()),
    )
