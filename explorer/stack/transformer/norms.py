"""Norms: every row brought to one size before a sublayer reads it.

- **LayerNorm** (Ba et al. 2016, arXiv 1607.06450): subtract the row's mean, divide by its standard deviation, then a
  learned weight and bias for each coordinate::

      y = (x - mean(x)) / sqrt(mean((x - mean(x))^2) + eps) * w + b

- **RMSNorm** (Zhang & Sennrich 2019, arXiv 1910.07467) leaves the mean where it is and has no bias: a pass over the
  row less, and what counts, the size, is still one::

      y = x / sqrt(mean(x^2) + eps) * w

  Gemma stores w - 1, so that a weight of zero changes nothing: `offset` is what is added back.
- **QK-norm** (Henry et al. 2020, arXiv 2010.04245) is a norm of each head's queries and keys, so that no score can
  grow without bound. Today's models take `RMSNorm(d_head)` for it, before the rotation: both vectors then have length
  sqrt(d_head), and with weights of one ``q.k / sqrt(d_head)`` stays within +-sqrt(d_head).

Both are computed in float32 at least, whatever the stream's type, and rounded once, at the end.

Worked example: the row (1, 2, 3, 6) has mean 3 and root mean square sqrt(50 / 4) = 3.5355; without its mean it is
(-2, -1, 0, 3), whose root mean square is sqrt(14 / 4) = 1.8708.

>>> x = torch.tensor([[1.0, 2.0, 3.0, 6.0]])
>>> rms, layer = RMSNorm(4, eps=0.0), LayerNorm(4, eps=0.0)
>>> [round(float(norm.scale(x)), 4) for norm in (rms, layer)]
[3.5355, 1.8708]
>>> [round(i, 4) for i in rms(x)[0].tolist()], [round(i, 4) for i in layer(x)[0].tolist()]
([0.2828, 0.5657, 0.8485, 1.6971], [-1.069, -0.5345, 0.0, 1.6036])

On a row without mean the two are one:

>>> row = torch.tensor([[-2.0, -1.0, 0.0, 3.0]])
>>> torch.equal(rms(row), layer(row))
True
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.transformer.hook_points import HookPoint
from explorer.stack.transformer.written_out import rms_norm


def widened(x: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
    """In float32; wider numbers stay as they are."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


class RMSNorm(nn.Module):
    """Divides each row by its root mean square."""

    def __init__(self, d_model: int, eps: float = 1e-5, offset: float = 0.0) -> None:
        super().__init__()
        self.eps = eps
        self.offset = offset
        """Added to the stored weight: 1 in Gemma, else 0."""
        self.weight = nn.Parameter(torch.full((d_model,), 1.0 - offset))
        self.hook_scale = HookPoint()  # *rows 1
        self.hook_normalized = HookPoint()  # *rows d_model; before the weight

    def forward(self, x: Float[Tensor, "*rows d_model"], written_out: bool = False) -> Float[Tensor, "*rows d_model"]:
        """`written_out`: by a backward pass that is, where nobody looks (`stack.transformer.written_out`)."""
        if (
            written_out
            and x.dtype == self.weight.dtype
            and not (self.hook_scale.fwd_hooks or self.hook_normalized.fwd_hooks)
        ):
            return rms_norm(x, self.weight + self.offset if self.offset else self.weight, self.eps)
        row = widened(x)
        scale = self.hook_scale(self.scale(row)[..., None])  # *rows 1
        weight = self.weight.to(row.dtype)
        if self.offset:
            weight = weight + self.offset
        return (self.hook_normalized(row / scale) * weight).to(x.dtype)

    def scale(self, x: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows"]:
        """What each row is divided by."""
        return (widened(x).square().mean(-1) + self.eps).sqrt()

    def extra_repr(self) -> str:
        return f"{len(self.weight)}, eps={self.eps}" + (f", offset={self.offset}" if self.offset else "")


class LayerNorm(nn.Module):
    """Takes each row's mean away and divides by what is left of its size."""

    def __init__(self, d_model: int, eps: float = 1e-5, bias: bool = True) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model)) if bias else None
        self.hook_scale = HookPoint()  # *rows 1
        self.hook_normalized = HookPoint()  # *rows d_model; before weight and bias

    def forward(self, x: Float[Tensor, "*rows d_model"], written_out: bool = False) -> Float[Tensor, "*rows d_model"]:
        """`written_out`: by torch's own kernel, where nobody looks."""
        if (
            written_out
            and x.dtype == self.weight.dtype
            and not (self.hook_scale.fwd_hooks or self.hook_normalized.fwd_hooks)
        ):
            return nn.functional.layer_norm(x, self.weight.shape, self.weight, self.bias, self.eps)
        row = widened(x)
        centred = row - row.mean(-1, keepdim=True)
        scale = self.hook_scale(self._size(centred)[..., None])  # *rows 1
        y = self.hook_normalized(centred / scale) * self.weight.to(row.dtype)
        return (y if self.bias is None else y + self.bias.to(row.dtype)).to(x.dtype)

    def scale(self, x: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows"]:
        """What each row, its mean taken away, is divided by."""
        row = widened(x)
        return self._size(row - row.mean(-1, keepdim=True))

    def _size(self, centred: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows"]:
        return (centred.square().mean(-1) + self.eps).sqrt()

    def extra_repr(self) -> str:
        return f"{len(self.weight)}, eps={self.eps}" + ("" if self.bias is not None else ", bias=False")


Norm = RMSNorm | LayerNorm
