"""Two trainings on the same pairs, as far as they have come."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.corpora.preferences import RULES
from explorer.experiments.finetuning.preference_runs import AT_ONCE, DRAWN, NEW, Arm, Both
from explorer.experiments.finetuning.preferring import BLOCKS
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class PreferencePoint(Payload):
    """Where one stands on the held-out pairs: mean log-ratios in nats, KL in nats a token."""

    step: int
    chosen: float
    rejected: float
    right: float
    """Share of pairs with a margin above 0."""
    kl: float
    said: str


@dataclass(frozen=True, kw_only=True)
class PreferenceRun(Payload):
    """One loss."""

    name: str
    title: str
    losses: tuple[float, ...]
    chosen: tuple[float, ...]
    """Of each step's batch, before the step: mean log-ratios, and the norm of the gradient."""
    rejected: tuple[float, ...]
    norms: tuple[float, ...]
    points: tuple[PreferencePoint, ...]
    stopped: str


@dataclass(frozen=True, kw_only=True)
class PreferenceRuns(Payload):
    """Both."""

    rule: str
    about: str
    ask: str
    runs: tuple[PreferenceRun, ...]
    steps: int
    pairs: int
    held_out: int
    at_once: int
    blocks: int
    trained: int
    """Numbers of each adapter."""
    drawn: int
    """Answers along which KL is measured, and their tokens at most."""
    new_tokens: int
    done: bool


def runs(made: Both) -> PreferenceRuns:
    return PreferenceRuns(
        rule=made.recipe.rule,
        about=RULES[made.recipe.rule].about,
        ask=made.ask,
        runs=tuple(_run(arm) for arm in made.arms),
        steps=made.recipe.steps,
        pairs=made.recipe.pairs,
        held_out=len(made.held),
        at_once=AT_ONCE,
        blocks=min(BLOCKS, made.decoder.config.n_layers),
        trained=sum(each.numel() for each in made.arms[0].policy.parameters()),
        drawn=DRAWN,
        new_tokens=NEW,
        done=made.done,
    )


def _run(arm: Arm) -> PreferenceRun:
    curve = arm.run.progress.curve
    return PreferenceRun(
        name=arm.method,
        title=arm.title,
        losses=tuple(each.losses[arm.method] for each in curve),
        chosen=tuple(each.measures["chosen"] for each in curve),
        rejected=tuple(each.measures["rejected"] for each in curve),
        norms=tuple(each.grad_norm for each in curve),
        points=tuple(PreferencePoint(**vars(each)) for each in arm.measured),
        stopped=arm.stopped,
    )
