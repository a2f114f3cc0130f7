"""Gradients of several small batches added to those of one large one.

The loss of a batch is a mean over its tokens. Small batches differ in tokens, so the mean of their means is another
number, and weighs each token of a short batch more:

    right    sum_k sum_i loss_ki / sum_k n_k           each batch's *sum*, by the tokens of all
    mean     (1 / K) sum_k (1 / n_k) sum_i loss_ki     what transformers did before 4.46 (issue 34191)

>>> parts = [(torch.tensor([2.0]), 1), (torch.tensor([1.0, 1.0, 1.0]), 3)]
>>> round(float(by_tokens([each.sum() for each, _ in parts], [n for _, n in parts])), 4)
1.25
>>> float(by_batches([each.sum() for each, _ in parts], [n for _, n in parts]))
1.5
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def by_tokens(sums: Sequence[Tensor], counts: Sequence[int]) -> Tensor:
    """The mean loss a token of all batches, from each batch's summed loss and its number of tokens."""
    return torch.stack([*sums]).sum() / sum(counts)


def by_batches(sums: Sequence[Tensor], counts: Sequence[int]) -> Tensor:
    """The mean of the batches' mean losses: a different number where the batches differ in tokens."""
    return torch.stack([each / n for each, n in zip(sums, counts, strict=True)]).mean()
