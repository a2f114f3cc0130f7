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
    def forward(ctx, hidden, weight, targets, weights, of_hidden, of_weight):
        total = hidden.new_zeros((), dtype=torch.float32)
        d_hidden = torch.empty_like(hidden) if of_hidden else None
        # Transposed: a product of transposed rows is faster with the narrow ones on the left.
        d_weight = weight.new_zeros(weight.shape[1], len(weight), dtype=torch.float32) if of_weight else None
        for begin in range(0, len(hidden), CHUNK):
            h, t = hidden[begin : begin + CHUNK], targets[begin : begin + CHUNK, None]
            logits = (h @ weight.T).float()  # [chunk d_vocab]
            most = logits.amax(-1, keepdim=True)
            told = logits.gather(1, t) - most
            shares = logits.sub_(most).exp_()  # [chunk d_vocab], each row by its sum
            sums = shares.sum(-1, keepdim=True)
            each = sums.log() - told  # [chunk 1]
            w = None if weights is None else weights[begin : begin + CHUNK, None]
            total += (each if w is None else each * w).sum()
            if d_hidden is None and d_weight is None:
                continue
            # softmax - one-hot is (shares - sum at the target) / sum: the division is left to the narrow side.
            shares.scatter_add_(1, t, -sums)
            shares = shares.to(hidden.dtype)
            if w is not None:
                sums = sums / w
            if d_hidden is not None:
                torch.mm(shares, weight, out=d_hidden[begin : begin + CHUNK]).div_(sums)
            if d_weight is not None:
                narrow = (h / sums).to(h.dtype).T
                if shares.dtype == d_weight.dtype:
                    d_weight.addmm_(narrow, shares)
                else:
                    d_weight += narrow @ shares
        ctx.save_for_backward(d_hidden, d_weight)
        ctx.dtype = weight.dtype
        ctx.n = len(hidden)
        return total / len(hidden)

    @staticmethod
    def backward(ctx, d_loss):  # pyright: ignore[reportIncompatibleMethodOverride]
        d_hidden, d_weight = ctx.saved_tensors
        scale = d_loss / ctx.n
        of_hidden = None if d_hidden is None else d_hidden * scale.to(d_hidden.dtype)
        return of_hidden, None if d_weight is None else (d_weight * scale).to(ctx.dtype).T, None, None, None, None


def linear_cross_entropy(
    hidden: Float[Tensor, "pos d_model"],
    weight: Float[Tensor, "d_vocab d_model"],
    targets: Int[Tensor, " pos"],
    weights: Float[Tensor, " pos"] | None = None,
) -> Float[Tensor, ""]:
    """The mean cross-entropy of `hidden @ weight.T` against the targets, in nats.

    `weights`, greater than 0, is what each position counts: the sum is by the number of positions all the same.
    Of a frozen table no gradient is made.
    """
    wanted = torch.is_grad_enabled()
    return _LinearCrossEntropy.apply(
        hidden, weight, targets, weights, wanted and hidden.requires_grad, wanted and weight.requires_grad
    )
