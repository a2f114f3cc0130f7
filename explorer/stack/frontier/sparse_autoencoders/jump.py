"""JumpReLU and the step, with the slopes that a straight-through estimator gives to their threshold.

    jump(z, t) = z  if z > t, else 0          d/dt = -(t / w) K((z - t) / w)        d/dz = 1 if z > t, else 0
    step(z, t) = 1  if z > t, else 0          d/dt = -(1 / w) K((z - t) / w)        d/dz = 0

Neither has a slope in t where it does not jump; K is 1 within half a bandwidth w of the jump and 0 elsewhere, so that
the mean of these slopes over many tokens estimates the slope of the mean (Rajamanoharan et al. 2024, arXiv 2407.14435).

>>> z = torch.tensor([[0.4, 0.52, 2.0]])
>>> t = torch.full((3,), 0.5, requires_grad=True)
>>> jump(z, t, 0.1).tolist()
[[0.0, 0.5199999809265137, 2.0]]
>>> step(z, t, 0.1).sum().backward()
>>> t.grad.tolist()
[0.0, -10.0, 0.0]
"""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


def jump(
    z: Float[Tensor, "token feature"], threshold: Float[Tensor, " feature"], bandwidth: float
) -> Float[Tensor, "token feature"]:
    """What is above its feature's threshold."""
    return _Jump.apply(z, threshold, bandwidth)  # pyright: ignore[reportReturnType]


def step(
    z: Float[Tensor, "token feature"], threshold: Float[Tensor, " feature"], bandwidth: float
) -> Float[Tensor, "token feature"]:
    """Whether it is above: 1 or 0. Its sum over features is L0."""
    return _Step.apply(z, threshold, bandwidth)  # pyright: ignore[reportReturnType]


def _near(z: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
    return ((z - threshold).abs() < bandwidth / 2).to(z.dtype)


class _Jump(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
        ctx.save_for_backward(z, threshold)
        ctx.bandwidth = bandwidth
        return z * (z > threshold)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        z, threshold = ctx.saved_tensors
        slope = -(threshold / ctx.bandwidth) * _near(z, threshold, ctx.bandwidth)
        return grads[0] * (z > threshold), (grads[0] * slope).sum(0), None


class _Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, threshold: Tensor, bandwidth: float) -> Tensor:
        ctx.save_for_backward(z, threshold)
        ctx.bandwidth = bandwidth
        return (z > threshold).to(z.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        z, threshold = ctx.saved_tensors
        return None, (grads[0] * (-1 / ctx.bandwidth) * _near(z, threshold, ctx.bandwidth)).sum(0), None
