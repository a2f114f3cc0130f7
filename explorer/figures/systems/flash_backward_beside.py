"""The backward pass of a head in the run beside this one, in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jaxtyping import Float
from torch import Tensor

if TYPE_CHECKING:
    from explorer.experiments.systems.flash_backward import Backward


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """Of each gradient of a head, over all tokens of a run as one vector."""

    d_out: float
    dq: float
    dk: float
    dv: float


@dataclass(frozen=True, kw_only=True)
class KeptTensor:
    """One tensor that autograd keeps."""

    name: str
    rows: int
    columns: int
    """1 where it has one number a row."""
    bytes: int


@dataclass(frozen=True, kw_only=True)
class KeptBeside:
    """What is kept for a head of the run beside this one, and what its backward pass does."""

    layer: int
    head: int
    n_tokens: int
    d_head: int
    tile: int
    standard: tuple[KeptTensor, ...]
    flash: tuple[KeptTensor, ...]
    tiles: int
    all_tiles: int
    forward_flops: int
    backward_flops: int
    forward_bytes: int
    backward_bytes: int


@dataclass(frozen=True, kw_only=True)
class BackwardBeside:
    """The same head in the run beside this one, for the same token's logit or for that text's loss."""

    value: float
    lengths: Lengths
    lse: Float[Tensor, " shared"]
    """Of the window's positions, as far as that run has them."""
    delta: Float[Tensor, " shared"]


def lengths(made: Backward) -> Lengths:
    found = made.gradients
    return Lengths(
        d_out=float(made.d_out.norm()), dq=float(found.dq.norm()), dk=float(found.dk.norm()), dv=float(found.dv.norm())
    )


def beside(made: Backward, at: slice) -> BackwardBeside:
    return BackwardBeside(
        value=made.gradient.value, lengths=lengths(made), lse=made.made.lse[0, 0, at], delta=made.delta[at]
    )
