"""How many numbers a method of fine-tuning trains, from the model's sizes alone.

    full           every number of the model, each once
    LoRA           r (d_in + d_out) for each matrix; rsLoRA, PiSSA, LoRA+ and QLoRA the same
    DoRA           r (d_in + d_out) + d_out
    IA3            2 n_kv_heads d_head + d_mlp for each block
    BitFit         d_out for each linear layer, and d_model for each LayerNorm, of which RMSNorm is none
    bottleneck     2 (2 d_model width + width + d_model) for each block
    prefix         n n_layers 2 n_kv_heads d_head
    prompt         n d_model

Nothing here looks at an adapter: what autograd gives a gradient to is the other side of a check.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> smollm2 = DecoderConfig(n_layers=30, d_model=576, n_heads=9, n_kv_heads=3, d_head=64, d_mlp=1536, d_vocab=49152,
...                         n_ctx=2048)
>>> [low_rank(smollm2, roles, 8) for roles in (("W_Q", "W_V"), tuple(matrices(smollm2)))]
[460800, 2442240]
>>> dora(smollm2, ("W_Q", "W_V"), 8) - low_rank(smollm2, ("W_Q", "W_V"), 8), ia3(smollm2), bitfit(smollm2)
(23040, 57600, 155520)
>>> prefix(smollm2, 20), prompt(smollm2, 20), bottleneck(smollm2, 8), full(smollm2)
(230400, 11520, 588000, 134515008)
"""

from __future__ import annotations

from collections.abc import Sequence

from explorer.stack.transformer.config import DecoderConfig

Sizes = dict[str, tuple[int, int]]
"""Of each matrix of a block: numbers in, numbers out."""


def matrices(config: DecoderConfig) -> Sizes:
    """Of one block whose feed-forward layer is dense."""
    d, q, kv = config.d_model, config.n_heads * config.d_head, config.n_kv_heads * config.d_head
    attention = {"W_Q": (d, q), "W_K": (d, kv), "W_V": (d, kv), "W_O": (q, d)}
    gate = {"W_gate": (d, config.d_mlp)} if config.gated else {}
    return attention | gate | {"W_in": (d, config.d_mlp), "W_out": (config.d_mlp, d)}


def low_rank(config: DecoderConfig, roles: Sequence[str], r: int) -> int:
    sizes = matrices(config)
    return config.n_layers * sum(r * sum(sizes[role]) for role in roles)


def dora(config: DecoderConfig, roles: Sequence[str], r: int) -> int:
    sizes = matrices(config)
    return low_rank(config, roles, r) + config.n_layers * sum(sizes[role][1] for role in roles)


def ia3(config: DecoderConfig) -> int:
    return config.n_layers * (2 * config.n_kv_heads * config.d_head + config.d_mlp)


def bitfit(config: DecoderConfig) -> int:
    norms = (2 * config.n_layers + 1) * config.d_model if config.norm == "layer" else 0
    return config.n_layers * sum(out for _, out in matrices(config).values()) + norms


def bottleneck(config: DecoderConfig, width: int) -> int:
    d = config.d_model
    return config.n_layers * 2 * (2 * d * width + width + d)


def prefix(config: DecoderConfig, n: int) -> int:
    return n * config.n_layers * 2 * config.n_kv_heads * config.d_head


def prompt(config: DecoderConfig, n: int) -> int:
    return n * config.d_model


def full(config: DecoderConfig) -> int:
    """Of a Llama: dense, two RMSNorms a block, no biases, no table of positions. Raises ValueError for another."""
    biases = config.attention_bias or config.mlp_bias or config.output_bias
    norms = config.norm == "rms" and config.placement == "pre" and not config.qk_norm
    if config.n_experts or biases or not norms or config.positions == "learned":
        raise ValueError("the formula is of a dense model with two RMSNorms a block and without biases")
    d, block = config.d_model, sum(d_in * d_out for d_in, d_out in matrices(config).values())
    return config.n_layers * (block + 2 * d) + d + config.d_vocab * d * (1 if config.tied else 2)
