"""The backward pass of the same head in the run beside this one, in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float
from torch import Tensor

if TYPE_CHECKING:
    from explorer.experiments.systems.flash_backward import Backward


@dataclass(frozen=True)
class Lengths:
    """Of each gradient of a head, over all tokens of a run as one vector."""

    d_out: float
    dq: float
    dk: float
    dv: float


@dataclass(frozen=True)
class BackwardBeside:
    """The same head in the run beside this one, for the same token's logit or for that text's loss."""

    value: float
    lengths: Lengths
    lse: Float[Tensor, " shared"]
    """Of the window's positions, as far as that run has them."""
    delta: Float[Tensor, " shared"]


def lengths(made: Backward) -> Lengths:
    found = made.gradients
    return Lengths(*(float(each.norm()) for each in (made.d_out, found.dq, found.dk, found.dv)))


def beside(made: Backward, at: slice) -> BackwardBeside:
    return BackwardBeside(made.gradient.value, lengths(made), made.made.lse[0, 0, at], made.delta[at])
