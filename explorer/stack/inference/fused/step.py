"""A token or a few through a decoder as one compiled loop: `tokens` is the whole algorithm, in the formulas' order.

    for each layer:  x += W_O attention(rope(W_QKV norm(x)));  x += W_out (silu(W_gate norm(x)) * W_in norm(x))
    logits = W_U norm(x)

A framework's step is some 450 calls, each of which finds out anew what it is to do. Here the products (see
`fused.products`) take all the time there is: nothing is allocated, nothing is copied, and the threads stay together
for the whole step (see `fused.team`). Tokens of a prompt go through a layer side by side, so that its weights come from
memory once for all of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32, Int64
from numba import types
from numba.experimental import structref

from explorer.stack.inference.fused.embed import embedded
from explorer.stack.inference.fused.lanes import LANES
from explorer.stack.inference.fused.products import Weights, ask, product
from explorer.stack.inference.fused.row import fixed
from explorer.stack.inference.fused.team import compiled, meet, share

float32, int32, uint32 = np.float32, np.int32, np.uint32


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
    embed: Weights | None
    """The unembedding's matrix where it holds the embeddings too. None: they come in work.x."""
    embed_scale: float
    d_mlp: int
    silu: bool
    """Else GELU by tanh."""
    eps: float
    attention_scale: float


@structref.register
class StateType(types.StructRef):
    """To the compiler."""

    def preprocess_fields(self, fields: Any) -> Any:
        return tuple((name, types.unliteral(kind)) for name, kind in fields)


class State(structref.StructRefProxy):
    """What a step is given but its tokens, as one reference: to hand over a hundred arrays took a tenth of a step.

    model: a `Model`; cos, sin: [rope capacity d_head]; keys, values: [layer 1 kv_head capacity d_head]; work: a `Work`.
    """


structref.define_proxy(State, StateType, ["model", "cos", "sin", "keys", "values", "work"])


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
def turn(head: Any, norm: Any, layer: Any, eps: Any, cos: Any, sin: Any, out: Any) -> None:
    """The norm of a query or key if the model has one, then its rotation: coordinates i and i + half are a pair."""
    if norm is not None:
        rms_norm(head, norm[layer], eps, out)
        head = out
    half_way = cos.shape[0] // 2
    for c in range(half_way):
        a, b = head[c], head[c + half_way]
        out[c] = a * cos[c] - b * sin[c]
        out[c + half_way] = b * cos[c + half_way] + a * sin[c + half_way]


@compiled
def attend(q: Any, keys: Any, values: Any, first: Any, last: Any, scale: Any, scores: Any, z: Any) -> None:
    """z = softmax(scale q K^T) V over the slots first to last, four at a time: q and z are then read once for four."""
    fours = first + (last + 1 - first) // 4 * 4
    for t in range(first, fours, 4):
        k0, k1, k2, k3 = keys[t], keys[t + 1], keys[t + 2], keys[t + 3]
        s0, s1, s2, s3 = float32(0), float32(0), float32(0), float32(0)
        for c in range(q.shape[0]):
            s0 += q[c] * k0[c]
            s1 += q[c] * k1[c]
            s2 += q[c] * k2[c]
            s3 += q[c] * k3[c]
        scores[t], scores[t + 1], scores[t + 2], scores[t + 3] = s0, s1, s2, s3
    for t in range(fours, last + 1):
        k0, s0 = keys[t], float32(0)
        for c in range(q.shape[0]):
            s0 += q[c] * k0[c]
        scores[t] = s0
    highest = float32(-3e38)  # no infinity: the compiler is told that there is none
    for t in range(first, last + 1):
        scores[t] *= float32(scale)
        highest = max(highest, scores[t])
    total = float32(0)
    for t in range(first, last + 1):
        scores[t] = exp(scores[t] - highest)
        total += scores[t]
    z[:] = float32(0)
    for t in range(first, fours, 4):
        v0, v1, v2, v3 = values[t], values[t + 1], values[t + 2], values[t + 3]
        s0, s1, s2, s3 = scores[t], scores[t + 1], scores[t + 2], scores[t + 3]
        for c in range(z.shape[0]):
            z[c] += s0 * v0[c] + s1 * v1[c] + s2 * v2[c] + s3 * v3[c]
    for t in range(fours, last + 1):
        v0, s0 = values[t], scores[t]
        for c in range(z.shape[0]):
            z[c] += s0 * v0[c]
    for c in range(z.shape[0]):
        z[c] /= total


@compiled
def exp(x: Any) -> Any:
    """e^x, to 3e-7 of it: 2^n by its bits, times a polynomial of the rest. A library's is called number by number, this
    one is compiled for 16 at a time.

    >>> [round(float(exp(np.float32(x))), 6) for x in (0, 1, -1, -200)]
    [1.0, 2.718282, 0.367879, 0.0]
    """
    x = min(max(x, float32(-87)), float32(88))
    n = np.rint(x * float32(1.442695041))
    r = x - n * float32(0.6931471806)  # from -0.35 to 0.35
    tail = float32(1 / 24) + r * (float32(1 / 120) + r * (float32(1 / 720) + r * float32(1 / 5040)))
    whole = float32(1) + r * (float32(1) + r * (float32(0.5) + r * (float32(1 / 6) + r * tail)))
    return whole * uint32(uint32(int32(n) + int32(127)) << uint32(23)).view(float32)


@compiled
def activate(gate: Any, up: Any, silu: Any) -> None:
    """gate = act(gate) * up. tanh(y) = 1 - 2 / (1 + e^2y), so that GELU too is g times a logistic function."""
    for c in range(gate.shape[0]):
        g = gate[c]
        y = g if silu else float32(1.5957691216) * (g + float32(0.044715) * g * g * g)
        gate[c] = g / (float32(1) + exp(-y)) * up[c]


@compiled
def tokens(state: Any, slot: Any, ids: Any, wanted: Any, gate: Any, member: Any, size: Any) -> None:
    """From the tokens' ids to work.logits, those of the last `wanted` tokens alone.

    Keys and values are written from `slot` on. Every member runs this; what lies between two meetings is shared out by
    rows or heads.
    """
    model, cos, sin, keys, values, work = state.model, state.cos, state.sin, state.keys, state.values, state.work
    d_head, n_kv_heads = keys.shape[4], keys.shape[2]
    d_model, n_heads = work.x.shape[2], work.z.shape[1] // d_head
    x, normed, turned = work.x[member], work.normed[member], work.turned[member]
    digits, totals, scales, sums = work.digits[member], work.totals[member], work.scales[member], work.sums[member]
    eps, phase, count = model.eps, 0, len(ids)
    embedded(model.embed, ids, model.embed_scale, x)
    for layer in range(keys.shape[0]):
        K, V = keys[layer, 0], values[layer, 0]  # kv_head capacity d_head
        cosines, sines = cos[model.rope[layer]], sin[model.rope[layer]]  # capacity d_head

        for t in range(count):
            rms_norm(x[t], model.ln1[layer], eps, normed[t])
        rows = fixed(normed, count, d_model, digits, totals, scales, sums)
        product(model.q, layer, rows, work.q, member, size)
        product(model.k, layer, rows, work.k, member, size)
        product(model.v, layer, rows, work.v, member, size)
        ask(model.out, layer, member, size)
        phase = meet(gate, phase, size)

        first, last = share(n_heads, member, size)
        for kv in range(first * n_kv_heads // n_heads, (last * n_kv_heads - 1) // n_heads + 1):
            for t in range(count):  # members that read the same keys write the same
                own = slice(kv * d_head, (kv + 1) * d_head)
                turn(work.k[t, own], model.k_norm, layer, eps, cosines[slot + t], sines[slot + t], turned)
                K[kv, slot + t], V[kv, slot + t] = turned, work.v[t, own]
        for h in range(first, last):
            for t in range(count):
                q, z = work.q[t, h * d_head : (h + 1) * d_head], work.z[t, h * d_head : (h + 1) * d_head]
                turn(q, model.q_norm, layer, eps, cosines[slot + t], sines[slot + t], turned)
                kv, oldest = h * n_kv_heads // n_heads, max(0, slot + t + 1 - model.window[layer])
                attend(turned, K[kv], V[kv], oldest, slot + t, model.attention_scale, work.scores[member], z)
        phase = meet(gate, phase, size)

        product(
            model.out,
            layer,
            fixed(work.z, count, work.z.shape[1], digits, totals, scales, sums),
            work.written,
            member,
            size,
        )
        ask(model.gate, layer, member, size)
        phase = meet(gate, phase, size)

        for t in range(count):
            add(x[t], work.written[t], model.ln1_post, layer, eps, normed[t])
            rms_norm(x[t], model.ln2[layer], eps, normed[t])
        rows = fixed(normed, count, d_model, digits, totals, scales, sums)
        product(model.gate, layer, rows, work.gate, member, size)
        product(model.up, layer, rows, work.up, member, size)
        first, last = share(work.gate.shape[1] // LANES, member, size)  # the columns that this member has just made
        for t in range(count):
            own = slice(first * LANES, last * LANES)
            activate(work.gate[t, own], work.up[t, own], model.silu)
        ask(model.down, layer, member, size)
        phase = meet(gate, phase, size)

        product(
            model.down,
            layer,
            fixed(work.gate, count, model.d_mlp, digits, totals, scales, sums),
            work.written,
            member,
            size,
        )
        if layer + 1 < keys.shape[0]:
            ask(model.q, layer + 1, member, size)
        else:
            ask(model.unembed, 0, member, size)
        phase = meet(gate, phase, size)
        for t in range(count):
            add(x[t], work.written[t], model.ln2_post, layer, eps, normed[t])

    for t in range(wanted):
        rms_norm(x[count - wanted + t], model.ln_final, eps, normed[t])
    product(model.unembed, 0, fixed(normed, wanted, d_model, digits, totals, scales, sums), work.logits, member, size)
