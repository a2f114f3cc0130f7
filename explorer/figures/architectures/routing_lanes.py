"""Lanes through the depth: how much of the text's weight goes from each expert of a layer to each of the next.

    flow[l, a, b] = sum over tokens of  w_l[t, a] w_{l+1}[t, b]

Since a token's weights sum to 1 in every layer, what leaves an expert is its load there, and what reaches one is its
load in the next layer. A token has no memory of its experts: a lane says that the two work on the same tokens, not that
one hands something to the other.

Two tokens; the first is shared by experts 0 and 1 and then goes to 1, the second stays with 0:

>>> weights = torch.tensor([[[0.75, 0.25], [1.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]]])
>>> flows(weights).tolist()
[[[1.0, 0.75], [0.0, 0.25]]]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.figures.architectures.routing import RoutedText, Routes
from explorer.stack.worst import worst

#: Ribbons that a page can draw and an eye can follow.
RIBBONS = 2400
#: Of one gap between layers, at least these are shown.
LEAST = 48


def flows(weights: Float[Tensor, "layer pos expert"]) -> Float[Tensor, "gap expert expert"]:
    """The weight of all tokens that goes from each expert to each of the next layer."""
    return torch.einsum("gta,gtb->gab", weights[:-1], weights[1:])


@dataclass(frozen=True)
class Lanes:
    """The heaviest flows of each gap, heaviest first; empty places have weight 0."""

    source: Int[Tensor, "gap ribbon"]
    target: Int[Tensor, "gap ribbon"]
    weight: Float[Tensor, "gap ribbon"]
    """Tokens' worth."""
    tokens: Int[Tensor, "gap ribbon"]
    """Tokens that visited both."""
    others: Int[Tensor, " gap"]
    """Flows above zero that are not among them."""
    rest: Float[Tensor, " gap"]
    """Their weight together."""


def lanes(weights: Float[Tensor, "layer pos expert"], ribbons: int = RIBBONS) -> Lanes:
    """The flows to draw, and what is left out."""
    found = flows(weights)  # gap expert expert
    gaps, n = found.shape[0], found.shape[1]
    both = flows((weights > 0).float()).flatten(1)  # gap expert*expert
    flat = found.flatten(1)
    shown = min(n * n, max(LEAST, ribbons // max(1, gaps)))
    weight, at = flat.topk(shown, dim=-1)
    return Lanes(
        source=at // n,
        target=at % n,
        weight=weight,
        tokens=both.gather(1, at).round().long(),
        others=(flat > 0).sum(-1) - (weight > 0).sum(-1),
        rest=(flat.sum(-1) - weight.sum(-1)).clamp_min(0),
    )


def recount_error(routes: Routes, n_experts: int, drawn: Lanes) -> float:
    """The flows drawn, against the routes followed one by one: each pair of a token's slots in two layers adds the
    product of its weights. The largest difference, relative to the number of tokens; float64."""
    indices, weights = routes.indices, routes.weights.double()  # layer pos slot
    off = 0.0
    for gap in range(len(indices) - 1):
        counted = torch.zeros(n_experts * n_experts, dtype=torch.float64)
        for a in range(indices.shape[2]):
            for b in range(indices.shape[2]):
                both = (indices[gap, :, a] >= 0) & (indices[gap + 1, :, b] >= 0)
                at = indices[gap, both, a] * n_experts + indices[gap + 1, both, b]
                counted.index_add_(0, at, weights[gap, both, a] * weights[gap + 1, both, b])
        shown = drawn.source[gap] * n_experts + drawn.target[gap]
        left = counted.sum() - counted[shown].sum()
        off = worst(off, float((counted[shown] - drawn.weight[gap]).abs().max()), abs(float(left - drawn.rest[gap])))
    return off / indices.shape[1]


@dataclass(frozen=True, kw_only=True)
class RoutingLanes(RoutedText):
    """The lanes of a text."""

    load: Float[Tensor, "layer expert"]
    """Tokens' worth of weight on each expert."""
    source: Int[Tensor, "gap ribbon"]
    target: Int[Tensor, "gap ribbon"]
    weight: Float[Tensor, "gap ribbon"]
    tokens: Int[Tensor, "gap ribbon"]
    others: Int[Tensor, " gap"]
    rest: Float[Tensor, " gap"]
