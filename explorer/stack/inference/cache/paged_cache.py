"""The paged cache: keys and values of many sequences in blocks of one pool (vLLM; arXiv 2309.06180).

`BlockTables` keeps the books; here are the tensors. Token i of a sequence is in slot ``table[i // B] * B + i % B`` of
every layer, B being the block size:

    wasted slots of a sequence = blocks * B - tokens < B

against ``capacity - tokens`` where memory for the longest possible text is reserved for each (the paper measured that
only 20 to 38 % of such memory held tokens).

How a scheduler uses it::

    cache = PagedCache(config, n_blocks=256, block_size=16)
    held = cache.add("a", prompt)                      # tokens whose blocks were found: they need not be computed
    ids, positions = cache.prepare({"a": prompt[held:]})      # room for one step of these rows, or OutOfBlocksError
    logits = decoder(ids, positions, cache, last_only=True)
    ids, positions = cache.prepare({"a": [7], "b": [9]})      # any mixture of prefill and decode; padded on the left
    cache.fork("a", "c"); cache.release("b")

and as an ordinary cache of a batch: ``PagedCache.for_batch(config, batch, capacity)``.

Attention reads rows that are gathered from the blocks: on a CPU this copies them at every step. A GPU's kernel reads
through the table instead.

Worked example: one layer, one head of 1 number; blocks of 2. "a" holds tokens 0 to 2 in two blocks; "b" is forked from
it and both go on: the half-full block is copied once, by the first who writes.

>>> from types import SimpleNamespace
>>> cache = PagedCache(SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1), n_blocks=4, block_size=2)
>>> def write(feed):
...     ids, positions = cache.prepare(feed)
...     kv = ids[:, None, :, None].float()  # a key that is its token
...     return cache.update(0, kv, kv, positions)
>>> cache.add("a", [5, 6, 7]), write({"a": [5, 6, 7]}).k.flatten().tolist()
(0, [5.0, 6.0, 7.0])
>>> cache.fork("a", "b")
>>> write({"a": [8], "b": [9]}).k[:, 0, :, 0].tolist()
[[5.0, 6.0, 7.0, 8.0], [5.0, 6.0, 7.0, 9.0]]
>>> cache.tables["a"].blocks, cache.tables["b"].blocks
([0, 2], [0, 1])
>>> cache.add("c", [5, 6, 1])
2
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.inference.cache.block_pool import OutOfBlocksError as OutOfBlocksError
from explorer.stack.inference.cache.block_table import BlockTables, Event, Row
from explorer.stack.transformer.kv_cache import CacheShape, Held


@dataclass
class _Step:
    """Where the new tokens of the next updates go, and what their queries read."""

    rows: list[Row]
    write: Int[Tensor, " written"]
    """Slot of every new token, row by row."""
    row: Int[Tensor, " written"]
    column: Int[Tensor, " written"]
    read: Int[Tensor, "batch key"]
    positions: Int[Tensor, "batch key"]
    done: set[int] = field(default_factory=set)
    """Layers that have written."""


class PagedCache(BlockTables):
    """Keys and values of named sequences in a pool of blocks; the batch of a step is any choice of them."""

    wants_pattern = False

    def __init__(
        self,
        config: CacheShape,
        n_blocks: int,
        block_size: int = 16,
        dtype: torch.dtype = torch.float32,
        record: list[Event] | None = None,
    ) -> None:
        super().__init__(n_blocks, block_size, record)
        self.rows: list[Row] = []
        """The sequences of the batch that was fed last, in its order."""
        shape = (n_blocks * block_size, config.n_kv_heads, config.d_head)
        with torch.inference_mode(False):  # plain tensors may be written in and out of inference mode
            self.k = [torch.zeros(shape, dtype=dtype) for _ in range(config.n_layers)]
            """One a layer: [slot kv_head d_head], so that a token's row lies in one piece."""
            self.v = [torch.zeros(shape, dtype=dtype) for _ in range(config.n_layers)]
        self._step: _Step | None = None

    @classmethod
    def for_batch(cls, config: CacheShape, batch: int, capacity: int, block_size: int = 16) -> PagedCache:
        """A cache for rows 0 to batch - 1 of at most `capacity` tokens: a `CacheFactory`."""
        cache = cls(config, batch * math.ceil(capacity / block_size), block_size)
        cache.rows = list(range(batch))
        for row in cache.rows:
            cache.add(row)
        return cache

    def release(self, name: Row) -> None:
        super().release(name)
        self.rows = [row for row in self.rows if row != name]

    def prepare(self, feed: Mapping[Row, Sequence[int]]) -> tuple[Int[Tensor, "batch pos"], Int[Tensor, "batch pos"]]:
        """Make room for these new tokens and return (ids, positions) for the decoder, padded on the left with 0 and -1.

        Raises OutOfBlocksError, having changed nothing, when the pool has not enough.
        """
        self._begin(feed)
        width = max(map(len, feed.values()))
        ids, positions = torch.zeros(len(feed), width, dtype=torch.long), torch.full((len(feed), width), -1)
        for row, (name, new) in enumerate(feed.items()):
            end = self.tables[name].length
            ids[row, width - len(new) :] = torch.tensor(list(new), dtype=torch.long)
            positions[row, width - len(new) :] = torch.arange(end - len(new), end)
        return ids, positions

    def _begin(self, feed: Mapping[Row, Sequence[int] | int]) -> _Step:
        size = self.pool.block_size
        for copy in self.reserve(feed):
            for t in (*self.k, *self.v):
                t[copy.to * size :][: copy.filled] = t[copy.source * size :][: copy.filled]
        counts = [new if isinstance(new, int) else len(new) for new in feed.values()]
        width, rows = max(counts), list(feed)
        read, positions = self._read_index(rows)
        write, row, column = [], [], []
        for r, (name, n) in enumerate(zip(rows, counts, strict=True)):
            length = self.tables[name].length
            write.append(read[r, length - n : length])
            row += [r] * n
            column += range(width - n, width)
        self.rows = rows
        self._step = _Step(rows, torch.cat(write), torch.tensor(row), torch.tensor(column), read, positions)
        return self._step

    def _read_index(self, rows: Sequence[Row]) -> tuple[Int[Tensor, "batch key"], Int[Tensor, "batch key"]]:
        """Slots of the tokens in order, and their positions; shorter rows are filled up with slot 0 at -1."""
        size, tables = self.pool.block_size, [self.tables[row] for row in rows]
        longest = max(table.length for table in tables)
        read, positions = torch.zeros(len(rows), longest, dtype=torch.long), torch.full((len(rows), longest), -1)
        for i, table in enumerate(tables):
            slots = torch.tensor(table.blocks, dtype=torch.long)[:, None] * size + torch.arange(size)
            read[i, : table.length] = slots.flatten()[: table.length]
            positions[i, : table.length] = torch.arange(table.length)
        return read, positions

    def gather(
        self, layer: int, name: Row
    ) -> tuple[Float[Tensor, "kv_head key d_head"], Float[Tensor, "kv_head key d_head"]]:
        """The keys and values of one sequence, in the order of its tokens."""
        read = self._read_index([name])[0][0]
        # [key kv_head d_head] -> [kv_head key d_head]
        return self.k[layer][read].transpose(0, 1), self.v[layer][read].transpose(0, 1)

    # -- KVCache

    @property
    def seen(self) -> int:
        return max((self.tables[row].length for row in self.rows), default=0)

    @property
    def block_nbytes(self) -> int:
        """Bytes of one block's keys and values in all layers."""
        return sum(t[: self.pool.block_size].nbytes for t in (*self.k, *self.v))

    @property
    def nbytes(self) -> int:
        """Blocks that are referred to, each once however many share it, and 8 bytes for each entry of a table."""
        used = self.pool.n_blocks - self.pool.n_free
        return used * self.block_nbytes + 8 * sum(len(table.blocks) for table in self.tables.values())

    @property
    def allocated_nbytes(self) -> int:
        return self.pool.n_blocks * self.block_nbytes

    def update(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        positions: Int[Tensor, "batch pos"],
    ) -> Held:
        step = self._step
        if step is None or layer in step.done:  # nobody called `prepare`: an ordinary batch, its tokens unknown
            step = self._begin(self._counts(positions))
        keys, values = self.k[layer], self.v[layer]
        # [written kv_head d_head] goes to the slots; padding is stored nowhere.
        keys[step.write] = k[step.row, :, step.column].detach().to(keys.dtype)
        values[step.write] = v[step.row, :, step.column].detach().to(values.dtype)
        step.done.add(layer)
        if len(step.done) == len(self.k):
            self.register(step.rows)
        # [batch key kv_head d_head] -> [batch kv_head key d_head]
        return Held(
            keys[step.read].transpose(1, 2).to(k.dtype), values[step.read].transpose(1, 2).to(v.dtype), step.positions
        )

    def _counts(self, positions: Tensor) -> dict[Row, int]:
        """How many tokens come for each row, which must go on where it ended."""
        if len(positions) != len(self.rows):
            raise ValueError(f"{len(positions)} rows came for {len(self.rows)} sequences: call `prepare` first.")
        counts = dict(zip(self.rows, (positions >= 0).sum(1).tolist(), strict=True))
        for (row, n), own in zip(counts.items(), positions.tolist(), strict=True):
            length = self.tables[row].length
            if [p for p in own if p >= 0] != list(range(length, length + n)) or -1 in own[len(own) - n :]:
                raise ValueError(f"A paged sequence grows by one position a token, padded left: {length} comes next.")
        return counts

    def observe(self, layer: int, pattern: Float[Tensor, "batch head query key"]) -> None:
        """Chooses nothing."""

    def truncate(self, length: int) -> None:
        for row in self.rows:
            self.truncate_row(row, length)

    def reorder(self, rows: Int[Tensor, " rows"]) -> None:
        """Beams: each new row is a fork of an old one, so that what they have in common is stored once."""
        old = [self.tables.pop(row) for row in self.rows]
        if len(rows) != len(self.rows):
            self.rows = list(range(len(rows)))
        for name, source in zip(self.rows, rows.tolist(), strict=True):
            self.tables[name] = self.pool.fork(old[source])
        for table in old:
            self.pool.free(table.blocks)
