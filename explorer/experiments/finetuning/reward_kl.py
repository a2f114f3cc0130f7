"""Reward over KL, exact: the frontier from the SFT model's own probabilities, and where each training went.

The best policy is known for one sum as well, answer by answer, and under a reward that is flawed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.finetuning import pipeline
from explorer.experiments.finetuning.pipeline import Point
from explorer.stack.finetuning import flawed, optimum
from explorer.stack.finetuning.flawed import Flaw
from explorer.stack.finetuning.optimum import Optimum
from explorer.stack.finetuning.sums import ANSWERS, Sum, rewarded, rewards
from explorer.stack.worst import worst
from explorer.training.stages import Stage

#: What the slider offers.
BETAS = (0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0)
#: Of mirror ascent.
ROUNDS, RATE = 60, 0.5
#: Answers drawn from the best policy to each sum.
DRAWN = 400
#: Of each policy: its likeliest answers are listed.
LISTED = 4
#: Stages whose weights are there, from the reference on.
TRAINED: tuple[Stage, ...] = ("sft", "dpo", "grpo")


@cache
def reference() -> Float[Tensor, "row answer"]:
    """The SFT model's log-probabilities of all answers."""
    return pipeline.counted("sft", pipeline.few())


@cache
def true_rewards() -> Float[Tensor, "row answer"]:
    return torch.stack([rewards(each) for each in pipeline.few()])


@cache
def flawed_rewards(flaw: Flaw) -> Float[Tensor, "row answer"]:
    return torch.stack([flawed.rewards(flaw, each) for each in pipeline.few()])


def best() -> list[Optimum]:
    """At each beta."""
    return optimum.frontier(reference(), true_rewards(), BETAS)


def points() -> list[Point]:
    """Recorded policies whose KL from the SFT model was counted."""
    return [each for each in pipeline.recorded() if each.kl is not None]


def flaw_trained() -> Flaw | None:
    """The flawed reward that a training was run on."""
    hacked = pipeline.recipe().hacked
    return None if hacked is None else hacked.flaw


def farthest_above(frontier: list[Optimum]) -> float:
    """How far a recorded policy lies above the frontier, at the beta where it lies highest; at most 0 if it is one."""
    return worst(
        max(optimum.above(each, point.reward, point.kl or 0.0), 0.0) for each in frontier for point in points()
    )


def climbed(beta: float) -> float:
    """The value of the policy that mirror ascent reaches."""
    logp = ascended(reference(), true_rewards(), beta)
    found = optimum.expected(logp, true_rewards()) - beta * optimum.kl(logp, reference())
    return float(found.mean())


def ascended(
    start: Float[Tensor, "row answer"], reward: Float[Tensor, "row answer"], beta: float
) -> Float[Tensor, "row answer"]:
    """Where mirror ascent ends that begins at the reference: each round multiplies every answer's probability by
    exp(rate x its gain), the gain being  r - beta ln(pi / ref)."""
    logp = start
    for _ in range(ROUNDS):
        logp = (logp + RATE / beta * (reward - beta * (logp - start))).log_softmax(-1)
    return logp


@dataclass(frozen=True)
class OneSum:
    """One sum, answer by answer."""

    of: Sum
    answers: tuple[str, ...]
    """The right ones, then those that some policy finds likeliest."""
    stages: dict[Stage, Float[Tensor, " answer"]]
    """Log-probabilities of all answers."""
    best: tuple[Optimum, ...]
    """At each beta."""
    off: float
    """Largest relative difference of a probability from where mirror ascent ends."""

    def reward(self, logp: Tensor) -> float:
        return float(optimum.expected(logp, rewards(self.of)))

    def far(self, logp: Tensor) -> float:
        """KL from the SFT model, nats."""
        return float(optimum.kl(logp, self.stages["sft"]))


def one_sum(of: Sum) -> OneSum:
    found: dict[Stage, Tensor] = {stage: pipeline.counted(stage, [of])[0] for stage in TRAINED}
    start, reward = found["sft"][None], rewards(of)[None]
    best = optimum.frontier(start, reward, BETAS)
    apart = worst(float((each.logp - ascended(start, reward, each.beta)).exp().sub(1).abs().max()) for each in best)
    return OneSum(of, tuple(_likeliest(of, list(found.values()))), found, tuple(best), apart)


def _likeliest(of: Sum, policies: Sequence[Tensor]) -> list[str]:
    known = {ANSWERS[at] for logp in policies for at in logp[:-1].topk(LISTED).indices.tolist()}
    known |= {of.at_once, of.in_parts}
    most = {each: worst(float(logp[pipeline.place(each)]) for logp in policies) for each in known}
    return sorted(known, key=lambda each: (-rewarded(of, each), -most[each]))


@dataclass(frozen=True)
class Hacked:
    """The best policy under a flawed reward, at one beta."""

    beta: float
    kl: float
    proxy: float
    truth: float


@dataclass(frozen=True)
class Hacking:
    """At all of them."""

    each: tuple[Hacked, ...]
    start: Hacked
    """The SFT model; beta is infinite."""
    off: float
    """Means of drawn answers, judged as texts, from the exact ones, in standard errors."""


def hacking(flaw: Flaw) -> Hacking:
    proxy, truth = flawed_rewards(flaw), true_rewards()
    made = optimum.frontier(reference(), proxy, BETAS)
    each = tuple(Hacked(one.beta, one.kl, one.reward, float(optimum.expected(one.logp, truth).mean())) for one in made)
    start = Hacked(
        float("inf"), 0.0, float(optimum.expected(reference(), proxy).mean()),
        float(optimum.expected(reference(), truth).mean()),
    )  # fmt: skip
    at = BETAS.index(0.1)
    return Hacking(each, start, _judged(flaw, made[at], each[at]))


def _judged(flaw: Flaw, policy: Optimum, exact: Hacked) -> float:
    """Answers drawn from the policy and judged as texts."""
    generator = torch.Generator().manual_seed(0)
    rows = torch.multinomial(policy.logp.exp(), DRAWN, replacement=True, generator=generator).tolist()
    texts = [(of, (*ANSWERS, "")[at]) for of, row in zip(pipeline.few(), rows, strict=True) for at in row]
    judged = {
        "proxy": torch.tensor([flawed.FLAWED[flaw](of, text) for of, text in texts], dtype=torch.float64),
        "truth": torch.tensor([rewarded(of, text) for of, text in texts], dtype=torch.float64),
    }
    return worst(
        abs(float(found.mean()) - getattr(exact, name)) / max(float(found.std()) / len(found) ** 0.5, 1e-4)
        for name, found in judged.items()
    )
