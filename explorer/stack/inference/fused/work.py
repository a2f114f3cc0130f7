"""What a fused step writes on its way: made once for a model, used again every time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int8, Int32

from explorer.stack.inference.fused.row import room as row_room
from explorer.stack.inference.fused.weights import padded
from explorer.stack.transformer.config import DecoderConfig


class Work(NamedTuple):
    """Columns are padded like the weights' rows."""

    x: Float32[np.ndarray, "member token d_model"]
    """The residual stream: every member has its own, all with the same numbers."""
    normed: Float32[np.ndarray, "member token d_model"]
    digits: Int8[np.ndarray, "member token piece 3 16"]
    """What a product reads, in fixed point: see `fused.row`."""
    totals: Int32[np.ndarray, "member token piece 3"]
    scales: Float32[np.ndarray, "member token block"]
    sums: Float32[np.ndarray, "member token piece"]
    scores: Float32[np.ndarray, "member capacity"]
    turned: Float32[np.ndarray, "member d_head"]
    q: Float32[np.ndarray, "token heads_x_d_head"]
    k: Float32[np.ndarray, "token kv_heads_x_d_head"]
    v: Float32[np.ndarray, "token kv_heads_x_d_head"]
    z: Float32[np.ndarray, "token heads_x_d_head"]
    written: Float32[np.ndarray, "token d_model"]
    """What a sublayer adds to the stream."""
    gate: Float32[np.ndarray, "token d_mlp"]
    up: Float32[np.ndarray, "token d_mlp"]
    logits: Float32[np.ndarray, "token d_vocab"]


def work_for(config: DecoderConfig, threads: int, tokens: int, capacity: int) -> Work:
    """For so many members, tokens side by side and slots of the cache."""

    def room(*shape: int) -> Float32[np.ndarray, "*shape"]:
        return np.zeros(shape, np.float32)

    q_columns, kv_columns = config.n_heads * config.d_head, config.n_kv_heads * config.d_head
    widest = max(config.d_model, q_columns, config.d_mlp)
    digits, totals, scales, sums = (
        each.reshape(threads, tokens, *each.shape[1:]) for each in row_room(threads * tokens, widest)
    )
    return Work(
        x=room(threads, tokens, config.d_model),
        normed=room(threads, tokens, config.d_model),
        digits=digits,
        totals=totals,
        scales=scales,
        sums=sums,
        scores=room(threads, capacity),
        turned=room(threads, config.d_head),
        q=room(tokens, padded(q_columns)),
        k=room(tokens, padded(kv_columns)),
        v=room(tokens, padded(kv_columns)),
        z=room(tokens, q_columns),
        written=room(tokens, padded(config.d_model)),
        gate=room(tokens, padded(config.d_mlp)),
        up=room(tokens, padded(config.d_mlp)),
        logits=room(tokens, padded(config.d_vocab)),
    )
