"""Rows of short documents to train on: paragraphs of the interpreter's own documentation, packed or one a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pydoc_data import topics

import torch
import torch.nn.functional as F
from jaxtyping import Int
from torch import Tensor

from explorer.experiments.shelf_course import Bytes
from explorer.stack.pretraining.batches import Batches, WindowCourse
from explorer.stack.pretraining.documents import BEGIN

N_CTX, ROWS = 128, 8
#: Every so many topics one is held out; rows of it that are read.
EVERY, HELD = 8, 64
KIND = "documentation"


@lru_cache(maxsize=1)
def paragraphs() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those that are trained on, and those held out by topic: none of these stands in the others."""
    read, held = [], []
    for at, name in enumerate(sorted(topics.topics)):
        found = [one.strip() for one in topics.topics[name].split("\n\n") if one.strip()]
        (read if at % EVERY else held).extend(found)
    known = set(read)
    return tuple(read), tuple(one for one in dict.fromkeys(held) if one not in known)


@dataclass(frozen=True)
class DocumentRows(Batches):
    """Rows of documents drawn at random, each begun by `BEGIN`."""

    packed: bool = True
    """One behind another, the last one cut; else one a row, cut or padded."""

    @cached_property
    def documents(self) -> tuple[Tensor, ...]:
        """Of all kinds, without their marks."""
        stream = torch.cat([*self.streams.values()]).long()
        starts = [*(stream == BEGIN).nonzero().flatten().tolist(), len(stream)]
        return tuple(stream[start + 1 : stop] for start, stop in pairwise(starts))

    def __call__(self, step: int) -> tuple[Int[Tensor, "row pos"], Int[Tensor, " row"]]:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        rows = torch.stack([self._row(generator) for _ in range(self.rows)])
        return rows, torch.zeros(self.rows, dtype=torch.long)

    def _row(self, generator: torch.Generator) -> Int[Tensor, " pos"]:
        row = torch.empty(0, dtype=torch.long)
        while len(row) <= self.n_ctx:
            drawn = int(torch.randint(len(self.documents), (1,), generator=generator))
            row = torch.cat([row, torch.tensor([BEGIN]), self.documents[drawn]])
            if not self.packed:
                break
        return alone(row, self.n_ctx + 1)


def course(packed: bool, seed: int) -> WindowCourse:
    """What is read and what is held out; every seed draws the rows anew."""
    read, held = paragraphs()
    rows = DocumentRows({KIND: _stream(read)}, {KIND: 1.0}, N_CTX, ROWS, seed, packed=packed)
    return WindowCourse(rows, {KIND: _stream(held)}, HELD)


@lru_cache(maxsize=2)
def held_rows() -> Int[Tensor, "row pos"]:
    """Held-out documents, one a row, spread evenly."""
    _, held = paragraphs()
    chosen = [held[int(at * len(held) / HELD)] for at in range(min(HELD, len(held)))]
    return torch.stack([alone(torch.tensor([BEGIN, *Bytes().encode(one)]), N_CTX + 1) for one in chosen])


def alone(row: Int[Tensor, " token"], length: int) -> Int[Tensor, " pos"]:
    """Cut to that length, or padded."""
    return F.pad(row[:length], (0, max(length - len(row), 0)), value=BEGIN)


def _stream(documents: Sequence[str]) -> Int[Tensor, " token"]:
    return torch.tensor([token for one in documents for token in (BEGIN, *Bytes().encode(one))], dtype=torch.int32)
