"""Gradients before training: decoders that nobody has trained, norms before the sublayers and after the additions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.transformer.gradient_flow import Flow, Placement, Start, gradient_flow
from explorer.stack.worst import worst

#: Depths of the decoders.
DEPTHS = (2, 4, 8, 12, 16, 24)
#: Each is drawn so many times.
DRAWS = 4
#: Tokens of the text that they read.
READ = 64


@dataclass(frozen=True)
class AtDepth:
    """One depth and placement: mean, least and most over the draws."""

    n_layers: int
    placement: Placement
    loss: float
    weights: Float[Tensor, "3 layer"]
    w_out: Float[Tensor, "3 layer"]
    stream: Float[Tensor, "3 layer"]
    sizes: Float[Tensor, " layer"]


@dataclass(frozen=True)
class AtStart:
    """Decoders that nobody has trained, on the tokens of a text."""

    read: int
    distinct: int
    depths: tuple[int, ...]
    """So far."""
    found: list[AtDepth]
    error: float
    """The largest relative distance between what a loss changes by along its gradient and what the gradient says."""


def at_start(
    ids: Int[Tensor, " pos"],
    seed: int,
    norm: Literal["layer", "rms"],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[AtStart]:
    """Draw decoders of every depth, norms before and after, and read their gradients on these tokens, renumbered.

    Yields what there is after each depth. `progress` counts decoders.
    """
    renumbered = numbered_anew(ids)
    distinct = int(renumbered.max()) + 1
    found: list[AtDepth] = []
    off, total = 0.0, 2 * len(DEPTHS) * DRAWS
    for reached, n_layers in enumerate(DEPTHS, 1):
        for placement in get_args(Placement):
            draws = []
            for draw in range(DRAWS):
                generator = torch.Generator().manual_seed(seed * 1000 + draw)
                start = Start(n_layers, max(2, distinct), norm=norm)
                draws.append(gradient_flow(start, placement, renumbered, generator, check=draw == 0))
                if progress:
                    progress(len(found) * DRAWS + draw + 1, total)
            off = worst(off, draws[0].difference_error)
            found.append(_gathered(n_layers, placement, draws))
        yield AtStart(len(renumbered), distinct, DEPTHS[:reached], list(found), off)


def numbered_anew(ids: Int[Tensor, " pos"]) -> Int[Tensor, " read"]:
    """The tokens that are read, each different one by its rank.

    >>> numbered_anew(torch.tensor([40, 7, 40, 12])).tolist()
    [2, 0, 2, 1]
    """
    return ids[:READ].unique(return_inverse=True)[1]


def _gathered(n_layers: int, placement: Placement, draws: list[Flow]) -> AtDepth:
    def spread(name: str) -> Tensor:
        each = torch.stack([getattr(flow, name) for flow in draws])  # draw layer
        return torch.stack([each.mean(0), each.amin(0), each.amax(0)])

    return AtDepth(
        n_layers=n_layers,
        placement=placement,
        loss=sum(flow.loss for flow in draws) / len(draws),
        weights=spread("weights"),
        w_out=spread("w_out"),
        stream=spread("stream"),
        sizes=torch.stack([flow.sizes for flow in draws]).mean(0),
    )
