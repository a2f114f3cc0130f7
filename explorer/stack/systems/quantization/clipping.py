"""Clipping, AWQ's second half: a group's largest weight is given up where the others gain more by finer steps.

The largest weight of a group decides how wide its steps are. Cut off at a share r of it, the group's steps are r times
as wide: the largest weight errs more, all others less. Each group of each row tries a few shares; what counts is what
its own error does to the row's output on the text::

    d_r     = w - round(clip(w, -r m, r m))          m = max |w| of the group
    error_r = d_r^T H_g d_r                          H_g: the group's own square of H, r from 1 down, searched

H is 2/n X^T X of the inputs that meet these weights (`calibration`). r = 1 clips nothing and stands among the shares,
so that no group's own error grows; what errors of two groups do together is left out, as the authors do, and may go
either way. They do not clip W_Q and W_K, whose outputs meet in a product before anything is summed. (Lin et al. 2023,
arXiv 2306.00978, section 5; twenty shares down to a half in their code, of which the first ten are tried.)

Worked example: one large weight whose input is always silent. In two bits the others would round to 1.5.

>>> import torch
>>> from explorer.stack.systems.quantization.integers import Integers
>>> two = Integers("int2", "INT2", bits=2, group=4)
>>> weight, H = torch.tensor([[-3.0, 1.0, 1.0, 1.0]]), torch.diag(torch.tensor([0.0, 1, 1, 1], dtype=torch.float64))
>>> made = clip(weight, H, two)
>>> round(float(made.shares), 2), round(float(made.before), 2), round(float(made.after), 4)
(0.65, 0.75, 0.0019)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from explorer.stack.systems.quantization.format import Format, grouped

#: The authors' grid: steps of a twentieth, down to just above a half.
SHARES = tuple(1 - at / 20 for at in range(10))


@dataclass(frozen=True, eq=False)
class Clipped:
    """A matrix whose groups' largest weights are cut off."""

    weight: Float[Tensor, "out in"]
    """Not rounded yet."""
    rounded: Float[Tensor, "out in"]
    shares: Float[Tensor, "out group"]
    before: Float64[Tensor, "out group"]
    """Each group's own error, unclipped."""
    after: Float64[Tensor, "out group"]


def clip(weight: Float[Tensor, "out in"], hessian: Float64[Tensor, "in in"], format: Format) -> Clipped:  # noqa: A002
    """The best share for each group. Raises NotApplicableError for rows that do not fit the format."""
    groups = grouped(weight.float(), format.span)  # whose scales are one another’s: K types’ super-blocks
    most = groups.abs().amax(-1, keepdim=True)
    squares = _squares(hessian, groups.shape[-1])
    best = before = None
    shares = torch.ones(groups.shape[:2])
    for share in SHARES:
        cut = groups.clamp(-share * most, share * most).flatten(1)
        wrong = (groups - grouped(format.quantize(cut).dequantize(), format.span)).double()
        error = torch.einsum("ogi,gij,ogj->og", wrong, squares, wrong)
        if best is None or before is None:
            best = before = error
            continue
        better = error < best
        best, shares = torch.where(better, error, best), torch.where(better, share, shares)
    assert best is not None
    assert before is not None
    limits = shares[..., None] * most
    cut = groups.clamp(-limits, limits).flatten(1)
    return Clipped(cut, format.quantize(cut).dequantize(), shares, before, best)


def _squares(hessian: Float64[Tensor, "in in"], width: int) -> Float64[Tensor, "group in_group in_group"]:
    """H's squares on the diagonal, a group each."""
    cut = hessian.unflatten(0, (-1, width)).unflatten(2, (-1, width))  # group in_group group in_group
    return torch.diagonal(cut, dim1=0, dim2=2).permute(2, 0, 1)
