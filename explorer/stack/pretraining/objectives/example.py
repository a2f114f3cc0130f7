"""What an objective makes of a text: inputs, targets, which positions count in the loss, who attends to whom.

The loss of every objective is the mean over the positions that have a target,

    L = - 1/|C|  sum over t in C of  ln p(target_t | what t attends to)

and the objectives differ in the inputs, in C and in the mask alone. A position without a target has `IGNORED`, -100, as
torch's and transformers' losses have it.

>>> next_tokens(torch.tensor([7, 8, 9])).tolist()
[8, 9, -100]
>>> prefix_mask(4, 2).int().tolist()  # row: who reads; column: what is read
[[1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
>>> [mean_loss(torch.zeros(3, 5), torch.tensor([[1, 2, left]])).item() for left in (4, IGNORED)]  # ln 5
[1.6094379425048828, 1.6094379425048828]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional as F

IGNORED = -100
#: The place of what stands in no text: a mark.
NOWHERE = -1


@dataclass(frozen=True, eq=False)
class Example:
    """One text under one objective."""

    inputs: Int[Tensor, " pos"]
    targets: Int[Tensor, "head pos"]
    """`IGNORED` where the position gives no loss. One row; several where several tokens are predicted at once."""
    places: Int[Tensor, " pos"]
    """Which token of the text an input stands for; `NOWHERE` for a mark."""
    wanted: Int[Tensor, "head pos"]
    """Which token of the text a target is; `NOWHERE` for a mark, and where there is no target."""
    attends: Bool[Tensor, "query key"]

    @property
    def counted(self) -> Bool[Tensor, "head pos"]:
        return self.targets != IGNORED

    @property
    def share(self) -> float:
        """Of the positions read, those that give a loss."""
        return float(self.counted.any(0).double().mean()) if len(self.inputs) else 0.0

    @property
    def predicted(self) -> int:
        """Tokens of the text that are predicted, each counted once."""
        return len(self.wanted[self.wanted != NOWHERE].unique())


def next_tokens(ids: Int[Tensor, " pos"], ahead: int = 1, fill: int = IGNORED) -> Int[Tensor, " pos"]:
    """What stands so many positions further."""
    return torch.cat([ids[ahead:], ids.new_full((min(ahead, len(ids)),), fill)])


def causal_mask(n: int) -> Bool[Tensor, "query key"]:
    """Each position sees those before it and itself."""
    return torch.ones(n, n, dtype=torch.bool).tril()


def full_mask(n: int) -> Bool[Tensor, "query key"]:
    """Each position sees all."""
    return torch.ones(n, n, dtype=torch.bool)


def prefix_mask(n: int, prefix: int) -> Bool[Tensor, "query key"]:
    """The prefix is seen by all, also by itself; the rest is causal."""
    return causal_mask(n) | (torch.arange(n) < prefix)


def mean_loss(logits: Float[Tensor, "pos d_vocab"], targets: Int[Tensor, "1 pos"]) -> Float[Tensor, ""]:
    """The mean over the positions that have a target, in nats; NaN where none has."""
    return F.cross_entropy(logits, targets[0], ignore_index=IGNORED)
