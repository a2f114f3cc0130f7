"""Keys and values of passages, computed once and put into any prompt.

A retrieved passage is read again for each question, though its text is the same. Kept, its keys and values save that
(Prompt Cache, Gim et al. 2023, arXiv 2311.04934; CacheBlend, Yao et al. 2024, arXiv 2405.16444; EPIC, Hu et al. 2024,
arXiv 2410.15332). Two things are then wrong:

- the positions. A key of a rotary model carries its own: computed alone from 0 on, at place s of a prompt it is turned
  by s more, R(s + i) = R(s) R(i), and that is exact;
- the sight. Alone, a token of a passage has seen nothing before its passage. That is an approximation, and the first
  token of each passage is a sink of its own. Reading the first few tokens of each passage again in their place mends a
  part of it.

In block 0 keys depend on a token and its place alone, so that turned keys are there equal to those of a whole run.

>>> from explorer.stack.transformer.decoder import Decoder
>>> from explorer.stack.transformer.config import DecoderConfig
>>> from explorer.stack.embeddings.rope import RopeConfig
>>> config = DecoderConfig(n_layers=2, d_model=8, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=16, d_vocab=20, n_ctx=32,
...                        rope=RopeConfig(d_head=4))
>>> decoder = Decoder(config).eval()
>>> held = [alone(decoder, ids) for ids in ((1, 2), (3, 4, 5))]
>>> cache = joined(decoder, (6,), held, again=0)
>>> cache.seen, cache.positions[0, :6].tolist()
(6, [0, 1, 2, 3, 4, 5])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.context.streaming import turned
from explorer.stack.transformer.kv_cache import ContiguousCache

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True, eq=False)
class Kept:
    """A passage as it was read alone, from position 0 on."""

    ids: tuple[int, ...]
    k: tuple[Float[Tensor, "1 kv_head pos d_head"], ...]
    """A layer each."""
    v: tuple[Float[Tensor, "1 kv_head pos d_head"], ...]

    @property
    def nbytes(self) -> int:
        return sum(each.nbytes for each in (*self.k, *self.v))


@torch.inference_mode()
def alone(decoder: Decoder, ids: Sequence[int]) -> Kept:
    """The keys and values of a passage that nothing stands before."""
    cache = ContiguousCache(decoder.config, 1, len(ids))
    decoder.stream(torch.tensor(ids)[None], cache=cache)
    return Kept(tuple(ids), tuple(k.clone() for k in cache.k), tuple(v.clone() for v in cache.v))


@torch.inference_mode()
def joined(
    decoder: Decoder, before: Sequence[int], passages: Sequence[Kept], again: int = 0, turn: bool = True, room: int = 0
) -> ContiguousCache:
    """A cache of `before`, which is read, and the passages behind it.

    again: tokens at the start of each passage that are read anew, with sight of all before them; turn: whether keys are
    turned to their new places; room: further tokens that the cache must hold.
    """
    total = len(before) + sum(len(each.ids) for each in passages)
    cache = ContiguousCache(decoder.config, 1, total + room)
    if before:
        decoder.stream(torch.tensor(before)[None], cache=cache)
    for each in passages:
        start, fresh = cache.seen, min(again, len(each.ids))
        if fresh:
            decoder.stream(torch.tensor(each.ids[:fresh])[None], cache=cache)
        rest = torch.arange(start + fresh, start + len(each.ids))
        if not len(rest):
            continue
        for layer, (k, v) in enumerate(zip(each.k, each.v, strict=True)):
            rope, keys = decoder.config.rope_of(layer), k[:, :, fresh:]
            if turn and rope is not None:
                keys = turned(keys, torch.full((len(rest),), start), rope)
            cache.update(layer, keys, v[:, :, fresh:], rest[None])
    return cache
