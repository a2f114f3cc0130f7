"""The vocabulary split over ranks: each holds the rows of some tokens, in the embedding and in the unembedding.

    x    = sum over ranks of (its row of the token, or 0)                        one all-reduce of [token d_model]
    loss = mean of  log(sum over ranks of sum_v exp(l_v - m)) + m - l_target     m: the largest of all ranks' logits

Logits stay where they are made: the ranks exchange three numbers a token (the largest, the sum, the target's logit),
not d_vocab. The gradient, softmax minus one-hot, needs nothing more.

Shoeybi et al. 2019, Megatron-LM (arXiv 1909.08053), section 3.

Two ranks hold two tokens each, with logits 0, 0 and 0, ln 3; the target is the last: its share is 3/6.

>>> from explorer.stack.parallelism.thread_group import in_threads
>>> def loss(group: Group) -> float:
...     logits = torch.tensor([[1.0, 1.0], [1.0, 3.0]]).log()[group.rank, None]
...     return round(float(cross_entropy(logits, torch.tensor([3]), group, first=2 * group.rank)), 4)
>>> in_threads(2, loss)  # ln 2
[0.6931, 0.6931]
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

from explorer.stack.embeddings.token_embedding import TokenEmbedding
from explorer.stack.parallelism.group import Group


class VocabularyEmbedding(TokenEmbedding):
    """Some rows of the table; a token of another rank is nought here. What the ranks give is to be summed."""

    first: int = 0
    """The token whose row is the first."""

    def forward(self, ids: Int[Tensor, "*batch pos"]) -> Float[Tensor, "*batch pos d_model"]:
        local = ids - self.first
        own = (local >= 0) & (local < len(self.weight))
        rows = super().forward(local.where(own, torch.zeros_like(local)))
        return rows * own.unsqueeze(-1)


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, targets, group, first):
        most = logits.amax(-1)
        group.all_reduce(most, "largest logits", "max").wait()
        local = targets - first
        own = (local >= 0) & (local < logits.shape[1])
        at = local.where(own, torch.zeros_like(local))[:, None]
        shares = (logits - most[:, None]).exp_()
        told = (logits.gather(1, at)[:, 0] - most) * own
        both = torch.stack([shares.sum(-1), told])  # of all exponentials, of the target
        group.all_reduce(both, "sums and targets").wait()
        ctx.save_for_backward(shares.div_(both[0][:, None]), at, own)
        return (both[0].log() - both[1]).mean()

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):  # pyright: ignore[reportIncompatibleMethodOverride]
        shares, at, own = ctx.saved_tensors
        made = shares.scatter_add(1, at, -own[:, None].to(shares.dtype))
        return made * (gradient / len(shares)), None, None, None


def cross_entropy(
    logits: Float[Tensor, "token own"], targets: Int[Tensor, " token"], group: Group, first: int
) -> Float[Tensor, ""]:
    """The mean over tokens, in nats, on every rank. `first`: the token that the rank's first column belongs to."""
    return _CrossEntropy.apply(logits.float(), targets, group, first)
