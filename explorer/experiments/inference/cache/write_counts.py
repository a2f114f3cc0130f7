"""What a cache really holds: its room is filled with NaN before, and what is a number afterwards was written.

This counts the tensors' own memory and asks the cache nothing: neither its lengths nor its `nbytes`.

>>> from types import SimpleNamespace
>>> cache = marked(ContiguousCache(SimpleNamespace(n_layers=2, n_kv_heads=1, d_head=4), batch=1, capacity=8))
>>> written_bytes(cache)
0
>>> for layer in range(2):
...     _ = cache.update(layer, torch.ones(1, 1, 3, 4), torch.zeros(1, 1, 3, 4), torch.arange(3)[None])
>>> written_bytes(cache)  # 2 layers, key and value, 3 tokens, 4 numbers of 4 bytes
192
"""

from __future__ import annotations

from typing import TypeVar

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.transformer.kv_cache import ContiguousCache

Marked = TypeVar("Marked", ContiguousCache, PagedCache)


def marked(cache: Marked) -> Marked:
    """The cache, new, with NaN in every place that a key or a value may take."""
    for tensor in (*cache.k, *cache.v):
        tensor.fill_(torch.nan)
    return cache


def written_bytes(cache: ContiguousCache | PagedCache) -> int:
    """Bytes of keys and values that were written, all layers together."""
    return sum(int((~t.isnan()).sum()) * t.element_size() for t in (*cache.k, *cache.v))


def written_by_slot(cache: ContiguousCache) -> Int[Tensor, " capacity"]:
    """The same, by slot, all rows of the batch together; with the 8 bytes of each row's position."""
    of_slot = 8 * (cache.positions >= 0).sum(0)  # capacity
    for t in (*cache.k, *cache.v):
        of_slot = of_slot + (~t.isnan()).sum((0, 1, 3)) * t.element_size()  # batch kv_head capacity d_head
    return of_slot


def taken_blocks(cache: PagedCache) -> int:
    """Bytes of all blocks in which anything was written: a paged cache takes whole ones."""
    size = cache.pool.block_size
    used = torch.stack([~t.isnan().all(-1).all(-1) for t in (*cache.k, *cache.v)]).any(0)  # slot
    slots = size * int(used.unflatten(0, (-1, size)).any(1).sum())
    return sum(slots * t[0].numel() * t.element_size() for t in (*cache.k, *cache.v))
