"""Pipelines in time, as the page draws them: simulated, and as processes ran them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from jaxtyping import Float, Int
from numpy import ndarray

from explorer.experiments.systems.pipeline_parallel import Compared, Ran
from explorer.figures.payload import Payload
from explorer.stack.parallelism.pipeline.actions import write
from explorer.stack.parallelism.pipeline.bubble import NAMED, Named, Size, shares
from explorer.stack.parallelism.pipeline.simulate import Costs, Run, keeping, kept, simulate


@dataclass(frozen=True, kw_only=True)
class PipelineBar:
    """One action in time; two that run together have one time."""

    text: str
    op: str
    stage: int
    microbatch: int
    start: float
    end: float
    half: int
    """0: alone; 1 and 2: the upper and the lower of two."""
    processor: float | None
    """Seconds of it in which the rank had a core, where that was measured."""


@dataclass(frozen=True, kw_only=True)
class PipelineRank:
    """One rank's row."""

    stages: str
    bars: tuple[PipelineBar, ...]
    times: Float[ndarray, " change"]
    """When the number of kept micro-batches changes."""
    keeps: Int[ndarray, " change"]
    most: int


@dataclass(frozen=True, kw_only=True)
class PipelineChart:
    """A schedule in time."""

    ranks: tuple[PipelineRank, ...]
    step: float
    of_step: float
    over_work: float


def chart(run: Run, processors: Sequence[Sequence[float]] | None = None) -> PipelineChart:
    rows: list[PipelineRank] = []
    for rank, bars in enumerate(run.bars):
        changes = keeping(bars)
        rows.append(
            PipelineRank(
                stages=", ".join(str(each) for each in run.schedule.stages_of(rank)),
                bars=tuple(
                    PipelineBar(
                        text=str(each),
                        op=each.op,
                        stage=each.stage,
                        microbatch=each.microbatch,
                        start=bar.start,
                        end=bar.end,
                        half=half + 1 if len(bar.slot) > 1 else 0,
                        processor=processors[rank][at] if processors else None,
                    )
                    for at, bar in enumerate(bars)
                    for half, each in enumerate(bar.slot)
                ),
                times=np.array([at for at, _ in changes], dtype=np.float32),
                keeps=np.array([count for _, count in changes], dtype=np.int32),
                most=kept(bars),
            )
        )
    return PipelineChart(ranks=tuple(rows), step=run.step, of_step=run.idle_of_step, over_work=run.idle_over_work)


@dataclass(frozen=True, kw_only=True)
class PipelineOther:
    """A schedule of the same size."""

    key: str
    name: str
    paper: str
    step: float | None
    """None: it cannot be, as `refused` says."""
    of_step: float | None
    over_work: float | None
    idle: float | None
    """As its paper counts it: simulated."""
    said: float | None
    """By its paper's formula."""
    exact: bool
    """Whether the formula holds for these times."""
    own_span: bool
    keeps: float | None
    """Micro-batches of all of a rank's blocks."""
    keeps_said: float
    refused: str


@dataclass(frozen=True, kw_only=True)
class PipelineScheduled(Payload):
    key: str
    name: str
    paper: str
    size: str
    microbatches: int
    chart: PipelineChart | None
    refused: str
    rows: tuple[str, ...]
    others: tuple[PipelineOther, ...]


def scheduled(named: Named, size: Size, costs: Costs) -> PipelineScheduled:
    refused, made = "", None
    try:
        made = simulate(named.make(size), shares(costs, named.chunks(size)))
    except ValueError as error:
        refused = f"{str(error)[0].upper()}{str(error)[1:]}."
    return PipelineScheduled(
        key=named.key,
        name=named.name,
        paper=named.paper,
        size=f"{size.ranks} ranks, {size.microbatches} micro-batches",
        microbatches=size.microbatches,
        chart=made and chart(made),
        refused=refused,
        rows=tuple(write(row) for row in made.schedule.rows) if made else (),
        others=tuple(_other(each, size, costs) for each in NAMED),
    )


def _other(named: Named, size: Size, costs: Costs) -> PipelineOther:
    refused, run = "", None
    try:
        run = simulate(named.make(size), shares(costs, named.chunks(size)))
    except ValueError as error:
        refused = str(error)
    equal = costs.forward == costs.gradient == costs.weight and costs.together is None
    return PipelineOther(
        key=named.key,
        name=named.name,
        paper=named.paper,
        step=run and run.step,
        of_step=run and run.idle_of_step,
        over_work=run and run.idle_over_work,
        idle=run and named.idle_of(run),
        said=named.idle(size, costs) if run else None,
        exact=costs.link == 0 and (equal or not named.equal),
        own_span=named.own_span,
        keeps=run and max(kept(row) for row in run.bars) / named.chunks(size),
        keeps_said=float(named.kept(size)),
        refused=refused,
    )


@dataclass(frozen=True, kw_only=True)
class PipelineKept:
    """Activations on one rank."""

    rank: int
    blocks: str
    bytes: float
    """At its peak."""
    other: float | None
    """With the other schedule."""


@dataclass(frozen=True, kw_only=True)
class PipelineMeasured(Payload):
    key: str
    name: str
    other: str
    title: str
    tokens: int
    microbatches: int
    chart: PipelineChart | None
    simulated: PipelineChart | None
    """With the times that other repeats took, hand-over included."""
    cores: PipelineChart | None
    """As if every rank had a core: each kind of action costs its median processor time."""
    repeat: int
    seconds: Float[ndarray, " repeat"]
    others: Float[ndarray, " repeat"]
    typical: float | None
    """Median of the repeats that the simulation has not seen."""
    kept: tuple[PipelineKept, ...]
    differs: int | None
    """Slots that torch's list has otherwise; None: torch has no such schedule."""
    last: int
    """Of these, on the last rank."""
    done: bool


def measured(
    made: Compared, key: str, other: str, names: dict[str, str], repeat: int, differs: tuple[int, int] | None
) -> PipelineMeasured:
    ran = made.ran[key]
    seconds = np.array(ran.seconds, dtype=np.float32)
    at = min(repeat, len(ran.steps) - 1) if repeat >= 0 else (ran.typical if ran.steps else -1)
    enough = len(ran.steps) >= 2
    return PipelineMeasured(
        key=key,
        name=names[key],
        other=names.get(other, ""),
        title=made.subject.title,
        tokens=made.subject.tokens,
        microbatches=ran.schedule.n_microbatches,
        chart=chart(ran.runs[at], [[each.processor for each in row] for row in ran.steps[at]]) if at >= 0 else None,
        simulated=chart(ran.predicted(range(0, len(ran.steps), 2))) if enough else None,
        cores=chart(ran.alone()) if at >= 0 else None,
        repeat=at,
        seconds=seconds,
        others=np.array(made.ran[other].seconds if other in made.ran else [], dtype=np.float32),
        typical=median(ran.seconds[1::2]) if enough else None,
        kept=_kept(ran, made.ran.get(other), made.subject.config.n_layers),
        differs=differs and differs[0],
        last=differs[1] if differs else 0,
        done=made.done,
    )


def _kept(ran: Ran, other: Ran | None, layers: int) -> tuple[PipelineKept, ...]:
    from explorer.stack.parallelism.pipeline.stage import shares as blocks

    split = blocks(layers, ran.schedule.n_stages)
    return tuple(
        PipelineKept(
            rank=rank,
            blocks=", ".join(
                f"{split[stage].start}–{split[stage].stop - 1}" if len(split[stage]) > 1 else str(split[stage].start)
                for stage in ran.schedule.stages_of(rank)
            ),
            bytes=float(max(ran.kept[rank])),
            other=float(max(other.kept[rank])) if other else None,
        )
        for rank in range(ran.schedule.n_ranks)
    )
