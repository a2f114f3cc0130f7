"""A run as pictures: its curves, how fast it is, what it writes, where it may be forked; and the range test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.checkpoints import Kept
from explorer.experiments.pretraining.live_run import LiveRun
from explorer.experiments.pretraining.rate_finder import Found
from explorer.experiments.pretraining.run_training import Trained
from explorer.experiments.pretraining.small_run import SmallRun
from explorer.figures.checkpoints import TrainedCheckpoint, checkpoints_of
from explorer.figures.payload import Payload
from explorer.stack.pretraining.batches import held_out_windows
from explorer.stack.pretraining.compute import parts


@dataclass(frozen=True, kw_only=True)
class RunShape:
    """What is trained, and on what."""

    parameters: int
    layers: int
    width: int
    heads: int
    kv_heads: int
    hidden: int
    experts: int
    active: int
    d_vocab: int
    unit: str
    """byte or token."""
    text: str
    optimizer: str
    rate: float
    rows: int
    context: int
    seed: int
    kinds: int
    """Of text, each measured by itself."""
    held_tokens: int


@dataclass(frozen=True, kw_only=True)
class RunChange:
    """Of a fork."""

    step: int
    what: str
    value: str


@dataclass(frozen=True, kw_only=True)
class RunSample:
    """What it wrote after that step."""

    step: int
    given: str
    written: str


@dataclass(frozen=True, kw_only=True)
class RunSpeed:
    """How fast it is, of its last steps."""

    tokens_per_second: float
    mfu: float | None
    """None until the machine's speed is known."""
    peak: float | None
    """Operations a second: the most that this machine was seen to compute."""
    flops_of_a_token: float
    """6 N + 12 L H Q T."""


@dataclass(frozen=True, kw_only=True)
class RunWork:
    """What one kind of product takes of a step's operations."""

    name: str
    share: float


@dataclass(frozen=True, kw_only=True)
class RunStopped:
    """Where a number was none."""

    step: int
    tensor: str


@dataclass(frozen=True, kw_only=True)
class TrainedRun(Payload):
    of: RunShape
    steps: int
    done: bool
    went_on: int
    """The step that it went on from, here and now."""
    stopped: RunStopped | None
    losses: list[float]
    """Of each step's batch, before the step; nats."""
    grad_norms: list[float]
    """Before clipping."""
    rates: list[float]
    tokens: int
    measured: list[int]
    """Steps done when the held-out passages were asked."""
    held: list[float]
    ln_v: float
    by_frequency: float
    changes: list[RunChange]
    parent: list[float]
    """Losses of the run that a fork left."""
    speed: RunSpeed | None
    work: list[RunWork]
    samples: list[RunSample]
    kept: list[int]
    """Steps of which a state is here."""
    unkept: bool
    """The last state could not be written."""
    checkpoints: list[TrainedCheckpoint]


@dataclass(frozen=True, kw_only=True)
class RateRange(Payload):
    of: RunShape
    steps: int
    low: float
    high: float
    ended: bool
    stopped: str
    """What was no number."""
    rates: list[float]
    losses: list[float]
    smoothed: list[float]
    lowest: int
    steepest: int | None


def run(made: Trained, kept: Sequence[Kept]) -> TrainedRun:
    live, curve = made.run, made.run.progress.curve
    described, evaluations = live.described, live.progress.evaluations
    return TrainedRun(
        of=_shape(made.run.described, made.run),
        steps=described.steps,
        done=live.done,
        went_on=made.went_on,
        stopped=None if made.stopped is None else RunStopped(step=made.stopped.step, tensor=made.stopped.tensor),
        losses=[each.losses["lm"] for each in curve],
        grad_norms=[each.grad_norm for each in curve],
        rates=[each.lr for each in curve],
        tokens=live.progress.tokens,
        measured=[each.step for each in evaluations],
        held=[each.mean for each in evaluations],
        ln_v=math.log(live.texts.d_vocab),
        by_frequency=made.by_frequency,
        changes=[RunChange(step=each.step, what=each.what, value=str(each.value)) for each in described.changes],
        parent=[each.losses["lm"] for each in made.parent],
        speed=_speed(made),
        work=_work(made),
        samples=[RunSample(step=each.step, given=each.given, written=each.written) for each in made.samples],
        kept=sorted(made.kept),
        unkept=made.unkept,
        checkpoints=checkpoints_of(kept),
    )


def finder(found: Found) -> RateRange:
    schedule = found.run.described.settings().schedule
    return RateRange(
        of=_shape(found.run.described, found.run),
        steps=found.steps,
        low=schedule.floor,
        high=schedule.peak,
        ended=found.ended,
        stopped=found.stopped,
        rates=found.rates,
        losses=found.losses,
        smoothed=found.smoothed,
        lowest=found.lowest if found.losses else 0,
        steepest=found.steepest if found.losses else None,
    )


def _shape(described: SmallRun, live: LiveRun) -> RunShape:
    config, course = live.model.config, live.texts.course(described.at(max(live.progress.step - 1, 0)))
    held = [held_out_windows(each, course.n_ctx, course.measured)[:, 1:].numel() for each in course.held.values()]
    return RunShape(
        parameters=live.parameters,
        layers=config.n_layers,
        width=config.d_model,
        heads=config.n_heads,
        kv_heads=config.n_kv_heads,
        hidden=config.d_mlp,
        experts=config.n_experts,
        active=config.k,
        d_vocab=config.d_vocab,
        unit="byte" if described.shape.vocabulary == "bytes" else "token",
        text=described.text,
        optimizer=described.optimizer,
        rate=described.rate,
        rows=described.rows,
        context=described.context,
        seed=described.seed,
        kinds=len(course.held),
        held_tokens=sum(held),
    )


def _speed(made: Trained) -> RunSpeed | None:
    if (rate := made.tokens_per_second) is None:
        return None
    return RunSpeed(
        tokens_per_second=rate,
        mfu=made.mfu,
        peak=made.speed.flops.best if made.speed else None,
        flops_of_a_token=made.flops_of_a_token,
    )


def _work(made: Trained) -> list[RunWork]:
    found = parts(made.run.model.config, made.run.described.context)
    whole = sum(each.flops for each in found)
    return [RunWork(name=each.name, share=each.flops / whole) for each in found]
