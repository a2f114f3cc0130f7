"""Attention as it is timed: the plain products with their square, ours in tiles, and torch's own.

Each takes queries, keys and values of one length and returns the output; each is differentiable.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.attention_kernels import named
from explorer.stack.transformer.attention import Visibility

Method = Literal["standard", "tiled", "sdpa"]
Heads = Float[Tensor, "batch head pos d_head"]


def standard(q: Heads, k: Heads, v: Heads, causal: bool) -> Heads:
    """Three products of whole matrices, as a textbook writes them: scores and weights lie in memory."""
    scores = (q / math.sqrt(q.shape[-1])) @ k.mT  # batch head query key
    if causal:
        scores.masked_fill_(torch.ones(q.shape[2], k.shape[2], dtype=torch.bool).triu_(1), -math.inf)
    return torch.softmax(scores, -1) @ v


def tiled(q: Heads, k: Heads, v: Heads, causal: bool) -> Heads:
    """Ours: FlashAttention-2 in torch products over tiles, forward and backward."""
    return named("tiled")(q, k, v, Visibility(causal=causal), 1 / math.sqrt(q.shape[-1])).z


def sdpa(q: Heads, k: Heads, v: Heads, causal: bool) -> Heads:
    """torch's scaled_dot_product_attention, with the kernel that it chooses."""
    return F.scaled_dot_product_attention(q, k, v, is_causal=causal)


METHODS: dict[Method, Callable[[Heads, Heads, Heads, bool], Heads]] = {
    "standard": standard,
    "tiled": tiled,
    "sdpa": sdpa,
}


def squares(n: int, causal: bool, backward: bool) -> int:
    """Bytes of all that is square at the peak of the standard way in float32, for one head.

    Forward, scores and weights. Backward, the weights, their gradient and that of the scores, and which are masked.

    >>> squares(1000, causal=True, backward=False), squares(1000, causal=True, backward=True)
    (8000000, 13000000)
    """
    return n * n * (12 + int(causal) if backward else 8)
