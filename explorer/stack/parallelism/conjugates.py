"""Collectives that gradients pass: where a model is split over ranks, what happens forward has its conjugate backward.

    forward                backward               where
    nothing                all-reduce (sum)       f: one input goes to all ranks, and each knows a part of its gradient
    all-reduce (sum)       nothing                g: the ranks' parts of an output meet
    all-gather             reduce-scatter         f where each rank holds some positions of the input
    reduce-scatter         all-gather             g where each rank keeps some positions of the output
    all-to-all             all-to-all, back       rows that travel to experts

A gradient without f is a part of the whole one: the loss is right, and all that lies before f learns something else.

Shoeybi et al. 2019, Megatron-LM (arXiv 1909.08053): f and g; Korthikanti et al. 2022 (arXiv 2205.05198): their pairs
along the sequence, with as many bytes.

Two ranks double and triple x = 1: the output is 2 + 3, and its gradient 5 on both. Without f each has its own.

>>> from explorer.stack.parallelism.thread_group import in_threads
>>> def twice_and_thrice(group: Group) -> tuple[float, float, float]:
...     x, way = torch.ones(1, requires_grad=True), float(2 + group.rank)
...     y = summed(way * copied(x, group), group)
...     gradient, = torch.autograd.grad(y, x)
...     wrong, = torch.autograd.grad(summed(way * x, group), x)
...     return float(y.detach()), float(gradient), float(wrong)
>>> in_threads(2, twice_and_thrice)
[(5.0, 5.0, 2.0), (5.0, 5.0, 3.0)]
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.parallelism.group import Group


class _Copied(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, group, what):
        ctx.group, ctx.what = group, what
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):  # pyright: ignore[reportIncompatibleMethodOverride]
        return _sum(gradient, ctx.group, f"{ctx.what}, backward"), None, None


class _Summed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, group, what):  # noqa: ARG004  # torch's own signature
        return _sum(x, group, what)

    @staticmethod
    def backward(ctx, gradient):  # noqa: ARG004  # pyright: ignore[reportIncompatibleMethodOverride]
        return gradient, None, None


class _Gathered(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, group, what):
        ctx.group, ctx.what = group, what
        return _gather(x, group, what)

    @staticmethod
    def backward(ctx, gradient):  # pyright: ignore[reportIncompatibleMethodOverride]
        return _scatter(gradient, ctx.group, f"{ctx.what}, backward"), None, None


class _Scattered(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, group, what):
        ctx.group, ctx.what = group, what
        return _scatter(x, group, what)

    @staticmethod
    def backward(ctx, gradient):  # pyright: ignore[reportIncompatibleMethodOverride]
        return _gather(gradient, ctx.group, f"{ctx.what}, backward"), None, None


class _Exchanged(torch.autograd.Function):
    @staticmethod
    def forward(ctx, rows, group, sends, receives, what):
        ctx.group, ctx.sends, ctx.receives, ctx.what = group, sends, receives, what
        return group.all_to_all(rows.contiguous(), sends, receives, what).wait()

    @staticmethod
    def backward(ctx, gradient):  # pyright: ignore[reportIncompatibleMethodOverride]
        what = f"{ctx.what}, backward"
        back = ctx.group.all_to_all(gradient.contiguous(), ctx.receives, ctx.sends, what).wait()
        return back, None, None, None, None


def copied(x: Float[Tensor, "*shape"], group: Group, what: str = "") -> Float[Tensor, "*shape"]:
    """f: forward as it is, backward the sum of all ranks' gradients."""
    return _Copied.apply(x, group, what)


def summed(x: Float[Tensor, "*shape"], group: Group, what: str = "") -> Float[Tensor, "*shape"]:
    """g: forward the sum of all ranks' tensors, backward as it is."""
    return _Summed.apply(x, group, what)


def gathered(x: Float[Tensor, "batch own d"], group: Group, what: str = "") -> Float[Tensor, "batch pos d"]:
    """All ranks' positions, one after the other; backward the sum of the gradients, of which each keeps its own."""
    return _Gathered.apply(x, group, what)


def scattered(x: Float[Tensor, "batch pos d"], group: Group, what: str = "") -> Float[Tensor, "batch own d"]:
    """The sum of all ranks' tensors, of which each keeps its own positions; backward all positions' gradients.

    Raises ValueError where the ranks do not divide the positions."""
    return _Scattered.apply(x, group, what)


def exchanged(
    rows: Float[Tensor, "row d"], group: Group, sends: Sequence[int], receives: Sequence[int], what: str = ""
) -> Float[Tensor, "come d"]:
    """The first `sends[0]` rows go to rank 0, and so on; backward each row's gradient comes back to where it was."""
    return _Exchanged.apply(rows, group, list(sends), list(receives), what)


def _sum(x: Tensor, group: Group, what: str) -> Tensor:
    return group.all_reduce(x.clone(memory_format=torch.contiguous_format), what).wait()


def _gather(x: Tensor, group: Group, what: str) -> Tensor:
    """Along the positions, which must come first to travel; laid as it was, so that all its readers keep one tensor."""
    return group.all_gather(x.transpose(0, 1).contiguous(), what).wait().transpose(0, 1).contiguous()


def _scatter(x: Tensor, group: Group, what: str) -> Tensor:
    return group.reduce_scatter(x.transpose(0, 1).contiguous(), what).wait().transpose(0, 1)
