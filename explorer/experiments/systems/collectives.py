"""Collectives on real processes: walked step by step, and their bytes and times at several sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import torch
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems.ranks import Message, Ranks
from explorer.stack.parallelism.collectives import Algorithm, Step, Walk, expected_bytes
from explorer.stack.worst import worst

WALKED, TIMED = (f"explorer.experiments.systems.collectives_rank:{name}" for name in ("walked", "timed"))
SIZES = (1 << 10, 1 << 14, 1 << 18, 1 << 20, 1 << 22, 1 << 24)
ROUNDS = 5


@dataclass(frozen=True, eq=False)
class Walked:
    """One algorithm, as each rank walked it."""

    algorithm: Algorithm
    walks: tuple[Walk, ...]
    began: tuple[Tensor, ...]

    @property
    def ranks(self) -> int:
        return len(self.walks)

    @property
    def error(self) -> float:
        """The largest difference from what a sum, or a concatenation, of all vectors gives."""
        found = []
        for rank, walk in enumerate(self.walks):
            found.append(float((walk.out - self.wanted(rank)).abs().max()))
        return worst(found)

    def wanted(self, rank: int) -> Tensor:
        if self.algorithm == "all-gather":
            return torch.cat(self.began)
        if self.algorithm == "all-to-all":
            return torch.cat([each.chunk(self.ranks)[rank] for each in self.began])
        total = torch.stack(self.began).sum(0)
        return total.chunk(self.ranks)[rank] if self.algorithm == "reduce-scatter" else total

    @property
    def off(self) -> int:
        """Bytes by which the ranks handed over others than the formula says."""
        piece = self.began[0].nbytes * (self.ranks if self.algorithm == "all-gather" else 1)
        formula = expected_bytes(self.algorithm, piece, self.ranks)
        return sum(abs(walk.sent - each) for walk, each in zip(self.walks, formula, strict=True))


@dataclass(frozen=True)
class Sized:
    """All algorithms on vectors of one size, the library's among them ("torch all-reduce")."""

    size: int
    """Bytes of the whole vector."""
    seconds: dict[str, list[float]]
    """Round by round, of rank 0."""
    sockets: dict[str, int | None]
    sent: dict[str, tuple[int, ...]]
    """Bytes that each rank handed over, of ours."""


@dataclass(frozen=True)
class Measured:
    """The sizes so far."""

    ranks: int
    counted: bool
    sizes: tuple[Sized, ...]
    whole: bool


def walked(ranks: int, progress: Ticks = unheard) -> tuple[Walked, ...]:
    """Every algorithm once."""
    with Ranks(ranks, lambda: progress(0, 1)) as group:
        answers = group.run(WALKED, [{}] * ranks)
    progress(1, 1)
    return tuple(
        _walked(algorithm, [each["walks"][algorithm] for each in answers]) for algorithm in get_args(Algorithm)
    )


def _walked(algorithm: Algorithm, told: Sequence[list[Message]]) -> Walked:
    walks = tuple(Walk(did[-1]["out"], [Step(**each) for each in did[:-1]]) for did in told)
    return Walked(algorithm, walks, tuple(did[-1]["began"] for did in told))


def measured(
    ranks: int, progress: Ticks = unheard, sizes: Sequence[int] = SIZES, rounds: int = ROUNDS
) -> Iterator[Measured]:
    """Size after size, the algorithms in turns."""
    found: list[Sized] = []
    told: dict[int, dict[int, Message]] = {}
    with Ranks(ranks, lambda: progress(len(found), len(sizes))) as group:
        for rank, part in group.parts(TIMED, [{"sizes": list(sizes), "rounds": rounds}] * ranks):
            told.setdefault(part["size"], {})[rank] = part
            if len(told[part["size"]]) < ranks:
                continue
            each = told[part["size"]]
            sent = {name: tuple(each[at]["sent"][name] for at in range(ranks)) for name in each[0]["sent"]}
            found.append(Sized(part["size"], each[0]["seconds"], each[0]["sockets"], sent))
            progress(len(found), len(sizes))
            yield Measured(ranks, group.counted, tuple(found), len(found) == len(sizes))
