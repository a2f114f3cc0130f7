"""Rotations slowed down to read further than trained, and what reading there costs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.experiments.embeddings.positions_reach import Reach
from explorer.experiments.embeddings.positions_scaling import Slowed
from explorer.figures.payload import Payload
from explorer.stack.worst import worst
from explorer.tracing.trace import Trace


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


@dataclass(frozen=True, kw_only=True)
class Scheme(Slowed):
    """One scheme, named."""

    name: str


@dataclass(frozen=True, kw_only=True)
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


@dataclass(frozen=True, kw_only=True)
class PositionsNtk(Payload):
    """One stretch of the context, and the speeds that three schemes make of it."""

    stretch: float
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


@dataclass(frozen=True, kw_only=True)
class PositionsReach(Payload):
    """One passage read twice. What has not been read yet is NaN."""

    factor: int
    n_ctx: int
    trained: bool
    ids: Int[Tensor, " pos"]
    text: str
    names: list[str]
    distances: list[int]
    perplexity: Float[Tensor, "scheme distance"]
    first: Float[Tensor, " token"]
    second: Float[Tensor, "scheme distance token"]
    first_perplexity: float


def read_again(
    found: Reach, ids: Int[Tensor, " pos"], factor: int, length: tuple[int, bool], text: str
) -> PositionsReach:
    n_ctx, trained = length
    return PositionsReach(
        factor=factor,
        n_ctx=n_ctx,
        trained=trained,
        ids=ids,
        text=text,
        names=list(found.names),
        distances=found.distances,
        perplexity=found.perplexity,
        first=found.first,
        second=found.second,
        first_perplexity=float(found.first.mean().exp()),
    )
