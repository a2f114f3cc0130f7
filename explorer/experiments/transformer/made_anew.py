"""What a block reads, made anew from the stream of a run by the explorer's own block, against what the run has."""

from __future__ import annotations

import torch

from explorer.stack.embeddings.rope import RopeConfig, rotate, rotation
from explorer.stack.transformer.block import Block
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.feed_forward import FeedForward
from explorer.stack.worst import worst
from explorer.tracing.probes.neurons import steps_at
from explorer.tracing.trace import Trace


def attention_error(trace: Trace, decoder: Decoder, layer: int, rope: RopeConfig | None = None) -> float:
    """Queries, keys and values made anew from the stream by the explorer's own block, against the model's: the largest
    difference over all heads, relative to the largest of each. `rope` stands in for the layer's own rotation."""
    block, config = decoder.blocks[layer], decoder.config
    assert isinstance(block, Block)
    x = block.ln1(trace.stream(layer))  # pos d_model
    attn = block.attn
    q, k, v = (linear(x).unflatten(-1, (-1, config.d_head)) for linear in (attn.W_Q, attn.W_K, attn.W_V))
    if config.qk_norm:
        q, k = attn.q_norm(q), attn.k_norm(k)
    rope = rope or config.rope_of(layer)
    if rope is not None:
        cos, sin = rotation(rope, torch.arange(len(x)))
        q, k = (rotate(y.transpose(0, 1)[None], cos[None], sin[None], rope.layout)[0].transpose(0, 1) for y in (q, k))
    pairs = ((q, trace.rot_q[layer]), (k, trace.rot_k[layer]), (v, trace.v[layer]))
    return worst(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)


def feed_forward_error(trace: Trace, decoder: Decoder, layer: int) -> float:
    """Gate, other branch and hidden made anew from the stream by the explorer's own layer, against this run's: the
    largest difference, relative to the largest of each."""
    block = decoder.blocks[layer]
    assert isinstance(block, Block)
    assert isinstance(block.mlp, FeedForward)
    again = block.mlp.steps(block.ln2(trace.resid_mid[layer]))
    here = steps_at(trace, layer, slice(None))
    pairs = [(again.gate_pre, here.gate_pre), (again.hidden, here.hidden)]
    if again.up is not None and here.up is not None:
        pairs.append((again.up, here.up))
    return worst(float((a - b).abs().max() / b.abs().max()) for a, b in pairs)
