"""Several directions of one behaviour, taken out together: what one of them leaves, the next may hold.

    q_1 .. q_k    the directions, each made orthogonal to those before it, of length 1
    y' = y - sum_i (y . q_i) q_i        at every writer: nothing along any of them is left
    y' = y - sum_i (y . q_i) p_i        a placebo: as much is taken out, along p_1 .. p_k

One direction need not carry all of a behaviour: Wollschlaeger et al. 2025 (The Geometry of Refusal in Large Language
Models, arXiv 2502.17420) find cones of several that each mediate refusal. Which further ones are taken is decided as
the first one is: of all candidates the one whose ablation, together with those already taken, leaves forbidden requests
the lowest refusal score, where harmless text allows it.

>>> span = orthonormal([torch.tensor([2.0, 0.0, 0.0]), torch.tensor([1.0, 3.0, 0.0])])
>>> span.tolist()
[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
>>> Span(span, span).of(torch.tensor([5.0, 6.0, 7.0])).tolist()
[0.0, 0.0, 7.0]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.safety import direction_placebos as placebos
from explorer.stack.safety.direction_edits import unit

#: What is left of a direction beside those before it, of its length, below which it is one of them.
LEAST = 1e-4
Vector = Float[Tensor, " d_model"]


@dataclass(frozen=True, eq=False)
class Span:
    """What is read, and along what it is taken out: rows that are orthonormal."""

    read: Float[Tensor, "direction d_model"]
    write: Float[Tensor, "direction d_model"]
    strength: float = 1.0

    def of(self, y: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
        read, write = self.read.to(y), self.write.to(y)
        return y - self.strength * (y @ read.T) @ write


def orthonormal(directions: Sequence[Vector]) -> Float[Tensor, "direction d_model"]:
    """In their order. Raises ValueError for one that lies in the span of those before it."""
    made = list[Tensor]()
    for each in directions:
        left = unit(each).double()
        for _ in range(2):  # once more, since the first time leaves what rounding leaves
            for other in made:
                left = left - (left @ other) * other
        if float(left.norm()) < LEAST:
            raise ValueError("a direction lies in the span of those before it")
        made.append(left / left.norm())
    return torch.stack(made).float()


def placebo(
    name: str,
    span: Float[Tensor, "direction d_model"],
    streams: Sequence[Float[Tensor, "text d_model"]],
    labels: Bool[Tensor, " text"],
    generator: torch.Generator,
) -> Span:
    """One of `direction_placebos.NAMES`, of as many directions. streams: at the place of each of them."""
    drawn = []
    for each, x in zip(span, streams, strict=True):
        if name == "random":
            drawn.append(placebos.random(each, generator))
        elif name == "shuffled":
            drawn.append(placebos.shuffled(each, x, labels, generator))
        else:
            drawn.append(placebos.subspace(each, x, generator, span))
    made = orthonormal(drawn)
    return Span(span if name == "subspace" else made, made)
