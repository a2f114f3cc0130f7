"""Next-token cross-entropy without the whole table of logits.

    loss = mean over positions of  logsumexp(h W^T) - (h W^T)[target]

The table [position d_vocab] is the largest tensor of a small model's step: 4,096 positions times 6,144 tokens are
100 MB in float32, written and read several times. Here it is made in pieces that stay in the processor's cache, and
each piece's gradient (softmax minus one-hot) is turned into the gradients of h and W before the next is made.

The idea of Liger-Kernel's fused linear cross-entropy (Hsu et al. 2024, arXiv 2410.10989).

>>> import torch
>>> h, W = torch.zeros(3, 2), torch.zeros(5, 2)
>>> round(linear_cross_entropy(h, W, torch.tensor([0, 1, 2])).item(), 4)  # ln 5
1.6094
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

CHUNK = 256


class _LinearCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden, weight, targets, of_hidden, of_weight):
        total = hidden.new_zeros((), dtype=torch.float32)
        d_hidden = torch.empty_like(hidden) if of_hidden else None
        d_weight = torch.zeros_like(weight, dtype=torch.float32) if of_weight else None
        for begin in range(0, len(hidden), CHUNK):
            h, t = hidden[begin : begin + CHUNK], targets[begin : begin + CHUNK, None]
            logits = (h @ weight.T).float()  # [chunk d_vocab]
            lse = torch.logsumexp(logits, -1, keepdim=True)
            total += (lse - logits.gather(1, t)).sum()
            if d_hidden is None and d_weight is None:
                continue
            grad = logits.sub_(lse).exp_()
            grad.scatter_add_(1, t, torch.full_like(lse, -1.0))
            grad = grad.to(hidden.dtype)
            if d_hidden is not None:
                torch.mm(grad, weight, out=d_hidden[begin : begin + CHUNK])
            if d_weight is not None:
                d_weight += grad.T @ h
        ctx.save_for_backward(d_hidden, d_weight)
        ctx.dtype = weight.dtype
        ctx.n = len(hidden)
        return total / len(hidden)

    @staticmethod
    def backward(ctx, d_loss):  # pyright: ignore[reportIncompatibleMethodOverride]
        d_hidden, d_weight = ctx.saved_tensors
        scale = d_loss / ctx.n
        of_hidden = None if d_hidden is None else d_hidden * scale.to(d_hidden.dtype)
        return of_hidden, None if d_weight is None else (d_weight * scale).to(ctx.dtype), None, None, None


def linear_cross_entropy(
    hidden: Float[Tensor, "pos d_model"], weight: Float[Tensor, "d_vocab d_model"], targets: Int[Tensor, " pos"]
) -> Float[Tensor, ""]:
    """The mean cross-entropy of `hidden @ weight.T` against the targets, in nats; a frozen table gets no gradient."""
    wanted = torch.is_grad_enabled()
    return _LinearCrossEntropy.apply(
        hidden, weight, targets, wanted and hidden.requires_grad, wanted and weight.requires_grad
    )
