"""Rotations slowed down to read further than trained, and what reading there costs."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.embeddings.positions_reach import Reach
from explorer.figures.payload import Payload
from explorer.stack.embeddings.rope import RopeConfig, attention_factor, inv_freq
from explorer.stack.embeddings.rope_scaling import Scaling
from explorer.stack.worst import worst
from explorer.tracing.trace import Trace


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
    asked: dict[str, tuple[str, dict[str, Any], int]] = {
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


def solved_base(theta: float | int, d_rotary: int, stretch: float | int) -> float:
    """The base whose slowest pair turns `stretch` times as slowly, found by halving an interval, without the formula.

    >>> round(solved_base(1e4, 128, 4.0), 2)
    40889.94
    """
    if d_rotary == 2:
        raise NotApplicableError("The only pair turns at speed 1 whatever the base.", "Choose a model with more pairs.")
    share = (d_rotary - 2) / d_rotary  # the slowest pair's speed is base ** -share
    aim = math.log(theta) * share + math.log(stretch)
    low, high = math.log(theta), 1000.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if middle * share < aim else (low, middle)
    return math.exp(low)


def table_error(trace: Trace, layer: int, speeds: Float[Tensor, " half"]) -> float:
    """The run's own rotary table against these speeds: the largest difference of a cosine or sine."""
    table = trace.rotation(layer)
    half = table.cos.shape[-1] // 2
    angles = torch.arange(len(table.cos))[:, None] * speeds  # pos half
    size = (table.cos[:1, :half] ** 2 + table.sin[:1, :half] ** 2).sqrt()  # YaRN's factor is in the table
    return worst(
        float((angles.cos() * size - table.cos[:, :half]).abs().max()),
        float((angles.sin() * size - table.sin[:, :half]).abs().max()),
    )


# ---- what the views are drawn from -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scheme(Slowed):
    """One scheme, named."""

    name: str


@dataclass(frozen=True)
class ScalingBeside:
    """The rotation of the same block in the run beside this one."""

    model: str
    n_ctx: int
    length: int
    theta: float
    inv_freq: Float[Tensor, " half_there"]
    """Unscaled."""


@dataclass(frozen=True)
class PositionsScaling(Payload):
    """Rotations slowed down."""

    factor: int
    n_ctx: int
    trained: bool
    length: int
    """Of this run's text."""
    theta: float
    d_rotary: int
    inv_freq: Float[Tensor, " half"]
    """Unscaled."""
    schemes: list[Scheme]
    own: str | None
    """The scheme that the model comes with."""
    base: ScalingBeside | None = None


@dataclass(frozen=True)
class PositionsNtk(Payload):
    """One stretch of the context, and the speeds that three schemes make of it."""

    stretch: float
    most: int
    n_ctx: int
    trained: bool
    theta: float
    d_rotary: int
    base: float
    inv_freq: Float[Tensor, " half"]
    """Unscaled."""
    linear: Float[Tensor, " half"]
    ntk: Float[Tensor, " half"]
    yarn: Float[Tensor, " half"]


@dataclass(frozen=True)
class PositionsReach(Payload):
    """One passage read twice. What has not been read yet is NaN."""

    factor: int
    n_ctx: int
    trained: bool
    ids: Int[Tensor, " pos"]
    tokens: int
    text: str
    texts: dict[str, str]
    """The texts that may be chosen, and their titles."""
    names: list[str]
    distances: list[int]
    perplexity: Float[Tensor, "scheme distance"]
    first: Float[Tensor, " token"]
    second: Float[Tensor, "scheme distance token"]
    first_perplexity: float


def read_again(
    found: Reach, ids: Int[Tensor, " pos"], factor: int, length: tuple[int, bool], asked: int, text: str,
    texts: dict[str, str],
) -> PositionsReach:  # fmt: skip
    return PositionsReach(
        factor, *length, ids, asked, text, texts, list(found.names), found.distances, found.perplexity,
        found.first, found.second, float(found.first.mean().exp()),
    )  # fmt: skip
