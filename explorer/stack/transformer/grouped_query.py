"""Grouped queries: several query heads share one key-value head, so that the cache shrinks by the size of the group.

With H query heads and G key-value heads, query head h reads key-value head h // (H / G). G = H is multi-head attention
(Vaswani et al. 2017, arXiv 1706.03762), G = 1 multi-query attention (Shazeer 2019, arXiv 1911.02150), all between is
grouped-query attention (Ainslie et al. 2023, arXiv 2305.13245). Per layer and token::

    weights  d_model * d_head * (2 H + 2 G)         W_Q and W_O, W_K and W_V
    cache    2 * G * d_head numbers

The paper turns a multi-head model into a grouped one by averaging the key and value projections of each group (it finds
that better than keeping one of them), then trains on for 5 % of the original steps. `pooled` makes that first step on
any decoder, by averaging or by keeping. Nothing is trained afterwards: what it shows is how far apart the heads have
grown.

Worked example: two key-value heads of two dimensions each, on a stream of one number, become one.

>>> import torch
>>> W_K = torch.tensor([[1.0], [2.0], [5.0], [6.0]])
>>> pool(W_K, n_kv_heads=2, groups=1).tolist(), pool(W_K, 2, 1, "first").tolist()
([[3.0], [4.0]], [[1.0], [2.0]])
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Literal, TypeVar

from jaxtyping import Float
from torch import Tensor, nn

from explorer.compat.torch import with_parts
from explorer.errors import BadRequestError
from explorer.stack.transformer.block import Block
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.few_rows import Linear

Pooling = Literal["mean", "first"]
M = TypeVar("M", bound=nn.Module)


def possible_groups(n: int) -> list[int]:
    """The numbers of key-value heads that `n` heads can share evenly.

    >>> possible_groups(12)
    [1, 2, 3, 4, 6, 12]
    """
    return [g for g in range(1, n + 1) if n % g == 0]


def pool(
    weight: Float[Tensor, "rows ..."], n_kv_heads: int, groups: int, how: Pooling = "mean"
) -> Float[Tensor, "pooled ..."]:
    """The rows of a key or value projection (or its bias), `n_kv_heads` heads brought down to `groups`."""
    if n_kv_heads % groups:
        raise BadRequestError(f"{n_kv_heads} key-value heads do not pool into {groups}.")
    heads = weight.unflatten(0, (groups, n_kv_heads // groups, -1))  # group member d_head ...
    kept = heads.mean(1) if how == "mean" else heads[:, 0]  # group d_head ...
    return kept.flatten(0, 1)


def pooled(decoder: Decoder, groups: int, how: Pooling = "mean", layers: Collection[int] | None = None) -> Decoder:
    """A decoder whose key and value heads are pooled, in all layers or in some; it shares every other weight.

    Where only some layers are pooled, they have fewer heads than the config names: such a decoder runs whole texts, a
    cache of one shape does not fit it.
    """
    config = decoder.config
    blocks = [block for block in decoder.blocks if isinstance(block, Block)]
    made = with_parts(decoder)
    if layers is None:
        made.config = replace(config, n_kv_heads=groups)
    for layer in range(config.n_layers) if layers is None else layers:
        block = blocks[layer] = with_parts(blocks[layer])
        block.attn = attn = with_parts(block.attn)
        attn.config = made.config
        for name in ("W_K", "W_V"):
            old = getattr(attn, name)
            weights = {"weight": old.weight} | ({"bias": old.bias} if old.bias is not None else {})
            setattr(attn, name, _linear({k: pool(w, config.n_kv_heads, groups, how) for k, w in weights.items()}))
    made.blocks = nn.ModuleList(blocks)
    return made


def _linear(weights: dict[str, Tensor]) -> nn.Linear:
    rows, columns = weights["weight"].shape
    made = Linear(columns, rows, bias="bias" in weights, device="meta")
    made.load_state_dict(weights, assign=True)
    return made.requires_grad_(False)
