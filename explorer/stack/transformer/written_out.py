"""Backward passes written out: the sublayers of a training's step with fewer tensors kept, and fewer passes over them.

Autograd differentiates each operation by itself: it keeps what each one read, and makes each gradient in memory of its
own. Here a sublayer is one operation, and its gradient the chain rule on paper, written into memory that is there.

**RMSNorm**, y = n w with n = x s and s = 1 / sqrt(mean(x²) + eps); kept: x and s::

    dw = sum over rows of dy n          dx = s (w dy - n mean(w dy n))

**Rotation** by an angle; kept: cos and sin. Its gradient is turned back, by the angle's negative.

**A gated feed-forward**, y = (silu(g) u) W_out^T with g = x W_gate^T and u = x W_in^T; kept: x, g, u. silu(g) and the
hidden row are made anew::

    dh = dy W_out        du = dh silu(g)        dg = dh u silu'(g)        dx = dg W_gate + du W_in

Numbers are autograd's but for the order of sums. There is no second derivative.

Liger-Kernel (Hsu et al. 2024, arXiv 2410.10989) does the same with kernels for a GPU.

>>> x, w = torch.tensor([[3.0, 4.0]], requires_grad=True), torch.ones(2, requires_grad=True)
>>> y = rms_norm(x, w, eps=0.0)
>>> y.backward(torch.tensor([[1.0, 0.0]]))
>>> [round(each, 4) for each in x.grad[0].tolist()]  # s = 1 / sqrt(12.5), n = (.8485, 1.1314), mean .4243
[0.181, -0.1358]
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from explorer.stack.embeddings.rope import Layout, rotate


class _RMSNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, eps):
        s = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_().div_(x.shape[-1]).add_(eps).rsqrt_()  # row 1
        ctx.save_for_backward(x, s, weight)
        return (x * s).mul_(weight)

    @staticmethod
    @once_differentiable
    def backward(ctx, dy):  # pyright: ignore[reportIncompatibleMethodOverride]
        x, s, weight = ctx.saved_tensors
        n = x * s
        learned = dy * n
        mean = torch.mv(learned, weight).div_(x.shape[-1])[:, None]  # row 1
        dx = (dy * weight).addcmul_(n, mean, value=-1).mul_(s)
        return dx, learned.sum(0), None


def rms_norm(
    x: Float[Tensor, "*rows d_model"], weight: Float[Tensor, " d_model"], eps: float
) -> Float[Tensor, "*rows d_model"]:
    """Each row by its root mean square, times the weight."""
    return _RMSNorm.apply(x.reshape(-1, x.shape[-1]), weight, eps).view(x.shape)


class _Rotated(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, cos, sin, layout):
        ctx.save_for_backward(cos, sin)
        ctx.layout = layout
        return rotate(x, cos, sin, layout)

    @staticmethod
    @once_differentiable
    def backward(ctx, dy):  # pyright: ignore[reportIncompatibleMethodOverride]
        cos, sin = ctx.saved_tensors
        return rotate(dy, cos, -sin, ctx.layout), None, None, None


def rotated(
    x: Float[Tensor, "*batch head pos d_head"],
    cos: Float[Tensor, "*#batch pos d_rotary"],
    sin: Float[Tensor, "*#batch pos d_rotary"],
    layout: Layout,
) -> Float[Tensor, "*batch head pos d_head"]:
    """`rope.rotate`."""
    return _Rotated.apply(x, cos, sin, layout)


class _Gated(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w_gate, w_in, w_out):
        gate, up = x @ w_gate.T, x @ w_in.T  # row d_mlp
        ctx.save_for_backward(x, gate, up, w_gate, w_in, w_out)
        return F.silu(gate).mul_(up) @ w_out.T

    @staticmethod
    @once_differentiable
    def backward(ctx, dy):  # pyright: ignore[reportIncompatibleMethodOverride]
        x, gate, up, w_gate, w_in, w_out = ctx.saved_tensors
        bent = F.silu(gate)
        d_w_out = dy.T @ (bent * up)
        d_hidden = dy @ w_out
        d_up = bent.mul_(d_hidden)
        d_gate = d_hidden.mul_(up)
        torch.ops.aten.silu_backward.grad_input(d_gate, gate, grad_input=d_gate)
        # A product of transposed rows is faster with the narrow ones on the left; the gradient lies transposed then.
        d_w_gate, d_w_in = (x.T @ d_gate).T, (x.T @ d_up).T
        return (d_gate @ w_gate).addmm_(d_up, w_in), d_w_gate, d_w_in, d_w_out


def gated(
    x: Float[Tensor, "*rows d_model"],
    w_gate: Float[Tensor, "d_mlp d_model"],
    w_in: Float[Tensor, "d_mlp d_model"],
    w_out: Float[Tensor, "d_model d_mlp"],
) -> Float[Tensor, "*rows d_model"]:
    """A feed-forward layer gated by silu, without biases."""
    return _Gated.apply(x.reshape(-1, x.shape[-1]), w_gate, w_in, w_out).view(x.shape)
