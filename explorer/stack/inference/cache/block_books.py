"""A paged cache without tensors: the block tables alone, for a scheduler whose decoder computes nothing.

Which blocks are found, taken, shared and evicted does not depend on what stands in them. So a schedule can be tried on
the books of `BlockTables`, in microseconds, and is the one that the same `Scheduler` would make with a `PagedCache`.

>>> books = BlockBooks(n_blocks=8, block_size=4)
>>> books.add("a", [1, 2, 3, 4, 5]), [t.tolist() for t in books.prepare({"a": [1, 2, 3, 4, 5]})]
(0, [[[1, 2, 3, 4, 5]], [[0, 1, 2, 3, 4]]])
>>> books.add("b", [1, 2, 3, 4, 6])
4
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.inference.cache.block_pool import BlockPool, BlockTable
from explorer.stack.inference.cache.block_table import BlockTables, Event, Row


@runtime_checkable
class SequenceCache(Protocol):
    """What a scheduler asks of a cache: `PagedCache` and `BlockBooks` have it."""

    pool: BlockPool
    tables: dict[Row, BlockTable]
    rows: list[Row]

    def add(self, name: Row, ids: Sequence[int] = ()) -> int: ...
    def release(self, name: Row) -> None: ...
    def can_admit(self, ids: Sequence[int], spare: int = 0) -> bool: ...
    def blocks_needed(self, counts: Mapping[Row, int]) -> int: ...
    def prepare(
        self, feed: Mapping[Row, Sequence[int]]
    ) -> tuple[Int[Tensor, "batch pos"], Int[Tensor, "batch pos"]]: ...


class BlockBooks(BlockTables):
    """`PagedCache.prepare` for those who compute nothing: what was fed counts as written at once."""

    def __init__(self, n_blocks: int, block_size: int = 16, record: list[Event] | None = None) -> None:
        super().__init__(n_blocks, block_size, record)
        self.rows: list[Row] = []
        """The sequences of the batch that was fed last, in its order."""

    def prepare(self, feed: Mapping[Row, Sequence[int]]) -> tuple[Int[Tensor, "batch pos"], Int[Tensor, "batch pos"]]:
        """Make room for these new tokens and return (ids, positions), padded on the left with 0 and -1.

        Raises OutOfBlocksError, having changed nothing, when the pool has not enough.
        """
        self.reserve(feed)
        self.rows = list(feed)
        self.register(self.rows)
        width = max(map(len, feed.values()))
        padding = {name: width - len(new) for name, new in feed.items()}
        ids = [[0] * padding[name] + list(new) for name, new in feed.items()]
        ends = [self.tables[name].length for name in feed]
        positions = [
            [-1] * padding[name] + list(range(end - len(new), end))
            for (name, new), end in zip(feed.items(), ends, strict=True)
        ]
        return torch.tensor(ids), torch.tensor(positions)
