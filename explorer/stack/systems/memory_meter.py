"""A meter on slow memory: what an algorithm reads, writes and holds there, and how much it computes, step by step.

FlashAttention's argument is about traffic, not about arithmetic (Dao et al. 2022, arXiv 2205.14135): a device has a
large slow memory (HBM; here the machine's RAM) and a small fast one (SRAM; here its caches), and exact attention can be
ordered so that the [query key] square never leaves the fast one. The algorithms of this folder pass every block that
crosses between the two through a meter: `SlowMemory` moves nothing and counts nothing, `Ledger` writes each move down.
It is one code: what is counted is what ran.

Conventions. A number counts as many bytes as its tensor's type has. A block is counted each time it crosses. A
tensor of several heads counts for all of them. The scores of masked positions inside a tile are computed, and count.
FLOPs: 2 d for a score and 2 d for its part of the output, 5 for its softmax (scale, maximum, subtraction, exponential,
sum); a rescale of a row costs d.

>>> import torch
>>> ledger = Ledger()
>>> ledger.step("tile", 0, 0)
>>> ledger.read("K", 0, torch.zeros(16, 64))
>>> ledger.read_bytes, ledger.steps[0].reads
(4096, [Move(name='K', block=0, bytes=4096)])
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

Phase = Literal["scores", "softmax", "output", "tile", "split", "merge"]


class SlowMemory:
    """Slow memory without a meter."""

    def step(self, phase: Phase, i: int, j: int) -> None:
        """A new step begins: the tile of query block i and key block j, -1 where whole rows or columns are taken."""

    def read(self, name: str, block: int, tensor: Tensor) -> None:
        """A block comes into fast memory."""

    def write(self, name: str, block: int, tensor: Tensor) -> None:
        """A block goes to slow memory."""

    def compute(self, flops: int) -> None:
        """So many floating-point operations were done."""

    def hold(self, tensor: Tensor) -> None:
        """A tensor beside the inputs and the output now lies in slow memory, to the end."""

    def rows(self, m: Tensor, l: Tensor, out: Tensor) -> None:  # noqa: E741
        """What fast memory holds of the step's rows at its end: running maximum, sum, output."""


@dataclass(frozen=True)
class Move:
    """One block that crossed."""

    name: str
    block: int
    bytes: int


@dataclass(eq=False)
class Step:
    """One step of the loops."""

    phase: Phase
    i: int
    j: int
    reads: list[Move] = field(default_factory=list)
    writes: list[Move] = field(default_factory=list)
    flops: int = 0
    extra: int = 0
    """Bytes in slow memory beside inputs and output, at its end."""
    m: Tensor | None = None
    l: Tensor | None = None  # noqa: E741  the papers' letter
    out: Tensor | None = None


@dataclass(eq=False)
class Ledger(SlowMemory):
    """Slow memory with a meter: every move of every step."""

    keep_rows: bool = False
    """Also keep what fast memory held of the step's rows."""
    steps: list[Step] = field(default_factory=list)
    held: int = 0

    def step(self, phase: Phase, i: int, j: int) -> None:
        self.steps.append(Step(phase, i, j, extra=self.held))

    def read(self, name: str, block: int, tensor: Tensor) -> None:
        self.steps[-1].reads.append(Move(name, block, tensor.nbytes))

    def write(self, name: str, block: int, tensor: Tensor) -> None:
        self.steps[-1].writes.append(Move(name, block, tensor.nbytes))

    def compute(self, flops: int) -> None:
        self.steps[-1].flops += flops

    def hold(self, tensor: Tensor) -> None:
        self.held += tensor.nbytes
        if self.steps:
            self.steps[-1].extra = self.held

    def rows(self, m: Tensor, l: Tensor, out: Tensor) -> None:  # noqa: E741
        if self.keep_rows:
            step = self.steps[-1]
            step.m, step.l, step.out = m.clone(), l.clone(), out.clone()

    @property
    def read_bytes(self) -> int:
        return sum(move.bytes for step in self.steps for move in step.reads)

    @property
    def written_bytes(self) -> int:
        return sum(move.bytes for step in self.steps for move in step.writes)

    @property
    def flops(self) -> int:
        return sum(step.flops for step in self.steps)

    @property
    def extra_bytes(self) -> int:
        """The most that lay in slow memory beside inputs and output."""
        return max((step.extra for step in self.steps), default=0)


UNMETERED = SlowMemory()
