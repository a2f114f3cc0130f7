"""Lengths of patches by block, and what their removal changes."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class PatchNorms(Payload):
    """Every patch's length after every block."""

    pictures: list[str]
    picture: str
    takes: bool
    title: str
    image: str
    grid: tuple[int, int]
    norms: Float[Tensor, "depth pos"]
    """Place 0 is CLS."""
    depth: int
    """Asked for, or where the longest patch is longest against the median."""


def furthest(norms: Float[Tensor, "depth pos"]) -> int:
    """After which block the longest patch is longest against the median one; the embedding, 0, is passed over.

    >>> import torch
    >>> furthest(torch.tensor([[9.0, 1.0, 1.0, 9.0], [9.0, 1.0, 1.0, 2.0], [9.0, 1.0, 1.0, 5.0]]))
    2
    """
    patches = norms[1:, 1:]
    return 1 + int((patches.amax(1) / patches.median(1).values).argmax())


@dataclass(frozen=True, kw_only=True)
class PatchesRemoved(Payload):
    """The longest patches taken away, against others."""

    pictures: list[str]
    picture: str
    takes: bool
    image: str
    grid: tuple[int, int]
    depth: int
    n_layers: int
    chosen: list[int]
    norms: Float[Tensor, " patch"]
    cls: float
    """1 - cosine of CLS's final state, with and without the longest."""
    others: float
    """The mean over patches that were left."""
    placebo_cls: list[float]
    placebo_others: list[float]
    example: list[int]
    """The first random choice."""
