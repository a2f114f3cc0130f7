"""Data parallelism in time: when each bucket's sum begins while the backward pass goes on, and how steps scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems.data_parallel import one_process
from explorer.experiments.systems.parallel_subject import Subject
from explorer.experiments.systems.ranks import TRAINS, Message, Ranks
from explorer.stack.parallelism.units import shares
from explorer.stack.worst import worst

OVERLAP = "explorer.experiments.systems.bucket_rank:overlap"
SCALING = "explorer.experiments.systems.bucket_rank:scaling"
ROUNDS = 7


@dataclass(frozen=True)
class Sum:
    """One bucket of one rank, in seconds from the first rank's beginning."""

    names: tuple[str, ...]
    bytes: int
    ready: float
    """When its last gradient was there."""
    start: float
    """When its sum was begun."""
    done: float


@dataclass(frozen=True)
class Course:
    """A step of one rank, in seconds from the first rank's beginning."""

    began: float
    backward: float
    ended: float
    """The end of the backward pass."""
    finished: float
    """All sums are there."""
    sums: tuple[Sum, ...]


@dataclass(frozen=True, eq=False)
class Timed:
    """What came of it."""

    subject: Subject
    ranks: int
    overlapped: tuple[Course, ...]
    """By rank: the step whose length is the median."""
    after: tuple[Course, ...]
    """The same where sums wait for the end of the backward pass."""
    loss: float
    alone: float
    gradients: float
    """The largest difference of a weight's gradient from one process's, relative to its length."""
    scaling: Mapping[int, Mapping[int, float]]
    """Median seconds of a step, by ranks and rows."""


def timed(subject: Subject, ranks: int, bucket: int, rounds: int = ROUNDS, progress: Ticks = unheard) -> Timed:
    """`bucket`: bytes. Raises ValueError where the rows are too few, RanksError where a rank is lost."""
    shares(len(subject.windows), ranks)
    _, alone, wanted = one_process(subject, "float32")
    given: Message = {**subject.payload(), "bucket": bucket, "rounds": rounds}
    sizes = [rows for rows in (len(subject.windows) // 2, len(subject.windows)) if rows >= ranks]
    found: dict[int, Mapping[int, float]] = {}
    with Ranks(ranks, lambda: progress(len(found), ranks), loads=TRAINS) as group:
        answers = group.run(OVERLAP, [given] * ranks)
        for count in range(1, ranks + 1):
            told = group.run(SCALING, [{**given, "rows": sizes}] * count)[0]["seconds"]
            found[count] = {rows: median(each) for rows, each in told.items()}
    gradients = answers[0]["gradients"]
    apart = [float((gradients[name] - each).norm() / each.norm()) for name, each in wanted.items()]
    loss = sum(each["overlapped"][-1]["loss"] for each in answers)
    overlapped, after = (_typical([each[way] for each in answers]) for way in ("overlapped", "after"))
    return Timed(subject, ranks, overlapped, after, loss, alone, worst(apart), found)


def _typical(steps: list[list[Message]]) -> tuple[Course, ...]:
    """Of the rounds, by rank, that whose length is the median."""
    rounds = [[each[at] for each in steps] for at in range(len(steps[0]))]
    lengths = [max(each["finished"] for each in one) - min(each["began"] for each in one) for one in rounds]
    one = rounds[sorted(range(len(rounds)), key=lengths.__getitem__)[len(rounds) // 2]]
    zero = min(each["began"] for each in one)
    return tuple(
        Course(
            each["began"] - zero,
            each["backward"] - zero,
            each["ended"] - zero,
            each["finished"] - zero,
            tuple(_sum(bucket, zero) for bucket in each["buckets"]),
        )
        for each in one
    )


def _sum(told: Message, zero: float) -> Sum:
    return Sum(tuple(told["names"]), told["bytes"], *(told[name] - zero for name in ("ready", "start", "done")))


def early(courses: tuple[Course, ...]) -> int:
    """Sums that are begun before their last gradient is there, or are over before the last rank began them."""
    begun = [max(each.sums[at].start for each in courses) for at in range(len(courses[0].sums))]
    return sum(one.start < one.ready or one.done < begun[at] for each in courses for at, one in enumerate(each.sums))
