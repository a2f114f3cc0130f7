"""Bugs of training code as pictures: one step with and without, and both trainings' losses over their seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from numpy import ndarray

from explorer.experiments.checkpoints import Kept
from explorer.experiments.pretraining import document_rows
from explorer.experiments.pretraining.bug_evidence import Evidence
from explorer.experiments.pretraining.training_bugs import ARMS, PEAK, RIGHT, WRONG, Bugged, Trainee
from explorer.figures.checkpoints import TrainedCheckpoint, checkpoints_of
from explorer.figures.payload import Payload
from explorer.figures.pretraining.seed_course import SeedCourse, seed_course


@dataclass(frozen=True, kw_only=True)
class BugPart:
    """The weights of one part of the decoder; pairs are right and wrong."""

    name: str
    weights: int
    gradients: tuple[float, float]
    gradient_apart: float
    """The norm of the gradients' difference by that of the right one."""
    cosine: float
    moved: tuple[float, float]
    moved_apart: float
    changed: tuple[int, int]
    """Weights that are others after the step."""
    decay: tuple[float, float]
    """The norm of what weight decay changes of the step, by that of the weights."""


@dataclass(frozen=True, kw_only=True)
class BugRow:
    """A row of the batch, and what each of its tokens counts for in the loss."""

    tokens: int
    loss: float
    right: float
    wrong: float


@dataclass(frozen=True, kw_only=True)
class BugLabel:
    """What a position is asked for: bytes."""

    id: int
    right: int
    wrong: int
    right_nats: float
    wrong_nats: float


@dataclass(frozen=True, kw_only=True)
class BugBorders:
    """A row of documents read without a mask."""

    ids: list[int]
    documents: list[int]
    pattern: Float[ndarray, "query key"]
    """Mean over heads and blocks."""
    over: Float[ndarray, " query"]
    """The share that goes over a border."""
    pairs: int
    all_pairs: int


@dataclass(frozen=True, kw_only=True)
class BugEvidence(Payload):
    bug: str
    seed: int
    opened: int
    """The step, counted from 1."""
    steps: int
    weight_decay: float
    losses: tuple[float, float]
    """As the training reports it before the step: right and wrong."""
    rates: tuple[float, float]
    """Of the step."""
    parts: list[BugPart]
    rows: list[BugRow]
    labels: list[BugLabel]
    warmup: list[tuple[float, float]]
    """Rates from the first step on."""
    borders: BugBorders | None


@dataclass(frozen=True, kw_only=True)
class BugRun:
    """One training so far."""

    seed: int
    losses: list[float]
    """As the training reports them; nats a byte."""
    measured: list[int]
    held: list[float]
    gains: list[float]
    """Root mean squares of the weights at each time."""
    embedding: list[float]
    matrices: list[float]


@dataclass(frozen=True, kw_only=True)
class BugArm:
    name: str
    runs: list[BugRun]


@dataclass(frozen=True, kw_only=True)
class BugCurves(Payload):
    bug: str
    steps: int
    seeds: int
    seed: int
    weight_decay: float
    peak: float
    bytes_per_step: int
    held_bytes: int
    parameters: int
    arms: list[BugArm]
    course: SeedCourse | None
    """Wrong less right, over the seeds that have ended."""
    checkpoints: list[TrainedCheckpoint]


def evidence(made: Evidence) -> BugEvidence:
    borders = made.borders
    return BugEvidence(
        bug=made.asked.bug,
        seed=made.asked.seed,
        opened=made.opened,
        steps=made.asked.steps,
        weight_decay=made.asked.weight_decay,
        losses=(made.right.loss, made.wrong.loss),
        rates=(made.right.rate, made.wrong.rate),
        parts=[BugPart(**vars(each)) for each in made.parts],
        rows=[BugRow(**vars(each)) for each in made.rows],
        labels=[BugLabel(**vars(each)) for each in made.labels],
        warmup=list(made.rates),
        borders=None
        if borders is None
        else BugBorders(
            ids=borders.ids.tolist(),
            documents=borders.documents.tolist(),
            pattern=borders.pattern.numpy(),
            over=borders.over.numpy(),
            pairs=borders.pairs,
            all_pairs=borders.all_pairs,
        ),
    )


def curves(made: Bugged, kept: Sequence[Kept] = ()) -> BugCurves:
    asked = made.asked
    return BugCurves(
        bug=asked.bug,
        steps=asked.steps,
        seeds=asked.seeds,
        seed=asked.seed,
        weight_decay=asked.weight_decay,
        peak=PEAK,
        bytes_per_step=made.course.batches.n_ctx * made.course.batches.rows,
        held_bytes=held_bytes(),
        parameters=made.arms[0].parameters,
        arms=[BugArm(name=name, runs=[_run(arm) for arm in made.arms if arm.name == name]) for name in ARMS],
        course=_course(made),
        checkpoints=checkpoints_of(kept),
    )


def held_bytes() -> int:
    from explorer.stack.pretraining.documents import counts

    return int(counts(document_rows.held_rows()).sum())


def _course(made: Bugged) -> SeedCourse | None:
    """Over the seeds that have ended; before the first has, over what it has."""
    by = {name: [arm for arm in made.arms if arm.name == name] for name in ARMS}
    ended = [arm for arm in by[WRONG] if arm.steps_measured[-1:] == [made.asked.steps]]
    if not ended:
        points = min(len(by[name][0].held) for name in ARMS)
        steps = by[RIGHT][0].steps_measured[:points]
        return seed_course(steps, [by[RIGHT][0].held[:points]], [by[WRONG][0].held[:points]])
    held = {name: [arm.held for arm in by[name][: len(ended)]] for name in ARMS}
    return seed_course(ended[0].steps_measured, held[RIGHT], held[WRONG])


def _run(arm: Trainee) -> BugRun:
    return BugRun(
        seed=arm.seed,
        losses=list(arm.losses),
        measured=list(arm.steps_measured),
        held=list(arm.held),
        gains=[each.gains for each in arm.sizes],
        embedding=[each.embedding for each in arm.sizes],
        matrices=[each.matrices for each in arm.sizes],
    )
