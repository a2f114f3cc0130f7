"""Base, SFT, DPO and GRPO beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.finetuning import pipeline as experiment
from explorer.figures.payload import Payload
from explorer.stack.finetuning.sums import Sum, rewarded
from explorer.training.stages import STAGES


@dataclass(frozen=True, kw_only=True)
class ThroughStage(Payload):
    """One stage's answers to the sum."""

    name: str
    title: str
    model: str
    p: tuple[float, ...]
    """Of each listed answer."""
    right: float
    in_parts: float
    other: float
    entropy: float
    kl_base: float
    kl_sft: float
    tokens: tuple[float, ...]
    """Log-probability of each token of the watched answer."""


@dataclass(frozen=True, kw_only=True)
class ThroughAnswers(Payload):
    """All stages on one sum."""

    prompt: str
    total: int
    held_out: bool
    """Of all trainings."""
    answers: tuple[str, ...]
    right: tuple[bool, ...]
    watched: str
    written: tuple[str, ...]
    """The watched answer's tokens."""
    counted: int
    """Answers whose probability was computed."""
    stages: tuple[ThroughStage, ...]
    refused: str
    """Why what was typed is not shown."""


@dataclass(frozen=True, kw_only=True)
class ThroughExam(Payload):
    """One stage on held-out sums."""

    name: str
    title: str
    model: str
    exact: float
    carried: float
    plain: float
    chance: float
    in_parts: float
    kl_base: float
    kl_sft: float


@dataclass(frozen=True, kw_only=True)
class ThroughPoint(Payload):
    """A recorded evaluation."""

    stage: str
    seed: int
    step: int
    exact: float
    sampled: float


@dataclass(frozen=True, kw_only=True)
class ThroughStages(Payload):
    """What each stage changed."""

    exams: tuple[ThroughExam, ...]
    held_out: int
    few: int
    parameters: int
    points: tuple[ThroughPoint, ...]
    pairs: str


def answers(made: Sequence[experiment.Answered], of: Sum, watched: str, refused: str) -> ThroughAnswers:
    listed = experiment.listed(made, of, watched)
    return ThroughAnswers(
        prompt=of.prompt,
        total=of.total,
        held_out=of in experiment.held_out(),
        refused=refused,
        answers=tuple(listed),
        right=tuple(bool(rewarded(of, each)) for each in listed),
        watched=watched,
        written=tuple(watched) if len(watched) > 2 else (*watched, "end"),
        counted=len(made[0].logp) - 1,
        stages=tuple(
            ThroughStage(
                name=each.stage,
                title=experiment.title(each.stage),
                model=experiment.model_of(each.stage),
                p=tuple(float(each.logp[experiment.place(answer)].exp()) for answer in listed),
                right=each.right,
                in_parts=each.in_parts,
                other=each.other,
                entropy=each.entropy,
                kl_base=each.kl_base,
                kl_sft=each.kl_sft,
                tokens=each.tokens,
            )
            for each in made
        ),
    )


def stages(made: Sequence[experiment.Examined]) -> ThroughStages:
    return ThroughStages(
        exams=tuple(
            ThroughExam(
                name=each.stage,
                title=experiment.title(each.stage),
                model=experiment.model_of(each.stage),
                exact=each.exact,
                carried=each.carried,
                plain=each.plain,
                chance=each.chance,
                in_parts=each.in_parts,
                kl_base=each.kl_base,
                kl_sft=each.kl_sft,
            )
            for each in made
        ),
        held_out=len(experiment.held_out()),
        few=len(experiment.few()),
        parameters=experiment.parameters(),
        points=tuple(
            ThroughPoint(stage=each.stage, seed=each.seed, step=each.step, exact=each.exact, sampled=each.sampled)
            for each in experiment.recorded()
            if each.stage in STAGES
        ),
        pairs="a right answer over a wrong one, both drawn from the SFT model",
    )
