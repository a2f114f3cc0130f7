"""Two models' blocks and heads by how alike they are, beside a placebo and chance."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.inside.compare_models import Alike
from explorer.figures.payload import Payload


@dataclass(frozen=True, kw_only=True)
class HeadMatch:
    """The heads of this model by their best match in the other."""

    best: Int[Tensor, " own"]
    """Its place among the other's, block by block."""
    alike: Float[Tensor, " own"]
    n_heads: int
    n_other: int
    chance: float
    kernel: Float[Tensor, " compared"]
    """With the head of the same name, of what both write into; empty where the streams are no one space."""
    expected: float
    """Of random subspaces."""
    largest: int
    """Of equal ones: the dimensions of a head."""


@dataclass(frozen=True, kw_only=True)
class ModelsAlike(Payload):
    """All of it, as far as it has come."""

    own: str
    other: str
    itself: bool
    places: int
    matched: int
    own_tokens: int
    other_tokens: int
    texts: int
    blocks: Float[Tensor, "own other"]
    biased: Float[Tensor, "own other"]
    chance: float
    placebo: Float[Tensor, "own fresh"]
    """Empty while it is not measured."""
    heads: HeadMatch | None


def models_alike(made: Alike, n_heads: int, n_other: int, d_head: int) -> ModelsAlike:
    return ModelsAlike(
        own=made.own, other=made.other, itself=made.itself, places=len(made.places.pairs), matched=made.places.matched,
        own_tokens=sum(map(len, made.places.own)), other_tokens=sum(map(len, made.places.other)),
        texts=len(made.places.own), blocks=made.blocks, biased=made.biased, chance=made.chance,
        placebo=torch.empty(len(made.blocks), 0) if made.placebo is None else made.placebo,
        heads=_heads(made, n_heads, n_other, d_head),
    )  # fmt: skip


def _heads(made: Alike, n_heads: int, n_other: int, d_head: int) -> HeadMatch | None:
    if made.heads is None:
        return None
    found = made.heads.clone()
    if made.itself:  # every head is its own best match
        found.fill_diagonal_(-1.0)
    alike, best = found.max(1)
    kernel = torch.empty(0) if made.kernel is None else made.kernel.diagonal(dim1=1, dim2=2).flatten()
    return HeadMatch(
        best=best, alike=alike, n_heads=n_heads, n_other=n_other, chance=made.heads_chance, kernel=kernel,
        expected=made.expected, largest=d_head,
    )  # fmt: skip
