"""Collectives written out: who sends which piece to whom at each step, and how many bytes that is.

With N ranks and a vector of S bytes in N pieces, every rank sends to its right neighbour at each step:

    reduce-scatter  N-1 steps: rank r sends piece r-1-s, and adds what comes to its own; at the end it has the sum of
                    piece r.                                                                          (N-1)/N S bytes
    all-gather      N-1 steps: rank r sends piece r-s, the newest it has.                             (N-1)/N S
    all-reduce      the first, then the second.                                                     2 (N-1)/N S
    all-to-all      N-1 steps: rank r sends piece r+s to the rank s places on.                        (N-1)/N S
    tree            log2 N steps up, in which half of those left send their whole vector and are done; then as many
                    down. The root's bytes S log2 N at most; the whole takes 2 log2 N steps for 2(N-1).

A ring is best where bytes cost most, a tree where each message does: with a latency of a seconds and b bytes a second
they take 2(N-1)(a + S/(N b)) and 2 log2(N) (a + S/b).

Rings: Patarasuk and Yuan 2009, Bandwidth optimal all-reduce algorithms for clusters of workstations. Trees: Thakur,
Rabenseifner and Gropp 2005, Optimization of collective communication operations in MPICH.

>>> from explorer.stack.parallelism.thread_group import in_threads
>>> walks = in_threads(3, lambda group: ring_all_reduce(group, torch.tensor([1.0, 2.0, 3.0]) * 10**group.rank))
>>> walks[0].out.tolist()  # 1 + 10 + 100 of each
[111.0, 222.0, 333.0]
>>> [(step.to, step.piece, step.sent) for step in walks[0].steps]  # to rank 1: pieces 2, 1, then 0, 2
[(1, 2, 4), (1, 1, 4), (1, 0, 4), (1, 2, 4)]
>>> [sum(step.sent for step in walk.steps) == ring_bytes("all-reduce", 12, 3) for walk in walks]
[True, True, True]
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Num
from torch import Tensor

from explorer.stack.parallelism.group import Group

Algorithm = Literal["ring all-reduce", "tree all-reduce", "reduce-scatter", "all-gather", "all-to-all"]


@dataclass(frozen=True, eq=False)
class Step:
    """What one rank did in one step."""

    number: int
    to: int | None
    """The rank that it sent to; None: to none."""
    piece: int | None
    """The piece that it sent; None: the whole vector, or nothing."""
    sent: int
    """Bytes handed over."""
    source: int | None
    came: int | None
    """The piece that came."""
    added: bool
    """Whether what came was added, or stored."""
    start: float
    end: float
    holds: Num[Tensor, " n"] | None
    """The rank's vector after the step, where it is kept."""


@dataclass(eq=False)
class Walk:
    """One rank's way through a collective."""

    out: Num[Tensor, " m"]
    steps: list[Step] = field(default_factory=list)

    @property
    def sent(self) -> int:
        return sum(each.sent for each in self.steps)


@dataclass(eq=False)
class _Way:
    """A rank's vector under way."""

    group: Group
    vector: Tensor
    keep: bool
    steps: list[Step] = field(default_factory=list)

    def pieces(self) -> list[Tensor]:
        if len(self.vector) % self.group.ranks:
            raise ValueError(f"{len(self.vector)} numbers cannot be cut into {self.group.ranks} equal pieces")
        return list(self.vector.chunk(self.group.ranks))

    def step(
        self,
        to: int | None,
        out: Tensor | None,
        source: int | None,
        into: Tensor | None,
        add: bool,
        piece: int | None = None,
        came: int | None = None,
    ) -> None:
        """Send and receive at once, then add or store what came."""
        group, start = self.group, time.perf_counter()
        arrived = torch.empty_like(into) if into is not None else None
        pending = []
        if source is not None and arrived is not None:
            pending.append(group.receive(arrived, source, f"step {len(self.steps)}"))
        if to is not None and out is not None:
            pending.append(group.send(out.contiguous(), to, f"step {len(self.steps)}"))
        for each in pending:
            each.wait()
        if into is not None and arrived is not None:
            into.add_(arrived) if add else into.copy_(arrived)
        sent = out.nbytes if to is not None and out is not None else 0
        holds = self.vector.clone() if self.keep else None
        self.steps.append(Step(len(self.steps), to, piece, sent, source, came, add, start, time.perf_counter(), holds))


def ring_reduce_scatter(group: Group, vector: Num[Tensor, " n"], keep: bool = False) -> Walk:
    """`out` is this rank's piece of the sum. Raises ValueError where the ranks do not divide the vector."""
    way = _Way(group, vector.clone(), keep)
    return Walk(_around(way, add=True, shift=-1)[group.rank].clone(), way.steps)


def ring_all_gather(group: Group, own: Num[Tensor, " piece"], keep: bool = False) -> Walk:
    """`out` is all ranks' pieces in their order."""
    way = _Way(group, own.new_zeros(len(own) * group.ranks), keep)
    way.pieces()[group.rank].copy_(own)
    _around(way, add=False, shift=0)
    return Walk(way.vector, way.steps)


def ring_all_reduce(group: Group, vector: Num[Tensor, " n"], keep: bool = False) -> Walk:
    """`out` is the sum of all ranks' vectors."""
    way = _Way(group, vector.clone(), keep)
    _around(way, add=True, shift=-1)
    _around(way, add=False, shift=0)
    return Walk(way.vector, way.steps)


def _around(way: _Way, add: bool, shift: int) -> list[Tensor]:
    """Each piece once around: rank r begins with piece r + shift."""
    group, pieces = way.group, way.pieces()
    ranks, right, left = group.ranks, (group.rank + 1) % group.ranks, (group.rank - 1) % group.ranks
    for turn in range(ranks - 1):
        out, into = (group.rank + shift - turn) % ranks, (group.rank + shift - turn - 1) % ranks
        way.step(right, pieces[out], left, pieces[into], add, out, into)
    return pieces


def all_to_all(group: Group, vector: Num[Tensor, " n"], keep: bool = False) -> Walk:
    """Piece r of each rank goes to rank r: `out` is the pieces that came, by the ranks that they came from."""
    way, ranks = _Way(group, vector.clone(), keep), group.ranks
    mine = [each.clone() for each in way.pieces()]
    for distance in range(1, ranks):
        to, source = (group.rank + distance) % ranks, (group.rank - distance) % ranks
        way.step(to, mine[to], source, way.pieces()[source], False, to, source)
    return Walk(way.vector, way.steps)


def tree_all_reduce(group: Group, vector: Num[Tensor, " n"], keep: bool = False) -> Walk:
    """Up a binomial tree to rank 0, and down again; `out` is the sum."""
    way, ranks, rank = _Way(group, vector.clone(), keep), group.ranks, group.rank
    distances = [2**level for level in range((ranks - 1).bit_length())]
    for distance, up in [*((each, True) for each in distances), *((each, False) for each in reversed(distances))]:
        parent = rank % (2 * distance) == 0 and rank + distance < ranks
        child = rank % (2 * distance) == distance
        sends, receives = (child, parent) if up else (parent, child)
        other = rank - distance if child else rank + distance
        way.step(
            other if sends else None, way.vector if sends else None,
            other if receives else None, way.vector if receives else None, add=up,
        )  # fmt: skip
    return Walk(way.vector, way.steps)


ALGORITHMS: dict[Algorithm, Callable[[Group, Tensor, bool], Walk]] = {
    "ring all-reduce": ring_all_reduce,
    "tree all-reduce": tree_all_reduce,
    "reduce-scatter": ring_reduce_scatter,
    "all-gather": ring_all_gather,
    "all-to-all": all_to_all,
}


def ring_bytes(name: Literal["all-reduce", "reduce-scatter", "all-gather", "all-to-all"], size: int, ranks: int) -> int:
    """That each rank sends; `size` is that of the whole vector, in equal pieces.

    >>> ring_bytes("all-reduce", 1024, 4), ring_bytes("all-gather", 1024, 4)
    (1536, 768)
    """
    return (2 if name == "all-reduce" else 1) * (ranks - 1) * (size // ranks)


def tree_bytes(size: int, ranks: int) -> tuple[int, ...]:
    """By rank: the whole vector once up, but the root, and once down to each child.

    >>> tree_bytes(8, 4)  # rank 0 has children 2 and 1, rank 2 has 3
    (16, 8, 16, 8)
    """
    children = [0] * ranks
    for rank in range(1, ranks):
        children[rank - (rank & -rank)] += 1
    return tuple(size * (children[rank] + (rank > 0)) for rank in range(ranks))


def steps_of(algorithm: Algorithm, ranks: int) -> int:
    """
    >>> steps_of("ring all-reduce", 8), steps_of("tree all-reduce", 8)
    (14, 6)
    """
    if algorithm == "tree all-reduce":
        return 2 * (ranks - 1).bit_length()
    return (ranks - 1) * (2 if algorithm == "ring all-reduce" else 1)


def expected_bytes(algorithm: Algorithm, size: int, ranks: int) -> tuple[int, ...]:
    """That each rank sends, by rank; `size` is that of the whole vector."""
    if algorithm == "tree all-reduce":
        return tree_bytes(size, ranks)
    return (ring_bytes("all-reduce" if algorithm == "ring all-reduce" else algorithm, size, ranks),) * ranks


def seconds(algorithm: Algorithm, size: int, ranks: int, latency: float, bandwidth: float) -> float:
    """By the model of latency and bandwidth (bytes a second): each step waits for its largest message.

    >>> [round(seconds(each, 10**6, 8, 1e-5, 1e9) * 1e6) for each in ("ring all-reduce", "tree all-reduce")]
    [1890, 6060]
    """
    message = size if algorithm == "tree all-reduce" else size / ranks
    return steps_of(algorithm, ranks) * (latency + message / bandwidth)
