"""What each rank holds in a step, moment by moment, and what travels in between."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.systems.data_parallel import Compared, Ran
from explorer.figures.payload import Payload
from explorer.stack.parallelism.shard import Kind
from explorer.stack.parallelism.zero_memory import bytes_a_weight, volume
from explorer.stack.worst import worst


@dataclass(frozen=True, kw_only=True)
class ParallelHeld:
    """Bytes of one rank."""

    weights: int
    gathered: int
    gradients: int
    optimizer: int
    activations: int


@dataclass(frozen=True, kw_only=True)
class ParallelMoment:
    """What the ranks did, and what each holds after it."""

    kind: Kind
    unit: str
    held: tuple[ParallelHeld, ...]
    """By rank."""
    whole: tuple[str, ...]
    """Units whose weights every rank has whole."""
    summing: tuple[str, ...]
    """Units whose gradient every rank has whole."""
    summed: tuple[str, ...]
    """Units of which every rank has its part of the summed gradient."""


@dataclass(frozen=True, kw_only=True)
class ParallelCollective:
    """One collective."""

    name: str
    unit: str
    bytes: int
    """Of the whole tensor."""
    formula: float
    """That each rank sends."""
    socket: int | None
    """That crossed the socket, of all ranks; None: not measured."""


@dataclass(frozen=True, kw_only=True)
class ParallelStage:
    """One stage as it ran."""

    stage: int
    loss: float
    moments: tuple[ParallelMoment, ...]
    collectives: tuple[ParallelCollective, ...]
    sent: tuple[float, ...]
    """Bytes of weights and gradients that each rank sent."""
    socket: int | None
    formula_held: ParallelHeld
    """At the end of the backward pass, by the formula."""
    a_weight: float
    """Bytes a weight, by the formula."""
    volume: int
    """What is sent, in units of (N-1)/N times the weights' bytes."""
    error: float
    """The largest of its units' gradients, relative to one process's."""


@dataclass(frozen=True, kw_only=True)
class ParallelStep(Payload):
    """One step in every stage."""

    model: str
    ranks: int
    precision: str
    rows: int
    length: int
    parameters: int
    units: tuple[str, ...]
    """In the order of the forward pass."""
    alone: float
    """One process's loss."""
    stages: tuple[ParallelStage, ...]
    whole: bool


def step(made: Compared) -> ParallelStep:
    rows, length = made.subject.windows.shape
    ran = made.stages[0]
    units = tuple(ran.gradients)
    return ParallelStep(
        model=made.subject.title,
        ranks=made.ranks,
        precision=made.precision,
        rows=rows,
        length=length - 1,
        parameters=sum(each.numel() for each in made.subject.weights.values()),
        units=units,
        alone=made.alone,
        stages=tuple(_stage(each, made) for each in made.stages),
        whole=made.done,
    )


def _stage(ran: Ran, made: Compared) -> ParallelStage:
    moments = tuple(
        ParallelMoment(
            kind=did[0].kind,
            unit=did[0].unit,
            held=tuple(
                ParallelHeld(
                    weights=each.held.weights,
                    gathered=each.held.gathered,
                    gradients=each.held.gradients,
                    optimizer=each.held.optimizer,
                    activations=each.held.activations,
                )
                for each in did
            ),
            whole=did[0].whole,
            summing=did[0].summing,
            summed=did[0].summed,
        )
        for did in zip(*ran.moments, strict=True)
    )
    collectives = tuple(
        ParallelCollective(name=each.name, unit=each.what, bytes=each.bytes, formula=each.formula, socket=each.socket)
        for each in ran.records
    )
    return ParallelStage(
        stage=ran.stage,
        loss=ran.loss,
        moments=moments,
        collectives=collectives,
        sent=ran.sent,
        socket=ran.socket,
        formula_held=ParallelHeld(
            weights=round(ran.whole.weights),
            gathered=0,
            gradients=round(ran.whole.gradients),
            optimizer=round(ran.whole.optimizer) + ran.counters,
            activations=0,
        ),
        a_weight=bytes_a_weight(ran.stage, made.ranks, made.precision).total,
        volume=volume(ran.stage),
        error=worst(ran.gradients.values()),
    )
