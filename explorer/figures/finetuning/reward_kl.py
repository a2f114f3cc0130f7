"""Reward over KL: the frontier, the trainings, one sum answer by answer, and a flawed reward."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from numpy import ndarray

from explorer.experiments.finetuning import pipeline
from explorer.experiments.finetuning import reward_kl as experiment
from explorer.figures.payload import Payload
from explorer.stack.finetuning.flawed import Flaw
from explorer.stack.finetuning.optimum import Optimum
from explorer.stack.finetuning.sums import rewarded


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
    ppo_beta: float | None
    """None where no PPO was trained."""


@dataclass(frozen=True, kw_only=True)
class OptimumStage(Payload):
    """One policy on the sum."""

    name: str
    title: str
    p: tuple[float, ...]
    """Of each listed answer."""
    reward: float
    kl: float


@dataclass(frozen=True, kw_only=True)
class OptimumAnswers(Payload):
    """One sum."""

    prompt: str
    held_out: bool
    answers: tuple[str, ...]
    right: tuple[bool, ...]
    stages: tuple[OptimumStage, ...]
    """SFT, the reference, first."""
    frontier: tuple[FrontierPoint, ...]
    """On this sum."""
    best: Float[ndarray, "beta answer"]
    """Probabilities of the listed answers at each beta of the frontier."""
    refused: str
    """Why what was typed is not shown."""


@dataclass(frozen=True, kw_only=True)
class HackedPoint(Payload):
    """The best policy under a flawed reward."""

    beta: float
    kl: float
    proxy: float
    truth: float


@dataclass(frozen=True, kw_only=True)
class HackedStep(Payload):
    """A recorded policy."""

    step: int
    kl: float
    proxy: float
    truth: float


@dataclass(frozen=True, kw_only=True)
class HackedRun(Payload):
    """One training on the flawed reward, from the SFT model on."""

    seed: int
    steps: tuple[HackedStep, ...]


@dataclass(frozen=True, kw_only=True)
class RewardHacking(Payload):
    """At each beta, and before."""

    points: tuple[HackedPoint, ...]
    proxy: float
    truth: float
    """Of the SFT model."""
    runs: tuple[HackedRun, ...]
    """GRPO on this reward; none where no training was run on it."""
    grpo_beta: float
    sums: int


def frontier(best: Sequence[Optimum]) -> RewardFrontier:
    runs = [
        FrontierRun(
            stage=steps[0].stage,
            title=pipeline.title(steps[0].stage),
            seed=steps[0].seed,
            steps=tuple(FrontierStep(step=each.step, kl=each.kl or 0.0, reward=each.reward) for each in steps),
        )
        for steps in _by_run(each for each in experiment.points() if each.stage != "hacked")
    ]
    recipe = pipeline.recipe()
    return RewardFrontier(
        frontier=_frontier(best),
        runs=tuple(runs),
        start=runs[0].steps[0].reward,
        sums=len(pipeline.few()),
        dpo_beta=recipe.dpo.beta,
        grpo_beta=recipe.grpo.beta,
        ppo_beta=None if recipe.ppo is None else recipe.ppo.beta,
    )


def optimum(made: experiment.OneSum, refused: str) -> OptimumAnswers:
    at = [pipeline.place(each) for each in made.answers]
    return OptimumAnswers(
        prompt=made.of.prompt,
        held_out=made.of in pipeline.held_out(),
        answers=made.answers,
        right=tuple(bool(rewarded(made.of, each)) for each in made.answers),
        stages=tuple(
            OptimumStage(
                name=stage,
                title=pipeline.title(stage),
                p=tuple(logp[at].exp().tolist()),
                reward=made.reward(logp),
                kl=made.far(logp),
            )
            for stage, logp in made.stages.items()
        ),
        frontier=_frontier(made.best),
        best=torch.stack([each.logp[0, at].exp() for each in made.best]).numpy(),
        refused=refused,
    )


def hacking(made: experiment.Hacking, flaw: Flaw) -> RewardHacking:
    hacked = pipeline.recipe().hacked
    points = (each for each in experiment.points() if each.stage == "hacked" and flaw == experiment.flaw_trained())
    return RewardHacking(
        points=tuple(HackedPoint(beta=each.beta, kl=each.kl, proxy=each.proxy, truth=each.truth) for each in made.each),
        proxy=made.start.proxy,
        truth=made.start.truth,
        runs=tuple(
            HackedRun(
                seed=steps[0].seed,
                steps=tuple(
                    HackedStep(step=each.step, kl=each.kl or 0.0, proxy=each.proxy or 0.0, truth=each.reward)
                    for each in steps
                ),
            )
            for steps in _by_run(points)
        ),
        grpo_beta=0.0 if hacked is None else hacked.beta,
        sums=len(pipeline.few()),
    )


def _frontier(best: Sequence[Optimum]) -> tuple[FrontierPoint, ...]:
    return tuple(FrontierPoint(beta=each.beta, kl=each.kl, reward=each.reward) for each in best)


def _by_run(points: Iterable[pipeline.Point]) -> list[list[pipeline.Point]]:
    found = dict[tuple[str, int], list[pipeline.Point]]()
    for each in points:
        found.setdefault((each.stage, each.seed), []).append(each)
    return [found[name] for name in sorted(found)]
