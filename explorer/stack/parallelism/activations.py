"""What autograd keeps of a block on one rank of tensor parallelism: by formula, and as it is counted.

Of a decoder's block as it is trained here, RMSNorm, grouped queries, SwiGLU, no dropout, backward passes written out
(`written_out`), a fused attention; numbers a token, over t ranks, s = t along the sequence and 1 else:

    norms           2 (d + 1) / s          what they read, and what they divide by
    attention       d + (2 q + 2 kv + heads) / t      what q, k, v read; q, z; k, v; the softmax's sums
    feed-forward    d + 2 ff / t           what it reads; gate and up

Korthikanti et al. 2022 (arXiv 2205.05198; `korthikanti`) have sbh (34 + 5as/h) bytes for multi-head attention, GELU on
four times the width and dropout: without dropout 16 sbh + as²b numbers, of which a rank keeps 4 + 12/t and 1/t. Along
the sequence theirs keep a part of what q, k, v and the feed-forward read, and gather it again; ours keep it whole.

d 4096, 32 heads of 128, 8 key-value heads, ff 14336 (Llama 3 8B), in 16 bits, MiB of 8,192 tokens on 1 and 8 ranks:

>>> llama = DecoderConfig(1, 4096, 32, 8, 128, 14336, 128256, 8192)
>>> [round(sum(kept(llama, t, along).values()) * 2 * 8192 / 2**20) for t, along in ((1, False), (8, False), (8, True))]
[865, 332, 220]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from explorer.stack.parallelism.slices import slices_of
from explorer.stack.transformer.config import DecoderConfig


def kept(config: DecoderConfig, ranks: int, sequence: bool = False) -> dict[str, float]:
    """Numbers a token on rank 0, by part. Raises ValueError where the formula is of another block."""
    if refused := other(config):
        raise ValueError(f"the formula is not of a block with {refused}")
    own, d, s = slices_of(config, 0, ranks), config.d_model, ranks if sequence else 1
    q, kv = len(own.heads) * config.d_head, len(own.kv_heads) * config.d_head
    return {
        "norms": 2 * (d + 1) / s,
        "attention": float(d + 2 * q + 2 * kv + len(own.heads)),
        "feed-forward": float(d + 2 * len(own.neurons)),
    }


def other(config: DecoderConfig) -> str:
    """What a block has that the formula does not count; empty where it counts all."""
    has = {
        "experts": config.n_experts, "LayerNorm": config.norm != "rms", "no gate": not config.gated,
        "another activation": config.activation != "silu", "QK-norm": config.qk_norm,
        "norms elsewhere": config.placement != "pre", "capped scores": config.score_cap is not None,
        "ALiBi": config.positions == "alibi", "biases": config.mlp_bias, "a window": any(config.windows),
    }  # fmt: skip
    return ", ".join(name for name, there in has.items() if there)


def keeps(module: nn.Module, apart: Sequence[Tensor] = ()) -> Callable[[Callable[[], Tensor]], tuple[Tensor, int]]:
    """Counts the bytes that autograd keeps of a forward, each storage once, without the weights and what is `apart`."""

    def counted(forward: Callable[[], Tensor]) -> tuple[Tensor, int]:
        others = {each.untyped_storage().data_ptr() for each in (*module.parameters(), *apart)}
        seen: dict[int, int] = {}

        def pack(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in others:
                seen[storage.data_ptr()] = storage.nbytes()
            return tensor.detach()

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            made = forward()
        return made, sum(seen.values())

    return counted
