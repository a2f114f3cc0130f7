"""When each bucket's sum begins while the backward pass goes on, and what more ranks and rows cost."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.systems.bucket_overlap import Course, Timed
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class OverlapSum:
    """One bucket of one rank, in milliseconds from the beginning of the step."""

    first: str
    last: str
    weights: int
    """Tensors in it."""
    bytes: int
    ready: float
    start: float
    done: float


@dataclass(frozen=True, kw_only=True)
class OverlapRank:
    """One rank's step, in milliseconds."""

    began: float
    backward: float
    ended: float
    finished: float
    sums: tuple[OverlapSum, ...]


@dataclass(frozen=True, kw_only=True)
class OverlapScale:
    """A step's measured time."""

    ranks: int
    rows: int
    ms: float
    times: float
    """One rank's time on as many rows over this."""


@dataclass(frozen=True, kw_only=True)
class OverlapStep(Payload):
    model: str
    ranks: int
    rows: int
    length: int
    overlapped: tuple[OverlapRank, ...]
    after: tuple[OverlapRank, ...]
    """Where sums wait for the end of the backward pass."""
    hidden: float
    """Share of the sums' time that lies within the backward pass, on rank 0."""
    scaling: tuple[OverlapScale, ...]


def overlap(made: Timed) -> OverlapStep:
    rows, length = made.subject.windows.shape
    first = made.overlapped[0]
    busy = sum(each.done - each.start for each in first.sums)
    inside = sum(min(each.done, first.ended) - each.start for each in first.sums if each.start < first.ended)
    return OverlapStep(
        model=made.subject.title,
        ranks=made.ranks,
        rows=rows,
        length=length - 1,
        overlapped=tuple(map(_rank, made.overlapped)),
        after=tuple(map(_rank, made.after)),
        hidden=inside / busy,
        scaling=tuple(
            OverlapScale(ranks=ranks, rows=count, ms=1e3 * seconds, times=made.scaling[1][count] / seconds)
            for ranks, by in made.scaling.items()
            for count, seconds in by.items()
        ),
    )


def _rank(course: Course) -> OverlapRank:
    return OverlapRank(
        began=1e3 * course.began,
        backward=1e3 * course.backward,
        ended=1e3 * course.ended,
        finished=1e3 * course.finished,
        sums=tuple(
            OverlapSum(
                first=each.names[0],
                last=each.names[-1],
                weights=len(each.names),
                bytes=each.bytes,
                ready=1e3 * each.ready,
                start=1e3 * each.start,
                done=1e3 * each.done,
            )
            for each in course.sums
        ),
    )
