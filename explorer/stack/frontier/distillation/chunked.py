"""A student's loss without the tables of logits: the divergence from its teacher and the cross-entropy, in pieces.

    loss = (1 - hard) temperature^2 mean D(teacher, student)  +  hard mean(-log S[target])

Both logit tables and their softmaxes of 4,096 positions over 6,144 tokens are 100 MB each, and autograd keeps several.
Here a piece of rows stays in the processor's cache: both logits, the loss, its gradient in closed form
(`divergences.logit_gradient`), and from it the gradients of the student's last states and of its unembedding. The idea
of `transformer.chunked_loss`, with a second model beside it.

>>> h, W = torch.zeros(3, 2), torch.zeros(5, 2)  # the student holds all five tokens for as likely
>>> theirs = torch.tensor([[4.0], [1.0], [1.0], [1.0], [1.0]]).log()
>>> made = distilled_loss(h, W, torch.ones(3, 1), theirs, torch.zeros(3).long())
>>> [round(float(each), 4) for each in (made.loss, made.divergence, made.lm)]  # ln 5 - H(.5, .125 four times)
[0.2231, 0.2231, 1.6094]
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.frontier.distillation.divergences import FORWARD, REVERSE, check

#: Numbers of a piece's table at most: 256 rows over 6,144 tokens. With fewer rows the products take longer.
PIECE = 3 << 19


@dataclass(frozen=True, eq=False)
class Distilled:
    """A batch's loss and its parts."""

    loss: Float[Tensor, ""]
    """What is trained; the other two have no gradient."""
    divergence: Float[Tensor, ""]
    """The mean over rows, nats, without temperature^2."""
    lm: Float[Tensor, ""]
    """The cross-entropy of the text's own tokens at temperature 1, nats."""


def distilled_loss(
    hidden: Float[Tensor, "pos d_student"],
    weight: Float[Tensor, "d_vocab d_student"],
    teacher_hidden: Float[Tensor, "pos d_teacher"],
    teacher_weight: Float[Tensor, "d_vocab d_teacher"],
    targets: Int[Tensor, " pos"],
    beta: float = FORWARD,
    temperature: float = 1.0,
    hard: float = 0.0,
) -> Distilled:
    """Of what both unembeddings read. Raises ValueError for a beta, a temperature or a share that is none."""
    check(beta, temperature)
    if not 0 <= hard <= 1:
        raise ValueError(f"the share of the text's own tokens is between 0 and 1, not {hard}")
    found = _DistilledLoss.apply(
        hidden, weight, teacher_hidden, teacher_weight, targets, beta, temperature, hard,
        torch.is_grad_enabled() and (hidden.requires_grad or weight.requires_grad),
    )  # fmt: skip
    return Distilled(*found)


class _DistilledLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden, weight, teacher_hidden, teacher_weight, targets, beta, temperature, hard, wanted):
        totals = hidden.new_zeros(2, dtype=torch.float32)  # divergence, cross-entropy
        d_hidden = torch.empty_like(hidden, dtype=torch.float32) if wanted else None
        d_weight = weight.new_zeros(weight.shape[1], len(weight), dtype=torch.float32) if wanted else None
        soft = (1 - hard) * temperature  # temperature^2 / temperature: the loss is of logits / temperature
        count = max(1, PIECE // len(weight))
        for begin in range(0, len(hidden), count):
            rows = slice(begin, begin + count)
            h, at = hidden[rows], targets[rows, None]
            s, t = (h @ weight.T).float(), (teacher_hidden[rows] @ teacher_weight.T).float()
            plain = None if hard == 0 and temperature == 1 else s.log_softmax(-1)  # of the text's own tokens
            told = (s if plain is None else plain).gather(1, at)
            if temperature != 1:
                s, t = s.div_(temperature), t.div_(temperature)
            total, gradient, sums = _looped(s, t, beta) if _compiled(s, beta) else _pieces(s, t, beta)
            totals[0] += total
            totals[1] -= told.sum() if plain is not None else (told - sums).sum()
            if d_hidden is None or d_weight is None:
                continue
            if soft != 1:
                gradient.mul_(soft)
            if hard and plain is not None:
                shares = plain.exp()
                gradient.add_(shares.scatter_add_(1, at, shares.new_full(at.shape, -1.0)), alpha=hard)
            torch.mm(gradient, weight.float(), out=d_hidden[rows])
            d_weight.addmm_(h.float().T, gradient)
        ctx.save_for_backward(d_hidden, d_weight)
        ctx.n, ctx.dtype = len(hidden), hidden.dtype
        divergence, lm = totals / len(hidden)
        loss = (1 - hard) * temperature**2 * divergence + hard * lm
        ctx.mark_non_differentiable(divergence, lm)
        return loss, divergence, lm

    @staticmethod
    def backward(ctx, d_loss, *_):  # pyright: ignore[reportIncompatibleMethodOverride]
        d_hidden, d_weight = ctx.saved_tensors
        scale = d_loss / ctx.n
        return (d_hidden * scale).to(ctx.dtype), (d_weight * scale).T, *(None,) * 7


def _compiled(logits: Tensor, beta: float) -> bool:
    """Whether machine code of our own takes these: reverse KL and tables on a GPU are torch's."""
    return logits.device.type == "cpu" and beta != REVERSE


def _looped(
    s: Float[Tensor, "pos d_vocab"], t: Float[Tensor, "pos d_vocab"], beta: float
) -> tuple[float, Float[Tensor, "pos d_vocab"], Float[Tensor, "pos 1"]]:
    """Of logits: the sum of the divergences, its gradient in the place of s, and the student's log sums."""
    from explorer.stack.frontier.distillation import divergence_loops

    sums = s.new_empty(len(s))
    rows = (s.numpy(), t.numpy(), sums.numpy())
    between = beta != FORWARD
    total = divergence_loops.between(*rows, np.float32(beta)) if between else divergence_loops.forward(*rows)
    return total, s, sums[:, None]


def _pieces(
    s: Float[Tensor, "pos d_vocab"], t: Float[Tensor, "pos d_vocab"], beta: float
) -> tuple[Float[Tensor, ""], Float[Tensor, "pos d_vocab"], Float[Tensor, "pos 1"]]:
    """The same by torch, with few tables in between."""
    sums = s.logsumexp(-1, keepdim=True)
    s, t = s - sums, t.log_softmax(-1)
    q = s.exp()
    if beta == FORWARD:
        p = t.exp()
        return torch.linalg.vecdot(p, t - s).sum(), q.sub_(p), sums
    if beta == REVERSE:
        g = s - t
        own = (q * g).sum(-1, keepdim=True)
        return own.sum(), g.sub_(own).mul_(q), sums
    mixture = torch.logaddexp(t + math.log(beta), s + math.log1p(-beta))
    g = s.sub(mixture).mul_(1 - beta)
    own = (q * g).sum(-1, keepdim=True)
    theirs = beta * torch.dot(t.exp().flatten(), (t - mixture).flatten())
    return own.sum() + theirs, g.sub_(own).mul_(q), sums
