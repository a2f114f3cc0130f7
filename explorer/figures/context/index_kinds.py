"""A table of indexes, and what each would take for ten million vectors."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from explorer.experiments.context import many_vectors
from explorer.experiments.context.index_kinds import PARTS, Kinds
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds
from explorer.stack.evaluation.standard_errors import interval

#: The vectors of the plan on paper, and numbers of each.
PLANNED, D = 10_000_000, 384


@dataclass(frozen=True, kw_only=True)
class IndexKind:
    name: str
    setting: int
    recall: float
    low: float
    high: float
    """The middle 95 % for the mean over questions."""
    distances: float
    bytes: int
    time: Milliseconds | None


@dataclass(frozen=True, kw_only=True)
class PlannedBytes:
    name: str
    bytes: float
    how: str
    """The formula with its numbers."""


@dataclass(frozen=True, kw_only=True)
class ManyFound:
    ef: int
    recall: float
    ms: float
    """A question."""


@dataclass(frozen=True, kw_only=True)
class ManyVectors:
    """A graph that was built once, when it held so many vectors."""

    n: int
    m: int
    build: int
    seconds: float
    """Of one processor."""
    vectors: float
    links: float
    planned: float
    """Bytes of the links by the formula."""
    found: list[ManyFound]


@dataclass(frozen=True, kw_only=True)
class HnswBeside(Payload):
    count: int
    questions: int
    cells: int
    m: int
    kinds: list[IndexKind]
    planned: int
    plan: list[PlannedBytes]
    many: list[ManyVectors]


def beside(made: Kinds) -> HnswBeside:
    known = [interval(torch.from_numpy(each.recalls)) for each in made.kinds]
    return HnswBeside(
        count=made.count,
        questions=made.queries,
        cells=made.cells,
        m=made.m,
        kinds=[
            IndexKind(
                name=each.name, setting=each.setting, recall=around.mean, low=around.low, high=around.high,
                distances=each.distances, bytes=each.nbytes, time=Milliseconds.of(each.seconds),
            )
            for each, around in zip(made.kinds, known, strict=True)
        ],
        planned=PLANNED,
        plan=planned(PLANNED, made.m),
        many=[_many(each) for each in many_vectors.kept()],
    )  # fmt: skip


def _many(made: many_vectors.Built) -> ManyVectors:
    return ManyVectors(
        n=made.n, m=made.m, build=made.build, seconds=made.seconds, vectors=made.vectors, links=made.links,
        planned=planned(made.n, made.m)[1].bytes,
        found=[ManyFound(ef=ef, recall=made.recalls[ef], ms=made.milliseconds[ef]) for ef in sorted(made.recalls)],
    )  # fmt: skip


def planned(n: int, m: int) -> list[PlannedBytes]:
    """Bytes by formula. A graph's links are numbers of 4 bytes, a row a node and level with their count before them: 2M
    at level 0, and M at each above, of which a node has 1 / (M - 1) on average.

    >>> [(each.name, round(each.bytes / 1e9, 2)) for each in planned(10_000_000, 16)]
    [('vectors', 15.36), ('hnsw', 1.37), ('ivf', 0.08), ('pq', 0.48)]
    """
    cells = round(n**0.5)
    return [
        PlannedBytes(name="vectors", bytes=4.0 * D * n, how=f"4 · {D} · N"),
        PlannedBytes(
            name="hnsw", bytes=4.0 * n * (2 * m + 1 + (m + 1) / (m - 1)), how="4 N (2M + 1 + (M + 1) / (M − 1))"
        ),
        PlannedBytes(name="ivf", bytes=8.0 * n + 4.0 * D * cells, how="8 N + 4 · 384 · √N"),
        PlannedBytes(name="pq", bytes=float(PARTS * n + 4 * 256 * D), how=f"{PARTS} N + 4 · 256 · {D}"),
    ]
