"""Blocks of a paged cache: a free list, reference counts, and prefixes found again by a chain of hashes.

Kwon et al. 2023, "Efficient Memory Management for Large Language Model Serving with PagedAttention" (arXiv 2309.06180):
memory for keys and values is cut into blocks of equal size. A sequence has a table of the blocks that it uses, in the
order of its tokens, wherever they lie. Nothing is reserved ahead: at most ``block_size - 1`` slots of a sequence are
empty. Sequences that begin alike share blocks, and a block counts its references; who wants to write into a shared
block takes a copy first (copy-on-write).

A full block is known by ``h_i = H(h_{i-1}, its ids)``: equal hashes mean equal tokens from the very start, so the same
keys and values. A block that nobody refers to keeps its content until its place is needed, oldest first: a later
prompt with the same beginning finds it.

Worked example: blocks of 4. A prompt of 10 tokens takes 3 blocks; a second one whose first 9 are the same finds the
two full ones; a fork shares all three.

>>> pool = BlockPool(n_blocks=8, block_size=4)
>>> first = BlockTable(blocks=pool.allocate(3), length=10, ids=list(range(10)))
>>> pool.register_full(first)
>>> pool.match_prefix([0, 1, 2, 3, 4, 5, 6, 7, 8, 99])
[0, 1]
>>> second = pool.fork(first)
>>> pool.references[:4], pool.n_free
([2, 2, 2, 0], 5)
>>> pool.free(first.blocks); pool.free(second.blocks)
>>> pool.n_free, pool.match_prefix(list(range(8)))
(8, [0, 1])
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


class OutOfBlocksError(RuntimeError):
    """More blocks are needed than are free. Nothing was changed: free a sequence and try again."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(f"{needed} blocks are needed and {free} are free.")
        self.needed = needed
        self.free = free


@dataclass
class BlockTable:
    """The blocks of one sequence, in the order of its tokens."""

    blocks: list[int] = field(default_factory=list)
    length: int = 0
    """Tokens written (or just about to be)."""
    ids: list[int] | None = field(default_factory=list)
    """Its tokens; None when they are not known, and then its blocks cannot be found again."""
    digests: list[bytes] = field(default_factory=list)
    """The chain of hashes, one for each full block that was registered."""


class BlockPool:
    """Which blocks are free, how often each is referred to, and which prefix each full one holds."""

    def __init__(self, n_blocks: int, block_size: int) -> None:
        if n_blocks < 1 or block_size < 1:
            raise ValueError(f"{n_blocks} blocks of {block_size} tokens hold nothing.")
        self.n_blocks = n_blocks
        self.block_size = block_size
        self.references = [0] * n_blocks
        self._free: dict[int, None] = dict.fromkeys(range(n_blocks))  # a queue from which any block can be taken
        self._block_of: dict[bytes, int] = {}
        self._digest_of: dict[int, bytes] = {}

    @property
    def n_free(self) -> int:
        """Blocks that nobody refers to, those that still hold a known prefix included."""
        return len(self._free)

    @property
    def next_free(self) -> int:
        """The block that has been free for longest: the next to be taken. Raises StopIteration if none is free."""
        return next(iter(self._free))

    def can_allocate(self, n: int) -> bool:
        return n <= len(self._free)

    def allocate(self, n: int = 1) -> list[int]:
        """Take the n blocks that have been free for longest, each with one reference; all or none."""
        if not self.can_allocate(n):
            raise OutOfBlocksError(n, len(self._free))
        taken = []
        for _ in range(n):
            block = self.next_free
            del self._free[block]
            self.forget(block)  # its old content is about to be overwritten
            self.references[block] = 1
            taken.append(block)
        return taken

    def share(self, blocks: Iterable[int]) -> None:
        """One more reference to each; a block that was free but still holds its content is taken back."""
        for block in blocks:
            self._free.pop(block, None)
            self.references[block] += 1

    def free(self, blocks: Iterable[int]) -> None:
        """One reference less to each. Those left with none are free: the last of a sequence is overwritten first."""
        for block in reversed(list(blocks)):
            if self.references[block] < 1:
                raise ValueError(f"Block {block} is free already.")
            self.references[block] -= 1
            if self.references[block] == 0:
                self._free[block] = None

    def fork(self, table: BlockTable) -> BlockTable:
        """A second sequence with the same past: it shares every block, the one that is not full included."""
        self.share(table.blocks)
        ids = None if table.ids is None else list(table.ids)
        return BlockTable(list(table.blocks), table.length, ids, list(table.digests))

    # -- prefixes

    def digest(self, parent: bytes, ids: Sequence[int]) -> bytes:
        """SHA-256, since a collision would hand one request another's keys and values."""
        return hashlib.sha256(parent + b",".join(b"%d" % i for i in ids)).digest()

    def match_prefix(self, ids: Sequence[int]) -> list[int]:
        """Blocks that hold the longest known prefix of ids, in whole blocks. Takes no reference: `share` does."""
        found, parent = [], b""
        for start in range(0, len(ids) - self.block_size + 1, self.block_size):
            parent = self.digest(parent, ids[start : start + self.block_size])
            block = self._block_of.get(parent)
            if block is None:
                break
            found.append(block)
        return found

    def register_full(self, table: BlockTable) -> None:
        """Make the full blocks of a sequence findable; of two blocks with the same content the first stays known."""
        if table.ids is None:
            return
        size = self.block_size
        for i in range(len(table.digests), table.length // size):
            parent = table.digests[-1] if table.digests else b""
            digest = self.digest(parent, table.ids[i * size : (i + 1) * size])
            table.digests.append(digest)
            if digest not in self._block_of and table.blocks[i] not in self._digest_of:
                self._block_of[digest] = table.blocks[i]
                self._digest_of[table.blocks[i]] = digest

    def findable(self, block: int) -> bool:
        """True if a prefix can find the block."""
        return block in self._digest_of

    def forget(self, block: int) -> None:
        """The block's content changes: no prefix may find it any more."""
        digest = self._digest_of.pop(block, None)
        if digest is not None:
            del self._block_of[digest]
