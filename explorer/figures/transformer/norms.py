"""Norms on this run, as they are drawn: what they divide by, and what a LayerNorm would do differently."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.transformer import norms as experiment
from explorer.experiments.transformer.applied_norms import Kind
from explorer.experiments.transformer.norms import AtDepth, AtStart
from explorer.figures.payload import Payload
from explorer.stack.transformer.gradient_flow import Start


@dataclass(frozen=True, kw_only=True)
class NormOpened:
    """One norm, over the text and at the selected row."""

    kind: Kind
    eps: float
    scale: Float[Tensor, " pos"]
    after: Float[Tensor, " pos"]
    mean: float
    before: Float[Tensor, " d_model"]
    weight: Float[Tensor, " d_model"]
    bias: Float[Tensor, " d_model"] | None
    out: Float[Tensor, " d_model"]


@dataclass(frozen=True, kw_only=True)
class NormsScale(Payload):
    """The norms of a layer, and the last one."""

    layer: int
    position: int
    norms: dict[str, NormOpened]


@dataclass(frozen=True, kw_only=True)
class NormsMean(Payload):
    """LayerNorm against RMSNorm."""

    difference: Float[Tensor, "depth pos"]
    share: Float[Tensor, "depth pos"]
    layer: int
    position: int
    kind: Kind
    rows: Float[Tensor, "place norm d_model"]


@dataclass(frozen=True, kw_only=True)
class NormsGradients(Payload):
    """Gradients before training, of decoders that read the run's tokens, as far as decoders have been drawn."""

    seed: int
    norm: Kind
    draws: int
    d_model: int
    n_heads: int
    read: int
    distinct: int
    depths: list[int]
    found: list[AtDepth]
    exponents: dict[str, float | None]


def gradients(made: AtStart, seed: int, norm: Kind) -> NormsGradients:
    exponents: dict[str, float | None] = {"pre": None, "post": None}
    if len(made.depths) > 1:
        for way in exponents:
            tops = [float(each.w_out[0, -1]) for each in made.found if each.placement == way]
            exponents[way] = exponent(made.depths, tops)
    return NormsGradients(
        seed=seed,
        norm=norm,
        draws=experiment.DRAWS,
        d_model=Start.d_model,
        n_heads=Start.n_heads,
        read=made.read,
        distinct=made.distinct,
        depths=list(made.depths),
        found=made.found,
        exponents=exponents,
    )


def exponent(depths: list[int] | tuple[int, ...], sizes: list[float]) -> float:
    """The power of the depth that the sizes follow best: the slope of their logarithms, by least squares.

    >>> round(exponent([1, 4, 16], [8.0, 4.0, 2.0]), 6)
    -0.5
    """
    x, y = (torch.tensor(each, dtype=torch.float64).log() for each in (depths, sizes))
    x, y = x - x.mean(), y - y.mean()
    return float((x * y).sum() / (x * x).sum())
