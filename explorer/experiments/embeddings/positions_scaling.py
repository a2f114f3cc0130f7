"""Rotations slowed down by each scheme, and the same as transformers works it out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.embeddings.rope import RopeConfig, attention_factor, inv_freq
from explorer.stack.embeddings.rope_scaling import Scaling
from explorer.stack.worst import worst


@dataclass(frozen=True)
class Slowed:
    """One scheme on one model's rotation."""

    inv_freq: Float[Tensor, " half"]
    kept: Float[Tensor, " half"]
    """Share of its speed that each pair keeps."""
    score_factor: float
    """What every score is multiplied by."""


def slowed(rope: RopeConfig, scaling: Scaling, length: int) -> Slowed:
    """A scheme in place of the rotation's own, for a text of this length."""
    other = replace(rope, scaling=scaling)
    plain, slower = inv_freq(replace(rope, scaling=None)), inv_freq(other, length)
    return Slowed(slower, slower / plain, attention_factor(other) ** 2)


def peer_error(rope: RopeConfig, found: dict[str, Slowed], factor: float | int, n_ctx: int, length: int) -> float:
    """Largest relative difference of all these speeds from those that transformers works out for the same settings."""
    from transformers import LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    bounds = {"low_freq_factor": 1.0, "high_freq_factor": 4.0}
    asked: dict[str, tuple[str, dict[str, float], int]] = {
        "linear": ("linear", {}, length),
        # The library has no static NTK; its dynamic one with factor 1 is that at `factor` times the trained length.
        "ntk": ("dynamic", {"factor": 1.0}, round(factor * n_ctx)),
        "dynamic": ("dynamic", {}, length),
        "yarn": ("yarn", {}, length),
        "llama3": ("llama3", bounds, length),
    }
    off = 0.0
    for name, (kind, settings, seq_len) in asked.items():
        settings = {"factor": factor, "original_max_position_embeddings": n_ctx, **settings}
        hf = LlamaConfig(
            hidden_size=rope.d_rotary,
            num_attention_heads=1,
            max_position_embeddings=n_ctx,
            rope_parameters={"rope_type": kind, "rope_theta": rope.theta, **settings},
        )
        theirs, factor_of_cos = ROPE_INIT_FUNCTIONS[kind](hf, torch.device("cpu"), seq_len=seq_len)
        apart = float((found[name].inv_freq / theirs - 1).abs().max())
        off = worst(off, apart, abs(found[name].score_factor - factor_of_cos**2))
    return off
