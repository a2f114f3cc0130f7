"""Layers of safety in a row: what each stops, what all of them let through, and whether they fail together.

A request passes where no layer stops it. If layers failed independently, layers that let shares p_1 .. p_k of the
forbidden requests through would together let through their product (the "Swiss cheese" picture of Reason 1990). They
are asked about the same requests, and what hides a request from one often hides it from the next: the measured share is
then larger than the product.

Worked example: two layers, four requests. Each lets half of them through, both together also half: they fail on the
same requests, where independent ones would let a quarter through.

>>> made = cascade(torch.tensor([[True, True, False, False], [True, True, False, False]]))
>>> made.first.tolist(), made.alone.tolist(), made.together, made.independent
([0, 0, -1, -1], [0.5, 0.5], 0.5, 0.25)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Cascade:
    """Requests before layers in a row."""

    first: Int[Tensor, " request"]
    """The layer that stops it; -1 where it passes all."""
    alone: Float[Tensor, " layer"]
    """The share of all requests that each layer would let through by itself."""
    together: float
    """The share that passes all."""
    independent: float
    """The product of `alone`."""


def cascade(stops: Bool[Tensor, "layer request"]) -> Cascade:
    """`stops`: whether a layer would stop a request if it met it."""
    any_of = stops.any(0)
    first = torch.where(any_of, stops.long().argmax(0), -1)
    alone = 1 - stops.double().mean(1)
    return Cascade(first, alone, float(1 - any_of.double().mean()), float(alone.prod()))
