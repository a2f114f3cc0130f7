"""Multi-token prediction (MTP): each position predicts the next n tokens, by n heads on one trunk.

(Gloeckle et al. 2024, arXiv 2404.19737.) Head k says the token k positions further:

    L = - sum over k = 1..n  1/(T-k)  sum over t of  ln p_k(x_{t+k} | x_1 .. x_t)

Head 1 is CLM, and alone is needed for sampling. The last k positions have no target for head k.

>>> made = multi_token(torch.tensor([5, 6, 7, 8]), 3)
>>> made.targets.tolist()
[[6, 7, 8, -100], [7, 8, -100, -100], [8, -100, -100, -100]]
>>> int(made.counted.sum()), made.predicted
(6, 3)
"""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.pretraining.objectives.example import NOWHERE, Example, causal_mask, next_tokens


def multi_token(text: Int[Tensor, " token"], heads: int) -> Example:
    """The text, and beside each token the next `heads`."""
    if heads < 1:
        raise ValueError("multi-token prediction has one head at least")
    places = torch.arange(len(text))
    ahead = range(1, heads + 1)
    return Example(
        inputs=text,
        targets=torch.stack([next_tokens(text, each) for each in ahead]),
        places=places,
        wanted=torch.stack([next_tokens(places, each, NOWHERE) for each in ahead]),
        attends=causal_mask(len(text)),
    )
