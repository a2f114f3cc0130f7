"""Two runs as pictures: quantile bands of every tensor over the steps, and the difference of their losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from explorer.experiments.checkpoints import Kept
from explorer.experiments.pretraining.twin_runs import EMBEDDING, KINDS, MATRICES, Side, TwinRuns
from explorer.experiments.side_by_side import windows
from explorer.figures.checkpoints import TrainedCheckpoint, checkpoints_of
from explorer.figures.payload import Payload
from explorer.figures.pretraining.seed_course import SeedCourse, seed_course
from explorer.stack.pretraining.quantile_bands import LEVELS


@dataclass(frozen=True, kw_only=True)
class RunsDiffer:
    """What both runs are."""

    what: str
    values: tuple[str, str]
    """Of the one thing, in the first run and in the second."""
    fork: int
    """After so many steps; 0: from the first."""
    steps: int
    seed: int
    layers: int
    width: int
    rows: int
    context: int
    texts: str
    parameters: int
    held_tokens: int
    optimizer: str
    rate: float


@dataclass(frozen=True, kw_only=True)
class RunCurve:
    """One run of one seed so far."""

    name: str
    seed: int
    losses: list[float]
    """Of each step's batch; nats a byte."""
    rates: list[float]
    grad_norms: list[float]
    """Before clipping."""
    measured: list[int]
    held: list[float]
    stopped: str
    """Why it does not go on, if it does not."""


@dataclass(frozen=True, kw_only=True)
class RunBands:
    """The tensors of one run, time by time."""

    steps: list[int]
    quantiles: Float[ndarray, "tensor step level"]


@dataclass(frozen=True, kw_only=True)
class TwinRunsBands(Payload):
    differ: RunsDiffer
    kinds: list[str]
    matrices: list[str]
    """Of a block; the embedding comes last."""
    levels: list[float]
    curves: list[RunCurve]
    bands: list[RunBands]
    """Of both; the tensors are those of `tensor_at`: kind after kind, block after block, then the embedding."""
    checkpoints: list[TrainedCheckpoint]


@dataclass(frozen=True, kw_only=True)
class TwinRunsDifference(Payload):
    differ: RunsDiffer
    seeds: int
    curves: list[RunCurve]
    """Of both runs, seed by seed."""
    course: SeedCourse | None
    """The second run less the first, over the seeds that have ended."""
    checkpoints: list[TrainedCheckpoint]


def bands(made: TwinRuns, kept: Sequence[Kept] = ()) -> TwinRunsBands:
    return TwinRunsBands(
        differ=_differ(made),
        kinds=[*KINDS],
        matrices=[*MATRICES, EMBEDDING],
        levels=[*LEVELS],
        curves=[_curve(side) for side in made.pairs[0]],
        bands=[_bands(side) for side in made.pairs[0]],
        checkpoints=checkpoints_of(kept),
    )


def difference(made: TwinRuns, kept: Sequence[Kept] = ()) -> TwinRunsDifference:
    ended = [pair for pair in made.pairs if all(side.ended for side in pair)]
    pairs = ended or made.pairs[:1]
    points = min(len(side.held) for pair in pairs for side in pair)
    first, second = ([pair[at].held[:points] for pair in pairs] for at in (0, 1))
    return TwinRunsDifference(
        differ=_differ(made),
        seeds=made.asked.seeds,
        curves=[_curve(side) for pair in made.pairs for side in pair],
        course=seed_course(pairs[0][0].steps_measured[:points], first, second),
        checkpoints=checkpoints_of(kept),
    )


def tensor_names(layers: int) -> list[tuple[str, str]]:
    """Kind and module of each, in the payload's order."""
    modules = [*(f"blocks.{at}.{name}" for at in range(layers) for name in MATRICES.values()), EMBEDDING]
    return [(kind, module) for kind in KINDS for module in modules]


def _bands(side: Side) -> RunBands:
    watched, names = side.watched, tensor_names(side.run.described.shape.layers)
    found = [np.stack([*(each.numpy() for each in watched.bands[key])]) for key in names if key in watched.bands]
    empty = np.empty((len(names), 0, len(LEVELS)))
    return RunBands(steps=list(watched.steps), quantiles=(np.stack(found) if found else empty).astype(np.float32))


def _curve(side: Side) -> RunCurve:
    progress = side.run.progress
    return RunCurve(
        name=side.run.name,
        seed=side.run.described.at(side.run.described.steps).seed,
        losses=list(side.run.losses),
        rates=[each.lr for each in progress.curve],
        grad_norms=[each.grad_norm for each in progress.curve],
        measured=side.steps_measured,
        held=side.held,
        stopped=str(side.stopped or ""),
    )


def _differ(made: TwinRuns) -> RunsDiffer:
    first, asked = made.asked.first, made.asked
    return RunsDiffer(
        what=asked.what,
        values=(str(getattr(first, asked.what)), str(asked.value)),
        fork=asked.fork,
        steps=first.steps,
        seed=first.seed,
        layers=first.shape.layers,
        width=first.shape.width,
        rows=first.rows,
        context=first.context,
        texts=first.text,
        parameters=made.pairs[0][0].run.parameters,
        held_tokens=windows(made.texts.course(first))[:, 1:].numel(),
        optimizer=first.optimizer,
        rate=first.rate,
    )
