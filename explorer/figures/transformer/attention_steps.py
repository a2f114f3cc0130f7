"""One head's attention with every matrix between the stream and what is written back into it.

The steps are those of `explorer.stack.transformer.attention.eager`, run on the queries, keys and values that were read
from the model; each result is compared with the model's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.figures.payload import Payload
from explorer.stack.transformer.attention import Visibility, eager
from explorer.tracing.trace import Trace
from explorer.tracing.windows import visible as visible_in

#: Positions that are drawn; of a longer text those that end at the selected one.
WINDOW = 64


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Every matrix of one head, for a window of positions. Where keys stand in columns, they are the window's."""

    first: int
    q: Float[Tensor, "window d_head"]
    k: Float[Tensor, "window d_head"]
    v: Float[Tensor, "window d_head"]
    rot_q: Float[Tensor, "window d_head"]
    """After rotation; the same as `q` in a model without it."""
    rot_k: Float[Tensor, "window d_head"]
    raw: Float[Tensor, "window window"]
    """q.k, also for keys that the mask hides."""
    scores: Float[Tensor, "window window"]
    """Scaled (and softly capped, where the model does), before the mask."""
    visible: Bool[Tensor, "window window"]
    pattern: Float[Tensor, "window window"]
    unscaled: Float[Tensor, "window window"]
    """What softmax would give without the scale, over all keys that the query sees."""
    outside: Float[Tensor, " window"]
    """The weight that a query puts on keys before the window."""
    z: Float[Tensor, "window d_head"]
    out: Float[Tensor, "window d_model"]
    """What the head writes into the stream."""
    entropy: Float[Tensor, "2 window"]
    """Bits of each query's softmax: without the scale, and with it."""


@dataclass(frozen=True)
class Errors:
    """Largest differences between the steps done here and the model's own results, over all positions."""

    pattern: float
    z: float
    """Relative to the largest."""
    added: float
    """All heads' writes and the bias, against what attention added to the stream; relative to the stream's largest
    number at each position, whose digits bound how well a difference can be read off it."""


def window(n: int, position: int) -> slice:
    """The positions that are drawn: all, or those that end at the selected one.

    >>> window(26, 13), window(100, 80), window(100, 5)
    (slice(0, 26, None), slice(17, 81, None), slice(0, 64, None))
    """
    first = 0 if n <= WINDOW else max(0, position + 1 - WINDOW)
    return slice(first, min(n, first + WINDOW))


def head_steps(trace: Trace, layer: int, head: int, position: int, sliding: int | None) -> tuple[Steps, Errors]:
    """The steps of one head at the window's positions, and how well they give the model's own numbers at all.
    `sliding` is the layer's sliding window, by the model's config."""
    n, kv = len(trace.tokens), head // (trace.dims.n_heads // trace.dims.n_kv_heads)
    readout, rotary = trace.readout, trace.rotation(layer)
    trace.readout.require("values")
    rot_q, rot_k, v = trace.rot_q[layer, :, head], trace.rot_k[layer, :, kv], trace.v[layer, :, kv]  # pos d_head
    scale, cap = readout.scaling[layer], readout.score_softcap
    pattern, z = trace.pattern[layer, head], trace.z[layer, :, head]

    every = trace.scores(layer, head)[0]
    visible = visible_in(n, sliding)
    see = Visibility(visible[None, None])
    done = eager(rot_q[None, None], rot_k[None, None], v[None, None], see, scale, cap=cap)
    bare = eager(rot_q[None, None], rot_k[None, None], v[None, None], see, 1.0)
    assert done.pattern is not None
    assert bare.pattern is not None
    writes = trace.head_out(layer)  # head pos d_model
    added = writes.double().sum(0) + bias(trace, layer)
    middle = trace.resid_mid[layer].double()
    attn_out = middle - trace.stream(layer).double()
    errors = Errors(
        pattern=pattern_error(trace, layer, head, done.pattern[0, 0]),
        z=float((done.z[0, 0] - z).abs().max() / z.abs().max().clamp_min(1e-30)),
        added=float(((added - attn_out).abs().amax(-1) / middle.abs().amax(-1)).max()),
    )
    at = window(n, position)
    steps = Steps(
        first=at.start,
        q=rotary.undo(trace.rot_q[layer])[at, head],
        k=rotary.undo(trace.rot_k[layer])[at, kv],
        v=v[at],
        rot_q=rot_q[at],
        rot_k=rot_k[at],
        raw=(rot_q @ rot_k.T)[at, at],
        scores=every[at, at],
        visible=visible[at, at],
        pattern=pattern[at, at],
        unscaled=bare.pattern[0, 0, at, at],
        outside=pattern[at, : at.start].sum(-1),
        z=z[at],
        out=writes[head, at],
        entropy=torch.stack([entropy(bare.pattern[0, 0, at]), entropy(pattern[at])]),
    )
    return steps, errors


def pattern_error(trace: Trace, layer: int, head: int, made: Float[Tensor, "query key"]) -> float:
    """Against the model's pattern; of a long run, against what was read of it as it ran."""
    if trace.witness is not None:
        return trace.witness.pattern_error(layer, head, made)
    return float((made - trace.pattern[layer, head]).abs().max())


def bias(trace: Trace, layer: int) -> Float[Tensor, "*rows d_model"]:
    """What attention adds whatever its heads do: b_O, through the norm after attention where there is one. float64."""
    b_O, weight, scale = trace.readout.b_O[layer], trace.readout.ln1_post_weight[layer], trace.ln1_post_scale
    if b_O is None:
        return torch.zeros(trace.dims.d_model, dtype=torch.float64)
    if weight is None or scale is None:
        return b_O.double()
    return b_O.double() * weight / scale[layer].double()[:, None]


def entropy(pattern: Float[Tensor, "query key"]) -> Float[Tensor, " query"]:
    """Bits: 0 where one key has all the weight, log2(n) where n share it.

    >>> entropy(torch.tensor([[1.0, 0.0], [0.5, 0.5]])).tolist()
    [0.0, 1.0]
    """
    return torch.special.entr(pattern).sum(-1) / math.log(2) + 0.0


@dataclass(frozen=True, kw_only=True)
class AttentionSteps(Steps, Payload):
    """One head step by step, and what all heads write at the selected position."""

    heads: Float[Tensor, "head d_model"]
    attn_out: Float[Tensor, " d_model"]
    """What attention added to the stream."""
    rest: Float[Tensor, " d_model"]
    """The bias: what is left when all heads are taken off."""
    position: int
    layer: int
    head: int
    kv: int
    n_heads: int
    d_head: int
    d_model: int
    scaling: float
    softcap: float | None
    rotary: bool
    sliding: int | None
    """The layer's sliding window."""
    bias: bool
