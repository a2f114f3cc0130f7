"""What filtering buys: what a filter removes, two trainings a seed, and their difference beside its spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.checkpoints import Kept
from explorer.experiments.pretraining.filtering import ALL, ARMS, KEPT, N_CTX, ROWS, Filtering, Side
from explorer.figures.checkpoints import TrainedCheckpoint, checkpoints_of
from explorer.figures.payload import Payload
from explorer.figures.transformer.seed_differences import SeedDifference, seed_difference


@dataclass(frozen=True, kw_only=True)
class FilteringKind:
    """Documents of one kind."""

    kind: str
    documents: int
    bytes: int
    removed: int


@dataclass(frozen=True, kw_only=True)
class FilteringRun:
    """One training so far."""

    seed: int
    losses: list[float]
    """Of each step's batch; nats a byte."""
    measured: list[int]
    """Steps done when what is held out was asked."""
    held: list[float]


@dataclass(frozen=True, kw_only=True)
class FilteringArm:
    """One side of the filter."""

    name: str
    """all or kept."""
    documents: int
    bytes: int
    epochs: float
    """How often its text is read in one training."""
    runs: list[FilteringRun]


@dataclass(frozen=True, kw_only=True)
class FilteringTraining(Payload):
    filter: str
    steps: int
    seeds: int
    seed: int
    bytes_per_step: int
    held_bytes: int
    parameters: int
    by_frequency: float
    """Held-out loss of guessing each byte by how often it occurs in the crawl."""
    kinds: list[FilteringKind]
    arms: list[FilteringArm]
    difference: SeedDifference | None
    """The filtered side less the other, over the seeds that have ended."""
    beyond: bool
    """Whether the difference is larger than half of its interval."""
    checkpoints: list[TrainedCheckpoint]


def shown(made: Filtering, kept: Sequence[Kept] = ()) -> FilteringTraining:
    asked = made.asked
    found = difference(made)
    return FilteringTraining(
        filter=asked.filter,
        steps=asked.steps,
        seeds=asked.seeds,
        seed=asked.seed,
        bytes_per_step=N_CTX * ROWS,
        held_bytes=made.sample.numel(),
        parameters=made.arms[0].parameters,
        by_frequency=made.by_frequency,
        kinds=[FilteringKind(**vars(each)) for each in made.kinds],
        arms=[_arm(name, made) for name in ARMS],
        difference=found,
        beyond=found is not None and found.half is not None and abs(found.mean) > found.half,
        checkpoints=checkpoints_of(kept),
    )


def difference(made: Filtering) -> SeedDifference | None:
    ends = {
        name: [arm.held[-1] for arm in made.arms if arm.name == name and arm.steps_measured[-1:] == [made.asked.steps]]
        for name in ARMS
    }
    pairs = list(zip(ends[KEPT], ends[ALL], strict=False))  # the last seed's may have ended on one side alone
    return seed_difference(KEPT, [kept - everything for kept, everything in pairs]) if pairs else None


def _arm(name: str, made: Filtering) -> FilteringArm:
    documents, size = made.sides[name]
    return FilteringArm(
        name=name,
        documents=documents,
        bytes=size,
        epochs=made.asked.steps * N_CTX * ROWS / max(1, size),
        runs=[_run(arm) for arm in made.arms if arm.name == name],
    )


def _run(arm: Side) -> FilteringRun:
    return FilteringRun(seed=arm.seed, losses=list(arm.losses), measured=list(arm.steps_measured), held=list(arm.held))
