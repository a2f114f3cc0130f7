"""Placebos of a direction: what could have been found by chance, at the same size.

    random      a normal vector, as long as the direction
    shuffled    the difference in means of the same texts, their labels shuffled; made as long as the direction
    subspace    a random combination of the texts' own streams (their mean taken out) at a right angle to the direction,
                as long as it; where the direction is ablated, as much as that takes out is taken out along this one

A random vector of many dimensions is nearly orthogonal to what the model uses, so that it does little whatever it is
(a weak placebo). The streams of texts lie in few directions: a combination of them is one that the model does use, and
taking as much out along it as the direction holds is the strict one. The direction is one of those few, so that a
combination holds some of it, and what holds the treatment is no placebo: that part is taken out first.

>>> direction = torch.tensor([3.0, 4.0])
>>> made = random(direction, torch.Generator().manual_seed(0))
>>> round(float(made.norm()), 4)
5.0
>>> streams = torch.tensor([[1.0, 0.0], [3.0, 0.0], [2.0, 0.0]])  # they differ in the first number alone
>>> [abs(round(each, 4)) for each in subspace(direction, streams, torch.Generator().manual_seed(0)).tolist()]
[4.0, 3.0]
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.safety.direction_edits import Edit, unit

Vector = Float[Tensor, " d_model"]
NAMES = ("random", "shuffled", "subspace")


def random(direction: Vector, generator: torch.Generator) -> Vector:
    """A normal vector of the direction's length."""
    return as_long(torch.randn(direction.shape, generator=generator, dtype=torch.float64), direction)


def shuffled(
    direction: Vector, streams: Float[Tensor, "text d_model"], labels: Bool[Tensor, " text"], generator: torch.Generator
) -> Vector:
    """A difference in means by labels that say nothing."""
    some = labels[torch.randperm(len(labels), generator=generator)]
    x = streams.double()
    return as_long(x[some].mean(0) - x[~some].mean(0), direction)


def subspace(
    direction: Vector,
    streams: Float[Tensor, "text d_model"],
    generator: torch.Generator,
    apart: Float[Tensor, "other d_model"] | None = None,
) -> Vector:
    """A random direction among those in which the streams vary, at a right angle to the direction.

    apart: where several directions are taken out together, all of them, orthonormal.
    """
    x = streams.double() - streams.double().mean(0)
    drawn = torch.randn(len(x), generator=generator, dtype=torch.float64) @ x
    basis = (unit(direction)[None] if apart is None else apart).double()
    return as_long(drawn - (drawn @ basis.T) @ basis, direction)


def as_long(vector: Vector, direction: Vector) -> Vector:
    """Scaled to the direction's length."""
    return unit(vector).to(direction) * direction.norm()


def taken_out(name: str, placebo: Vector, direction: Vector, strength: float = 1.0) -> Edit:
    """How a placebo is ablated: the strict one diverts what the direction holds, the others take out their own part."""
    return Edit(direction if name == "subspace" else placebo, placebo, strength)
