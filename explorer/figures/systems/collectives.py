"""Collectives: who holds what after each step, and their bytes and times by size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.experiments.systems.collectives import Measured, Walked
from explorer.experiments.timing import Timing
from explorer.figures.payload import Payload
from explorer.stack.parallelism.collectives import ALGORITHMS, expected_bytes, steps_of


@dataclass(frozen=True, kw_only=True)
class CollectiveMove:
    """What one rank did in one step."""

    to: int
    """-1: it sent nothing."""
    piece: int
    """-1: the whole vector, or nothing."""
    sent: int
    came: int
    """The piece that came; -1: the whole vector, or nothing."""
    source: int
    added: bool


@dataclass(frozen=True, kw_only=True)
class CollectiveWalk:
    """One algorithm on the ranks' own vectors."""

    algorithm: str
    states: tuple[tuple[tuple[int, ...], ...], ...]
    """Before the first step and after each: by rank, the numbers of its vector. Number i of rank r began as
    10^r (i + 1), so that digits tell whose are in a sum."""
    moves: tuple[tuple[CollectiveMove, ...], ...]
    """By step and rank."""
    sent: tuple[int, ...]
    formula: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class CollectiveSteps(Payload):
    """Every algorithm as the processes walked it."""

    ranks: int
    walks: tuple[CollectiveWalk, ...]


@dataclass(frozen=True, kw_only=True)
class CollectiveTime:
    """One algorithm on one size."""

    name: str
    ours: bool
    ms: float
    low: float
    high: float
    steps: int
    """0: not told."""
    formula: int
    """Bytes of all ranks."""
    socket: int | None


@dataclass(frozen=True, kw_only=True)
class CollectiveSize:
    """All on one size."""

    size: int
    times: tuple[CollectiveTime, ...]


@dataclass(frozen=True, kw_only=True)
class CollectiveBytes(Payload):
    """Bytes and times by size."""

    ranks: int
    counted: bool
    sizes: tuple[CollectiveSize, ...]


def steps(made: Sequence[Walked]) -> CollectiveSteps:
    return CollectiveSteps(ranks=made[0].ranks, walks=tuple(map(_walk, made)))


def _walk(made: Walked) -> CollectiveWalk:
    ranks = made.ranks
    whole = made.began[0].nbytes * (ranks if made.algorithm == "all-gather" else 1)
    states = [tuple(_began(made, rank) for rank in range(ranks))]
    for at in range(len(made.walks[0].steps)):
        held = [walk.steps[at].holds for walk in made.walks]
        states.append(tuple(tuple(int(x) for x in each) for each in held if each is not None))
    moves = tuple(
        tuple(
            CollectiveMove(
                to=_of(walk.steps[at].to),
                piece=_of(walk.steps[at].piece),
                sent=walk.steps[at].sent,
                came=_of(walk.steps[at].came),
                source=_of(walk.steps[at].source),
                added=walk.steps[at].added,
            )
            for walk in made.walks
        )
        for at in range(len(made.walks[0].steps))
    )
    return CollectiveWalk(
        algorithm=made.algorithm,
        states=tuple(states),
        moves=moves,
        sent=tuple(walk.sent for walk in made.walks),
        formula=expected_bytes(made.algorithm, whole, ranks),
    )


def _began(made: Walked, rank: int) -> tuple[int, ...]:
    own = tuple(int(x) for x in made.began[rank])
    if made.algorithm != "all-gather":
        return own
    return tuple(own[0] if at == rank else 0 for at in range(made.ranks))


def _of(number: int | None) -> int:
    return -1 if number is None else number


def sizes(made: Measured) -> CollectiveBytes:
    return CollectiveBytes(
        ranks=made.ranks,
        counted=made.counted,
        sizes=tuple(
            CollectiveSize(
                size=each.size,
                times=tuple(_time(name, each.size, made.ranks, taken, each.sockets[name])
                            for name, taken in each.seconds.items()),
            )
            for each in made.sizes
        ),
    )  # fmt: skip


def total_bytes(name: str, size: int, ranks: int) -> int:
    """Of all ranks: of ours by its own formula, of the library's by the ring's."""
    kind = name.removeprefix("torch ")
    return sum(expected_bytes("ring all-reduce" if kind == "all-reduce" else kind, size, ranks))  # pyright: ignore[reportArgumentType]


def _time(name: str, size: int, ranks: int, taken: Sequence[float], socket: int | None) -> CollectiveTime:
    timing = Timing.of(taken)
    return CollectiveTime(
        name=name,
        ours=name in ALGORITHMS,
        ms=timing.median * 1e3,
        low=timing.low * 1e3,
        high=timing.high * 1e3,
        steps=steps_of(name, ranks) if name in ALGORITHMS else 0,
        formula=total_bytes(name, size, ranks),
        socket=socket,
    )
