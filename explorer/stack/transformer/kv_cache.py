"""The key-value cache: what a decoder keeps of the tokens that it has read, so that a new token costs one row.

Causal attention never changes the keys and values of earlier tokens. Kept, they turn the n-th token's work from n rows
through every layer into one row that reads n stored keys and values:

    bytes = 2 * n_layers * n_kv_heads * d_head * tokens * bytes per number

(2 for key and value; the dimension of the query heads does not occur, which is what grouped queries are for).
Shazeer 2019, "Fast Transformer Decoding: One Write-Head is All You Need" (arXiv 1911.02150), counts why reading this
memory, not arithmetic, limits decoding; Pope et al. 2022 (arXiv 2211.05102) give the formula as used here.

Every policy is a `KVCache`: it stores what `update` brings and returns what the queries may read. Rows
of a batch may differ in length: they are padded on the left, and position -1 marks a slot that nobody sees.

A worked example: 2 layers, 1 kv head of 4 numbers, 3 tokens in float32. Keys and values take 2*2*1*4*3*4 = 192 bytes,
the table of the 3 positions 24 more.

>>> from types import SimpleNamespace
>>> shape = SimpleNamespace(n_layers=2, n_kv_heads=1, d_head=4)
>>> cache = ContiguousCache(shape, batch=1, capacity=8)
>>> for layer in range(2):
...     held = cache.update(layer, torch.ones(1, 1, 3, 4), torch.zeros(1, 1, 3, 4), torch.arange(3)[None])
>>> cache.seen, cache.nbytes, held.k.shape
(3, 216, torch.Size([1, 1, 3, 4]))
>>> cache.truncate(2)
>>> cache.seen, cache.nbytes, cache.allocated_nbytes
(2, 144, 576)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor


@runtime_checkable
class CacheShape(Protocol):
    """What a cache must know of a model; `DecoderConfig` has it."""

    @property
    def n_layers(self) -> int: ...
    @property
    def n_kv_heads(self) -> int: ...
    @property
    def d_head(self) -> int: ...


@dataclass(frozen=True)
class Held:
    """What the queries of one layer may read now. The order of the slots need not be that of the positions."""

    k: Float[Tensor, "batch kv_head key d_head"]
    """Rotated already, where the model rotates keys."""
    v: Float[Tensor, "batch kv_head key d_head"]
    positions: Int[Tensor, "batch key"]
    """-1: an empty or padded slot, seen by nobody."""


@runtime_checkable
class KVCache(Protocol):
    """One cache policy. Gradients stop at a cache: it is for inference."""

    @property
    def wants_pattern(self) -> bool:
        """True if the policy chooses by attention: the decoder then calls `observe` after each layer's attention."""
        ...

    @property
    def seen(self) -> int:
        """Tokens (columns of the batch, padding included) written so far, whether or not they are still held."""
        ...

    @property
    def nbytes(self) -> int:
        """Bytes in use now: keys and values as they are stored, with scales, positions and tables."""
        ...

    def update(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        positions: Int[Tensor, "batch pos"],
    ) -> Held:
        """Store the new tokens of a layer and return all that they may read, themselves included, in k's dtype."""
        ...

    def observe(self, layer: int, pattern: Float[Tensor, "batch head query key"]) -> None:
        """Attention of the step just made, over the slots that `update` returned. Only if `wants_pattern`."""
        ...

    def truncate(self, length: int) -> None:
        """Forget positions >= length (rejected drafts); NotImplementedError where the policy no longer can."""
        ...

    def reorder(self, rows: Int[Tensor, " rows"]) -> None:
        """Row i becomes what row rows[i] was: beams. Fewer or more rows than before are allowed."""
        ...


CacheFactory = Callable[[CacheShape, int, int], KVCache]
"""(config, batch, capacity) -> cache."""


class ContiguousCache:
    """One tensor for keys and one for values, allocated at once, written in place: nothing is ever copied."""

    wants_pattern = False

    def __init__(
        self,
        config: CacheShape,
        batch: int,
        capacity: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str | None = None,
    ) -> None:
        shape = (batch, config.n_kv_heads, capacity, config.d_head)
        self.capacity = capacity
        with torch.inference_mode(False):  # plain tensors may be written in and out of inference mode
            self.keys, self.values = torch.zeros(2, config.n_layers, *shape, dtype=dtype, device=device)
            """[layer batch kv_head capacity d_head]"""
            self.k, self.v = list(self.keys), list(self.values)
            """One a layer: [batch kv_head capacity d_head]."""
            self.positions = torch.full((batch, capacity), -1, dtype=torch.long, device=device)
            """[batch capacity]; -1 where a slot is empty or padded."""
        self.lengths = [0] * config.n_layers
        """Slots written in each layer: equal but in the midst of a forward pass."""
        self._shown = self.positions[:, :0]

    @property
    def batch(self) -> int:
        return self.positions.shape[0]

    @property
    def seen(self) -> int:
        return max(self.lengths)

    @property
    def nbytes(self) -> int:
        one = self.batch * self.k[0][0, :, :1].nbytes  # a token's keys in one layer, all rows
        return 2 * one * sum(self.lengths) + self.positions[:, : self.seen].nbytes

    @property
    def allocated_nbytes(self) -> int:
        """Bytes taken from the start, whether in use or not."""
        return sum(t.nbytes for t in (*self.k, *self.v, self.positions))

    def claim(self, positions: Int[Tensor, "batch pos"]) -> tuple[int, int]:
        """Mark the next slots as written in every layer and return (start, end).

        For code that writes ``k[layer][:, :, start:end]`` and ``v`` itself.
        """
        start = self.seen
        end = self._place(start, positions)
        self.lengths = [end] * len(self.lengths)
        return start, end

    def _place(self, start: int, positions: Tensor) -> int:
        end = start + positions.shape[1]
        if end > self.capacity:
            raise ValueError(f"A cache of {self.capacity} tokens cannot hold {end}.")
        self.positions[:, start:end] = positions
        self._shown = self.positions[:, :end]  # one view for all layers: the decoder makes one mask for it
        return end

    def update(
        self,
        layer: int,
        k: Float[Tensor, "batch kv_head pos d_head"],
        v: Float[Tensor, "batch kv_head pos d_head"],
        positions: Int[Tensor, "batch pos"],
    ) -> Held:
        start = self.lengths[layer]
        end = start + k.shape[2]
        if end > self.seen or self._shown.shape[1] != end:  # the first layer of a step places the positions for all
            self._place(start, positions)
        self.lengths[layer] = end
        keys, values = self.k[layer], self.v[layer]
        keys[:, :, start:end] = k.detach()
        values[:, :, start:end] = v.detach()
        # Views; `to` copies only if the cache stores another dtype than the model computes in.
        return Held(keys[:, :, :end].to(k.dtype), values[:, :, :end].to(v.dtype), self._shown)

    def observe(self, layer: int, pattern: Float[Tensor, "batch head query key"]) -> None:
        """Chooses nothing."""

    def truncate(self, length: int) -> None:
        seen = self.seen
        self.positions[:, :seen].masked_fill_(self.positions[:, :seen] >= length, -1)
        # Rows padded on the left end at different positions in one column: keep columns up to the last one in use.
        used = (self.positions[:, :seen] >= 0).any(0).nonzero()
        end = int(used[-1]) + 1 if len(used) else 0
        self.lengths = [min(n, end) for n in self.lengths]

    def reorder(self, rows: Int[Tensor, " rows"]) -> None:
        seen = self.seen
        if len(rows) == self.batch:
            for t in (*self.k, *self.v):
                t[:, :, :seen] = t[:, :, :seen][rows]
            self.positions[:, :seen] = self.positions[:, :seen][rows]
            return
        with torch.inference_mode(False):
            self.keys, self.values = self.keys[:, rows], self.values[:, rows]
            self.k, self.v = list(self.keys), list(self.values)
            self.positions = self.positions[rows]
