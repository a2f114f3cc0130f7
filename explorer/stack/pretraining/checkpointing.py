"""Activation checkpointing: what the backward pass needs is thrown away and computed again when it is due.

Autograd keeps each tensor that a gradient asks for until the backward pass reads it. A checkpointed part keeps its
input alone (Chen et al. 2016, arXiv 1604.06174)::

    forward     y = f(x), nothing kept but x
    backward    y = f(x) once more, everything kept;  then dx, dW from dy

One more forward pass of what is checkpointed: with a backward pass of twice a forward one, full checkpointing costs a
third. **Selective** checkpointing (Korthikanti et al. 2022, arXiv 2205.05198) takes the part that keeps most for the
work it takes: the core of attention, scores and softmax, whose tensors grow with the square of the length. A fused
kernel keeps none of them; there the feed-forward layer's hidden rows are what is worth it.

The same operations on the same numbers: gradients are equal to the bit.

>>> import math
>>> x, W = torch.ones(2, 3, requires_grad=True), torch.full((3, 3), 0.5, requires_grad=True)
>>> y = recomputed(lambda x: torch.tanh(x @ W), (x,), (W,))
>>> y.sum().backward()
>>> round(float(W.grad[0, 0]), 4), round(2 * (1 - math.tanh(1.5) ** 2), 4)
(0.3614, 0.3614)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.compat.torch import with_parts
from explorer.errors import NotApplicableError
from explorer.stack.transformer.attention import (
    Attended,
    Bias,
    Hook,
    Kernel,
    KernelName,
    Visibility,
    kernel_of,
    unchanged,
)
from explorer.stack.transformer.block import Block, Pass
from explorer.stack.transformer.decoder import Decoder

Policy = Literal["none", "attention", "feed-forward", "full"]
POLICIES: tuple[Policy, ...] = get_args(Policy)


class _Recomputed(torch.autograd.Function):
    @staticmethod
    def forward(ctx, run, count, *given):
        ctx.run, ctx.weights = run, given[count:]
        ctx.save_for_backward(*given[:count])
        with torch.no_grad():
            return run(*given[:count])

    @staticmethod
    def backward(ctx, grad):  # pyright: ignore[reportIncompatibleMethodOverride]
        inputs = [each.detach().requires_grad_(each.requires_grad) for each in ctx.saved_tensors]
        with torch.enable_grad():
            made = ctx.run(*inputs)
        sources = [*inputs, *ctx.weights]
        wanted = [each for each in sources if each.requires_grad]
        found = iter(torch.autograd.grad(made, wanted, grad))
        return None, None, *(next(found) if each.requires_grad else None for each in sources)


def recomputed(run: Callable[..., Tensor], inputs: Sequence[Tensor], weights: Sequence[Tensor] = ()) -> Tensor:
    """`run(*inputs)`, of which the inputs alone are kept. `weights` are what else it reads that has a gradient."""
    return _Recomputed.apply(run, len(inputs), *inputs, *weights)  # pyright: ignore[reportReturnType]


class RecomputedBlock(nn.Module):
    """A block that keeps its input."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, x: Float[Tensor, "batch pos d_model"], at: Pass) -> Float[Tensor, "batch pos d_model"]:
        return recomputed(lambda x: self.block(x, at), (x,), list(self.block.parameters()))


class RecomputedFeedForward(nn.Module):
    """A feed-forward layer that keeps its input."""

    def __init__(self, mlp: nn.Module) -> None:
        super().__init__()
        self.mlp = mlp

    def forward(self, x: Float[Tensor, "*rows d_model"], written_out: bool = False) -> Float[Tensor, "*rows d_model"]:
        assert not written_out
        return recomputed(self.mlp, (x,), list(self.mlp.parameters()))


def recomputed_kernel(kernel: KernelName | Kernel) -> Kernel:
    """The same attention, which keeps q, k and v alone."""
    inner = kernel_of(kernel)

    def run(
        q: Tensor,
        k: Tensor,
        v: Tensor,
        visible: Visibility,
        scale: float,
        bias: Bias | None = None,
        cap: float | None = None,
        on_scores: Hook = unchanged,
        on_pattern: Hook = unchanged,
    ) -> Attended:
        def core(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            return inner(q, k, v, visible, scale, bias, cap, on_scores, on_pattern).z

        return Attended(recomputed(core, (q, k, v)))

    return run


def checkpointed(decoder: Decoder, policy: Policy) -> Decoder:
    """The decoder, on the same weights, whose blocks keep less. "attention" is the kernel's to do (`loss`).

    Raises NotApplicableError for a mixture of experts: its router would tell of every token twice.
    """
    if decoder.config.n_experts and policy != "none":
        raise NotApplicableError("Blocks with experts are not checkpointed here.", "Choose a dense model.")
    if policy in ("none", "attention"):
        return decoder
    blocks = [block for block in decoder.blocks if isinstance(block, Block)]
    made: list[nn.Module] = (
        [RecomputedBlock(each) for each in blocks]
        if policy == "full"
        else [with_parts(each, mlp=RecomputedFeedForward(each.mlp)) for each in blocks]
    )
    return with_parts(decoder, blocks=nn.ModuleList(made))


def loss(
    decoder: Decoder, windows: Int[Tensor, "batch pos"], policy: Policy = "none", kernel: KernelName = "sdpa"
) -> Float[Tensor, ""]:
    """The language-model loss of windows, nats a token, with as much kept for the backward pass as the policy says.

    Backward passes are autograd's: those that are written out (`stack.transformer.written_out`) keep less.
    """
    chosen = recomputed_kernel(kernel) if policy == "attention" else kernel
    made = with_parts(checkpointed(decoder, policy))
    made.written_out = False
    return made.loss(windows, chosen).parts["lm"]
