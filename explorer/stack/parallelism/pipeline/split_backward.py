"""A backward in two: the gradient of the input at once, those of the weights later, or never apart.

A linear layer y = x Wᵀ has two gradients that do not need each other (Qi et al. 2023, arXiv 2401.10241, section 1)::

    dx = dy W          the stage before waits for it: I
    dW = dyᵀ x         nobody waits for it: W

`Later` stands in the place of a stage's linear layers. In its backward autograd computes dx; x and dy are kept until
`weights` is called, which adds dW to the gradient. Gains of norms and the embedding, a thousandth of the work, are
computed with dx.

Worked example: y = 3x with x = 2; the loss is y, so dy = 1.

>>> layer, x = nn.Linear(1, 1, bias=False), torch.tensor([[2.0]], requires_grad=True)
>>> _ = layer.weight.data.fill_(3.0)
>>> later = Later()
>>> with later.of(0, split=True): y = later.linear(layer, x)
>>> y.backward()
>>> x.grad.item(), layer.weight.grad
(3.0, None)
>>> later.weights(0)
>>> layer.weight.grad.item()
2.0
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

Kept = tuple[nn.Parameter, Tensor, Tensor]


class Later:
    """Gradients of weights that wait, by micro-batch."""

    def __init__(self) -> None:
        self.waiting: dict[int, list[Kept]] = defaultdict(list)
        self._now: tuple[int, bool] = (0, False)

    @property
    def bytes(self) -> int:
        """Of what waits, each tensor once."""
        kept = {
            each.data_ptr(): each.nbytes for waits in self.waiting.values() for _, x, dy in waits for each in (x, dy)
        }
        return sum(kept.values())

    @contextmanager
    def of(self, microbatch: int, split: bool) -> Iterator[None]:
        """The forward of a micro-batch, whose backward is split or whole."""
        before, self._now = self._now, (microbatch, split)
        try:
            yield
        finally:
            self._now = before

    def linear(self, layer: nn.Linear, x: Float[Tensor, "*rows inputs"]) -> Float[Tensor, "*rows outputs"]:
        """The layer's output, with a backward of this kind."""
        made: Tensor = _Linear.apply(x, layer.weight, self, *self._now)
        return made if layer.bias is None else made + layer.bias

    def add(self, kept: Kept, microbatch: int, split: bool) -> None:
        if split:
            self.waiting[microbatch].append(kept)
        else:
            _accumulate(*kept)

    def weights(self, microbatch: int) -> None:
        """W: adds what waits to the weights' gradients."""
        for kept in self.waiting.pop(microbatch, []):
            _accumulate(*kept)


@torch.no_grad()
def _accumulate(weight: nn.Parameter, x: Tensor, gradient: Tensor) -> None:
    made = gradient.flatten(0, -2).T @ x.flatten(0, -2)  # outputs inputs
    if weight.grad is None:
        weight.grad = made
    else:
        weight.grad += made


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx, x: Tensor, weight: nn.Parameter, later: Later, microbatch: int, split: bool
    ) -> Tensor:
        ctx.save_for_backward(x)
        # a parameter among the saved tensors would be a tensor of its own when it comes back
        ctx.weight, ctx.later, ctx.kind = weight, later, (microbatch, split)  # pyright: ignore[reportAttributeAccessIssue]
        return F.linear(x, weight)

    @staticmethod
    def backward(ctx: FunctionCtx, *gradients: Tensor) -> tuple[Tensor | None, None, None, None, None]:
        (gradient,) = gradients
        (x,) = ctx.saved_tensors  # pyright: ignore[reportAttributeAccessIssue]
        weight: nn.Parameter = ctx.weight  # pyright: ignore[reportAttributeAccessIssue]
        if weight.requires_grad:
            ctx.later.add((weight, x, gradient), *ctx.kind)  # pyright: ignore[reportAttributeAccessIssue]
        return gradient @ weight, None, None, None, None


class Deferred(nn.Module):
    """Stands in the place of a linear layer."""

    def __init__(self, layer: nn.Linear, later: Later) -> None:
        super().__init__()
        self.layer, self.later = layer, later

    def forward(self, x: Float[Tensor, "*rows inputs"]) -> Float[Tensor, "*rows outputs"]:
        return self.later.linear(self.layer, x)


def defer(module: nn.Module, later: Later) -> None:
    """Put `Deferred` in the place of every linear layer below a module."""
    for name, child in module.named_children():
        if isinstance(child, nn.Linear):
            setattr(module, name, Deferred(child, later))
        else:
            defer(child, later)
