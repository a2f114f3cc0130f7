"""One token through a decoder as one compiled loop: `token` is the whole algorithm, in the order of the formulas.

    for each layer:  x += W_O attention(rope(W_QKV norm(x)));  x += W_out (silu(W_gate norm(x)) * W_in norm(x))
    logits = W_U norm(x)

A framework's step is some 450 calls, each of which finds out anew what it is to do. Here the products (see
`fused_products`) take all the time there is: nothing is allocated, nothing is copied, and the threads stay together
for the whole token (see `fused_team`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int8, Int64

from explorer.stack.inference.fused_lanes import LANES
from explorer.stack.inference.fused_products import Weights, product
from explorer.stack.inference.fused_row import fixed
from explorer.stack.inference.fused_team import compiled, meet, share

float32 = np.float32


class Model(NamedTuple):
    """What a step reads and never writes. None: the model has no such part."""

    q: Weights
    k: Weights
    v: Weights
    out: Weights
    gate: Weights
    up: Weights
    down: Weights
    unembed: Weights
    ln1: Float32[np.ndarray, "layer d_model"]
    ln2: Float32[np.ndarray, "layer d_model"]
    ln_final: Float32[np.ndarray, " d_model"]
    ln1_post: Float32[np.ndarray, "layer d_model"] | None
    """Gemma's norms of what a sublayer writes."""
    ln2_post: Float32[np.ndarray, "layer d_model"] | None
    q_norm: Float32[np.ndarray, "layer d_head"] | None
    k_norm: Float32[np.ndarray, "layer d_head"] | None
    rope: Int64[np.ndarray, " layer"]
    """Which of the rotations the layer uses."""
    window: Int64[np.ndarray, " layer"]
    """How many tokens back, itself included, the layer sees."""
    d_mlp: int
    silu: bool
    """Else GELU by tanh."""
    eps: float
    attention_scale: float


class Work(NamedTuple):
    """What a step writes: one set for a model, used again for every token. Rows are padded like the weights'."""

    x: Float32[np.ndarray, "member d_model"]
    """The residual stream: every member has its own, all with the same numbers."""
    normed: Float32[np.ndarray, "member d_model"]
    digits: Int8[np.ndarray, "member piece 3 16"]
    """What a product reads, in fixed point: see `fused_row`."""
    scales: Float32[np.ndarray, "member block"]
    sums: Float32[np.ndarray, "member piece"]
    scores: Float32[np.ndarray, "member capacity"]
    q: Float32[np.ndarray, " rows"]
    k: Float32[np.ndarray, " rows"]
    v: Float32[np.ndarray, " rows"]
    z: Float32[np.ndarray, " heads_x_d_head"]
    written: Float32[np.ndarray, " rows"]
    """What a sublayer adds to the stream."""
    gate: Float32[np.ndarray, " rows"]
    up: Float32[np.ndarray, " rows"]
    logits: Float32[np.ndarray, " rows"]


@compiled
def rms_norm(x: Any, weight: Any, eps: Any, out: Any) -> None:
    total = float32(0)
    for c in range(x.shape[0]):
        total += x[c] * x[c]
    scale = float32(1 / np.sqrt(total / x.shape[0] + eps))
    for c in range(x.shape[0]):
        out[c] = x[c] * scale * weight[c]


@compiled
def add(x: Any, written: Any, norm: Any, layer: Any, eps: Any, normed: Any) -> None:
    """x += written, or with Gemma's second norm x += norm(written)."""
    if norm is not None:
        rms_norm(written[: x.shape[0]], norm[layer], eps, normed)
        written = normed
    for c in range(x.shape[0]):
        x[c] += written[c]


@compiled
def turn(head: Any, norm: Any, layer: Any, eps: Any, cos: Any, sin: Any) -> None:
    """The norm of a query or key if the model has one, then its rotation: coordinates i and i + half are a pair."""
    if norm is not None:
        rms_norm(head, norm[layer], eps, head)
    half_way = cos.shape[0] // 2
    for c in range(half_way):
        a, b = head[c], head[c + half_way]
        head[c] = a * cos[c] - b * sin[c]
        head[c + half_way] = b * cos[c + half_way] + a * sin[c + half_way]


@compiled
def attend(q: Any, keys: Any, values: Any, first: Any, last: Any, scale: Any, scores: Any, z: Any) -> None:
    """z = softmax(scale q K^T) V over the slots first to last."""
    highest = float32(-3e38)  # no infinity: the compiler is told that there is none
    for t in range(first, last + 1):
        k, score = keys[t], float32(0)
        for c in range(q.shape[0]):
            score += q[c] * k[c]
        scores[t] = score * float32(scale)
        highest = max(highest, scores[t])
    total = float32(0)
    z[:] = float32(0)
    for t in range(first, last + 1):
        v, weight = values[t], np.exp(scores[t] - highest)
        total += weight
        for c in range(z.shape[0]):
            z[c] += weight * v[c]
    for c in range(z.shape[0]):
        z[c] /= total


@compiled
def activate(gate: Any, up: Any, first: Any, last: Any, silu: Any) -> None:
    """gate = act(gate) * up."""
    for c in range(first, last):
        g = gate[c]
        if silu:
            gate[c] = g / (float32(1) + np.exp(-g)) * up[c]
        else:
            inner = float32(0.7978845608) * (g + float32(0.044715) * g * g * g)
            gate[c] = float32(0.5) * g * (float32(1) + np.tanh(inner)) * up[c]


@compiled
def token(
    model: Any, cos: Any, sin: Any, keys: Any, values: Any, slot: Any, work: Any, gate: Any, member: Any, size: Any
) -> None:
    """From the embedding in work.x to work.logits. keys, values: [1 kv_head capacity d_head] a layer, written at slot.

    Every member runs this; the lines between two meetings are shared out by rows or heads.
    """
    d_head, n_kv_heads = keys[0].shape[3], keys[0].shape[1]
    z = work.z.reshape(-1, d_head)  # head d_head
    n_heads = z.shape[0]
    q = work.q[: n_heads * d_head].reshape(-1, d_head)  # head d_head
    k = work.k[: n_kv_heads * d_head].reshape(-1, d_head)
    v = work.v[: n_kv_heads * d_head].reshape(-1, d_head)
    x, normed = work.x[member], work.normed[member]
    digits, scales, sums = work.digits[member], work.scales[member], work.sums[member]
    eps, phase = model.eps, 0
    for layer in range(len(keys)):
        K, V = keys[layer][0], values[layer][0]  # kv_head capacity d_head
        c, s = cos[model.rope[layer], slot], sin[model.rope[layer], slot]  # d_head

        rms_norm(x, model.ln1[layer], eps, normed)
        row = fixed(normed, digits, scales, sums)
        product(model.q, layer, row, work.q, member, size)
        product(model.k, layer, row, work.k, member, size)
        product(model.v, layer, row, work.v, member, size)
        phase = meet(gate, phase, size)

        for h in range(*share(n_heads, member, size)):
            turn(q[h], model.q_norm, layer, eps, c, s)
        for h in range(*share(n_kv_heads, member, size)):
            turn(k[h], model.k_norm, layer, eps, c, s)
            K[h, slot] = k[h]
            V[h, slot] = v[h]
        phase = meet(gate, phase, size)

        oldest = max(0, slot + 1 - model.window[layer])
        for h in range(*share(n_heads, member, size)):
            kv = h * n_kv_heads // n_heads
            attend(q[h], K[kv], V[kv], oldest, slot, model.attention_scale, work.scores[member], z[h])
        phase = meet(gate, phase, size)

        product(model.out, layer, fixed(work.z, digits, scales, sums), work.written, member, size)
        phase = meet(gate, phase, size)

        add(x, work.written, model.ln1_post, layer, eps, normed)
        rms_norm(x, model.ln2[layer], eps, normed)
        row = fixed(normed, digits, scales, sums)
        product(model.gate, layer, row, work.gate, member, size)
        product(model.up, layer, row, work.up, member, size)
        first, last = share(work.gate.shape[0] // LANES, member, size)  # the rows that this member has just made
        activate(work.gate, work.up, first * LANES, last * LANES, model.silu)
        phase = meet(gate, phase, size)

        product(model.down, layer, fixed(work.gate[: model.d_mlp], digits, scales, sums), work.written, member, size)
        phase = meet(gate, phase, size)
        add(x, work.written, model.ln2_post, layer, eps, normed)

    rms_norm(x, model.ln_final, eps, normed)
    product(model.unembed, 0, fixed(normed, digits, scales, sums), work.logits, member, size)
