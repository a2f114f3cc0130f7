"""Sequence layouts: which positions of one long text each rank of several holds.

Sequence parallelism cuts a text along its positions, so that no rank holds all of it. In what order decides who works
how much under a causal mask, where a query has as many keys as its position says:

- **contiguous**: R chunks, rank r holds chunk r. The last rank's queries see everything, the first's next to nothing:
  rank r computes (2 r + 1) / R^2 of all.
- **zig-zag**: 2 R chunks, rank r holds chunks r and 2 R - 1 - r, an early one and a late one. Whoever has few keys in
  one has many in the other: all ranks compute as much, at every step of the ring. Llama 3 trains so (Grattafiori et
  al. 2024, arXiv 2407.21783, section 3.3.2). Striped Attention deals single positions round instead (Brandon et al.
  2023, arXiv 2311.09431).

Worked example: 16 positions on 4 ranks. Under a causal mask a rank's work is the keys that its queries see.

>>> contiguous, zigzag = (SequenceLayout(16, 4, kind) for kind in ("contiguous", "zigzag"))
>>> zigzag.chunks(1)
(slice(2, 4, None), slice(12, 14, None))
>>> [[layout.visible(rank, causal=True) for rank in range(4)] for layout in (contiguous, zigzag)]
[[10, 26, 42, 58], [34, 34, 34, 34]]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Int, Shaped
from torch import Tensor

Kind = Literal["contiguous", "zigzag"]


@dataclass(frozen=True)
class SequenceLayout:
    """`length` positions on `ranks` ranks, in chunks whose lengths differ by one at most."""

    length: int
    ranks: int
    kind: Kind = "contiguous"

    def __post_init__(self) -> None:
        if self.ranks < 1 or self.length < self.n_chunks:
            raise ValueError(f"{self.length} positions do not make {self.n_chunks} chunks")

    @property
    def n_chunks(self) -> int:
        return self.ranks if self.kind == "contiguous" else 2 * self.ranks

    def chunk(self, number: int) -> slice:
        """The positions of one chunk of the text."""
        return slice(number * self.length // self.n_chunks, (number + 1) * self.length // self.n_chunks)

    def chunks(self, rank: int) -> tuple[slice, ...]:
        """What a rank holds, in the order in which it lies there."""
        if self.kind == "contiguous":
            return (self.chunk(rank),)
        return self.chunk(rank), self.chunk(2 * self.ranks - 1 - rank)

    def held(self, rank: int) -> int:
        """How many positions."""
        return sum(each.stop - each.start for each in self.chunks(rank))

    def local(self, rank: int) -> tuple[slice, ...]:
        """Where each of the rank's chunks lies among the positions that it holds."""
        found, start = [], 0
        for each in self.chunks(rank):
            found.append(slice(start, start + each.stop - each.start))
            start = found[-1].stop
        return tuple(found)

    def positions(self, rank: int) -> Int[Tensor, " own"]:
        return torch.cat([torch.arange(each.start, each.stop) for each in self.chunks(rank)])

    def own(self, x: Shaped[Tensor, "batch head pos ..."], rank: int) -> Shaped[Tensor, "batch head own ..."]:
        """A rank's positions of a whole tensor."""
        return torch.cat([x[:, :, each] for each in self.chunks(rank)], 2)

    def whole(self, parts: Sequence[Shaped[Tensor, "batch head _ ..."]]) -> Shaped[Tensor, "batch head pos ..."]:
        """The text again, from what all ranks hold.

        >>> x = torch.arange(11).reshape(1, 1, 11)
        >>> layout = SequenceLayout(11, 2, "zigzag")
        >>> bool((layout.whole([layout.own(x, rank) for rank in range(2)]) == x).all())
        True
        """
        order = torch.cat([self.positions(rank) for rank in range(self.ranks)])
        return torch.cat(list(parts), 2)[:, :, order.argsort()]

    def visible(self, rank: int, causal: bool) -> int:
        """Pairs of a query of this rank and a key that it sees."""
        if not causal:
            return self.held(rank) * self.length
        return sum((each.start + 1 + each.stop) * (each.stop - each.start) // 2 for each in self.chunks(rank))
