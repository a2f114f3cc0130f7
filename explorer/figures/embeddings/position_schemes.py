"""Schemes of positions as pictures: a learned table, shuffled texts, layouts of pairs, who uses which."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.embeddings.position_end import PastEnd
from explorer.experiments.embeddings.position_families import Family
from explorer.experiments.embeddings.rope_layouts import Reading
from explorer.figures.payload import Payload

#: Rows that are named as a row's nearest and farthest.
NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How alike the rows of a table are."""

    hundredths: Int[Tensor, "row other"]
    """Cosines, in hundredths."""
    mean: Float[Tensor, " distance"]
    """Mean cosine of two rows at each distance, from 0 on."""
    low: Float[Tensor, " distance"]
    high: Float[Tensor, " distance"]
    """The middle eight tenths of them."""
    nearest: Int[Tensor, "row named"]
    farthest: Int[Tensor, "row named"]
    length: Float[Tensor, " row"]
    """Of each row."""


def likeness(table: Float[Tensor, "row d_model"]) -> Likeness:
    """Cosines of all pairs of rows.

    >>> alike = likeness(torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0], [1.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]))
    >>> alike.hundredths[0].tolist(), alike.nearest[0].tolist(), alike.farthest[0].tolist()[:1]
    ([100, 0, 100, 71, -100, 0], [2, 3, 1, 5, 4], [4])
    """
    unit = torch.nn.functional.normalize(table, dim=-1)
    cosine = unit @ unit.T  # row other
    lines = [cosine.diagonal(d) for d in range(len(table))]
    ends = torch.tensor([0.1, 0.9])
    low, high = torch.stack([line.quantile(ends) for line in lines]).T
    named = min(NAMED, len(table) - 1)
    others = cosine.clone().fill_diagonal_(-2)
    nearest = others.argsort(dim=-1, descending=True, stable=True)[:, :named]
    farthest = cosine.argsort(dim=-1, stable=True)[:, :named]
    return Likeness(
        hundredths=(100 * cosine).round().to(torch.int8),
        mean=torch.stack([line.mean() for line in lines]),
        low=low,
        high=high,
        nearest=nearest,
        farthest=farthest,
        length=table.norm(dim=-1),
    )


@dataclass(frozen=True, kw_only=True)
class PositionSchemesTable(Payload):
    """A real learned table, and its end."""

    title: str
    rows: int
    d_model: int
    likeness: Likeness
    refused: str
    theirs: str
    length: int
    """Positions of the small models."""
    ends: list[PastEnd]


@dataclass(frozen=True, kw_only=True)
class PositionSchemesShuffle(Payload):
    """A text and its tokens in another order."""

    title: str
    tokens: list[str]
    order: Int[Tensor, " pos"]
    """Which token of the text stands at each place of the shuffled one."""
    seed: int
    without: Float[Tensor, " depth"]
    with_table: Float[Tensor, " depth"]
    likeness_without: float
    likeness_with: float
    cosines_without: Float[Tensor, "pos other"]
    cosines_with: Float[Tensor, "pos other"]
    decoder: str
    """The causal model that reads the same text, its positions taken away."""
    causal: Float[Tensor, " depth"]


@dataclass(frozen=True, kw_only=True)
class LayoutReading:
    """One text under one order of the rows and one layout."""

    rows: str
    rotation: str
    right: bool
    loss: float
    perplexity: float
    agrees: float
    """Share of positions where the likeliest next token is that of the model as it is."""
    losses: Float[Tensor, " token"]


def layout_readings(readings: list[Reading]) -> list[LayoutReading]:
    plain = readings[0].likeliest
    return [
        LayoutReading(
            rows=one.rows,
            rotation=one.rotation,
            right=one.right,
            loss=float(one.losses.mean()),
            perplexity=float(one.losses.mean().exp()),
            agrees=float((one.likeliest == plain).float().mean()),
            losses=one.losses,
        )
        for one in readings
    ]


@dataclass(frozen=True, kw_only=True)
class PositionSchemesLayouts(Payload):
    """Both layouts of pairs."""

    ids: Int[Tensor, " pos"]
    d_head: int
    d_rotary: int
    readings: list[LayoutReading]


@dataclass(frozen=True, kw_only=True)
class PositionSchemesFamilies(Payload):
    """Which published model uses which scheme."""

    library: str
    """transformers' version."""
    families: list[Family]
