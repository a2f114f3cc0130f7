"""Flash decoding: one query against a long cache, whose keys are split among workers and merged.

While a text is written there is one query a sequence: FlashAttention's blocks of queries hold one row, and a device
with a hundred processors would use as many as there are heads. So the keys are split, each split is attended to by
itself, and the partial results merge by their log-sum-exp (Dao, Haziza, Massa and Sizov 2023, "Flash-Decoding for
long-context inference")::

    (out_s, L_s) = attention(q, K_s, V_s)        each split s, at the same time
    (out, L)     = merge of all                  splits x (d + 1) numbers

Worked example: four splits of ten keys give what one pass gives.

>>> import torch
>>> q, k, v = torch.randn(1, 2, 1, 8), torch.randn(1, 2, 10, 8), torch.randn(1, 2, 10, 8)
>>> split, whole = flash_decoding(q, k, v, splits=4), flash_decoding(q, k, v, splits=1)
>>> bool((split.out - whole.out).abs().max() < 1e-6), bool((split.lse - whole.lse).abs().max() < 1e-6)
(True, True)
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.flash_attention import flash_attention_2
from explorer.stack.systems.memory_meter import UNMETERED, SlowMemory
from explorer.stack.systems.online_softmax import Partial, merge
from explorer.stack.systems.tile_mask import TileMask, blocks


def flash_decoding(
    q: Float[Tensor, "batch head query d_head"],
    k: Float[Tensor, "batch kv_head key d_head"],
    v: Float[Tensor, "batch kv_head key d_head"],
    mask: TileMask | None = None,
    scale: float | None = None,
    *,
    splits: int = 8,
    columns: int = 64,
    memory: SlowMemory = UNMETERED,
) -> Partial:
    """Attention of a few queries, the keys split as evenly as they divide. Queries are the last of the positions."""
    mask, n = mask or TileMask(), k.shape[2]
    parts = []
    for part in blocks(n, -(-n // splits)):
        of_keys = replace(mask, mask=_cut(mask.mask, part), bias=_cut(mask.bias, part))
        shift = n - q.shape[2] - part.start
        made = flash_attention_2(
            q, k[:, :, part], v[:, :, part], of_keys, scale,
            rows=q.shape[2], columns=columns, shift=shift, memory=memory,
        )  # fmt: skip
        parts.append(made)
    memory.step("merge", 0, -1)
    for s, each in enumerate(parts):
        memory.read("O", s, each.out)
        memory.read("L", s, each.lse)
    whole = reduce(merge, parts)
    memory.write("O", 0, whole.out)
    return whole


def _cut(tensor: Tensor | None, keys: slice) -> Tensor | None:
    """What a tensor over [query key] says of some keys."""
    return None if tensor is None else tensor[..., keys]
