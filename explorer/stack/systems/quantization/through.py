"""A gradient through a packed matrix: to what it multiplies, not to the matrix, and no widened weight is kept.

    y = x W^T            dL/dx = dL/dy W            W widened from its codes, once forward and once backward

The matrix is frozen, so that its codes need no gradient: rounding, which has none, is not on the way (Dettmers et al.
2023, QLoRA, arXiv 2305.14314). What autograd would keep by itself for the backward pass is W widened to float32, of
all layers at once: eight times the bytes that NF4 saves.

>>> from explorer.stack.systems.quantization.formats import FORMATS
>>> packed = FORMATS["nf4"].quantize(torch.linspace(-1, 1, 128).view(2, 64))
>>> x = torch.ones(1, 64, requires_grad=True)
>>> multiplied(packed, x).sum().backward()
>>> bool((x.grad - packed.dequantize().sum(0)).abs().max() < 1e-6)
True
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.systems.quantization.format import ROWS_AT_ONCE, Packed


class _Multiplied(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, packed: Packed) -> Tensor:
        ctx.packed = packed
        return packed.multiply(x)

    @staticmethod
    def backward(ctx, d_y: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        packed: Packed = ctx.packed
        d_x = d_y.new_zeros(*d_y.shape[:-1], packed.shape[1])
        for first in range(0, packed.shape[0], ROWS_AT_ONCE):
            last = min(first + ROWS_AT_ONCE, packed.shape[0])
            d_x += d_y[..., first:last] @ packed.rows(first, last).dequantize().to(d_y.dtype)
        return d_x, None


def multiplied(packed: Packed, x: Float[Tensor, "*rows in"]) -> Float[Tensor, "*rows out"]:
    """x W^T, with a gradient to x where one is asked for."""
    if torch.is_grad_enabled() and x.requires_grad:
        return _Multiplied.apply(x, packed)
    return packed.multiply(x)
