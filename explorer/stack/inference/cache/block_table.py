"""Block tables: where the tokens of each sequence lie in the pool, and what a step of several sequences needs.

Kwon et al. 2023 (arXiv 2309.06180). Token i of a sequence lies in block ``table[i // B]`` at place ``i % B``. Only the
books are kept here; `PagedCache` has the tensors. What happens to blocks can be recorded, each an `Event`.

Worked example: blocks of 4, two sequences of 6 tokens with the same first 4, then a step of one token each. The second
sequence finds the first one's full block; each needs one more for its tail.

>>> tables = BlockTables(n_blocks=8, block_size=4)
>>> tables.add("a", [1, 2, 3, 4, 5, 6]), tables.blocks_needed({"a": 6})
(0, 2)
>>> tables.reserve({"a": [1, 2, 3, 4, 5, 6]}); tables.register(["a"])
[]
>>> tables.add("b", [1, 2, 3, 4, 7, 8]), tables.reserve({"b": [7, 8]})
(4, [])
>>> tables.tables["a"].blocks, tables.tables["b"].blocks, tables.pool.references[:3]
([0, 1], [0, 2], [2, 1, 1])
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from explorer.stack.inference.cache.block_pool import BlockPool, BlockTable, OutOfBlocksError

Row = Hashable
"""The name of a sequence."""

EventKind = Literal["hit", "evict", "allocate", "write", "fork", "copy", "free"]


@dataclass(frozen=True)
class Event:
    """One thing that happened to a block, for those who want to watch."""

    kind: EventKind
    sequence: Row
    block: int
    source: int | None = None
    """copy: the shared block that was copied."""
    start: int = 0
    """write: first token (place in the sequence) that goes into the block."""
    end: int = 0


@dataclass(frozen=True)
class Copy:
    """The first `filled` slots of a shared block are to be copied before someone writes behind them."""

    source: int
    to: int
    filled: int


class BlockTables:
    """The tables of named sequences over one pool of blocks."""

    def __init__(self, n_blocks: int, block_size: int, record: list[Event] | None = None) -> None:
        self.pool = BlockPool(n_blocks, block_size)
        self.tables: dict[Row, BlockTable] = {}
        self.record = record
        """Where events go; None: nowhere."""

    def add(self, name: Row, ids: Sequence[int] = ()) -> int:
        """Begin a sequence; returns how many of its first tokens are held already, in blocks that others have filled.

        The last token is never among them: its logits are wanted, so it must be computed.
        """
        self._must_be_new(name)
        found = self.pool.match_prefix(ids[:-1])
        self.pool.share(found)
        for block in found:
            self._note("hit", name, block)
        held = len(found) * self.pool.block_size
        self.tables[name] = BlockTable(list(found), held, list(ids[:held]))
        self.pool.register_full(self.tables[name])  # gives the new table its chain of digests
        return held

    def fork(self, parent: Row, child: Row) -> None:
        """Begin a sequence that shares all of another's past."""
        self._must_be_new(child)
        self.tables[child] = self.pool.fork(self.tables[parent])
        for block in self.tables[child].blocks:
            self._note("fork", child, block)

    def release(self, name: Row) -> None:
        """End a sequence. Blocks that nobody else uses are free; their content can be found until it is overwritten."""
        table = self.tables.pop(name)
        self.pool.free(table.blocks)
        for block in table.blocks:
            self._note("free", name, block)

    def can_admit(self, ids: Sequence[int], spare: int = 0) -> bool:
        """True if a new sequence of these tokens finds room now and `spare` blocks are left."""
        found = self.pool.match_prefix(ids[:-1])
        revived = sum(self.pool.references[block] == 0 for block in found)
        needed = math.ceil(len(ids) / self.pool.block_size) - len(found)
        return self.pool.can_allocate(needed + revived + spare)

    def blocks_needed(self, counts: Mapping[Row, int]) -> int:
        """Blocks that one step takes which adds so many tokens to these sequences, copies of shared blocks included."""
        writers, needed = Counter[int](), 0
        for name, n in counts.items():
            table = self.tables[name]
            needed += math.ceil((table.length + n) / self.pool.block_size) - len(table.blocks)
            if n and table.length % self.pool.block_size:
                last = table.blocks[-1]
                # Of all who write into a shared block in this step, the last one left may have it.
                if self.pool.references[last] - writers[last] > 1:
                    writers[last] += 1
                    needed += 1
        return needed

    def reserve(self, feed: Mapping[Row, Sequence[int] | int]) -> list[Copy]:
        """Make room for new tokens (or so many unknown ones) and return the copies that must be made before writing.

        A sequence that would write into a shared block gets its own. Raises OutOfBlocksError, having changed nothing.
        """
        counts = {name: new if isinstance(new, int) else len(new) for name, new in feed.items()}
        needed = self.blocks_needed(counts)
        if not self.pool.can_allocate(needed):
            raise OutOfBlocksError(needed, self.pool.n_free)
        size, copies = self.pool.block_size, []
        for name, n in counts.items():
            table, new = self.tables[name], feed[name]
            start, table.length = table.length, table.length + n
            table.ids = None if isinstance(new, int) or table.ids is None else [*table.ids, *new]
            if n and start % size and (copy := self._own_last(name, start % size)):
                copies.append(copy)
            while len(table.blocks) * size < table.length:
                table.blocks.append(self._take(name))
                self._note("allocate", name, table.blocks[-1])
            for b in range(start // size, math.ceil(table.length / size) if n else 0):
                first, last = max(start, b * size), min(table.length, (b + 1) * size)
                self._note("write", name, table.blocks[b], None, first, last)
        return copies

    def _own_last(self, name: Row, filled: int) -> Copy | None:
        """Before writing behind the `filled` tokens of the last block: another block for it if it is shared."""
        table = self.tables[name]
        old = table.blocks[-1]
        if self.pool.references[old] == 1:
            self.pool.forget(old)  # it may have been full once, before `truncate`
            return None
        new = self._take(name)
        self.pool.free([old])
        table.blocks[-1] = new
        self._note("copy", name, new, old)
        return Copy(old, new, filled)

    def _take(self, name: Row) -> int:
        """A block for the sequence; a prefix that lies in it is lost."""
        if self.pool.findable(self.pool.next_free):
            self._note("evict", name, self.pool.next_free)
        return self.pool.allocate()[0]

    def register(self, names: Sequence[Row]) -> None:
        """The blocks of these sequences now hold what the tables say: full ones can be found."""
        for name in names:
            self.pool.register_full(self.tables[name])

    def truncate_row(self, name: Row, length: int) -> None:
        """Forget a sequence's tokens from place `length` on; whole blocks go back."""
        table = self.tables[name]
        if length >= table.length:
            return
        keep = math.ceil(length / self.pool.block_size)
        self.pool.free(table.blocks[keep:])
        for block in table.blocks[keep:]:
            self._note("free", name, block)
        del table.blocks[keep:]
        del table.digests[length // self.pool.block_size :]
        if table.ids is not None:
            del table.ids[length:]
        table.length = length

    def _must_be_new(self, name: Row) -> None:
        if name in self.tables:
            raise ValueError(f"There is a sequence {name!r} already.")

    def _note(
        self, kind: EventKind, sequence: Row, block: int, source: int | None = None, start: int = 0, end: int = 0
    ) -> None:
        if self.record is not None:
            self.record.append(Event(kind, sequence, block, source, start, end))
