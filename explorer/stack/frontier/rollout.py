"""Attention rollout: how much of each token could have arrived at a position by attention alone.

Abnar & Zuidema 2020 (arXiv 2005.00928). In each block, the mean of the heads' patterns A and, for the residual path,
the identity are averaged, and the blocks' matrices multiplied::

    R = (A_L + I)/2 ... (A_2 + I)/2 (A_1 + I)/2

Row i of R is a distribution over the tokens. It holds no values, no MLPs, and no question: it is the same for every
answer, has no sign, and gives the first token, where attention rests, most.

Worked example: two blocks in which the second token looks at the first alone. Half of it stays in each block.

>>> looks = torch.tensor([[[1.0, 0.0], [1.0, 0.0]]])  # head query key
>>> rollout([looks, looks]).tolist()
[[1.0, 0.0], [0.75, 0.25]]
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor


def rollout(patterns: Iterable[Float[Tensor, "head query key"]]) -> Float[Tensor, "query key"]:
    """Of the patterns of all blocks, the first block first. A row sums to 1 where its patterns' rows do."""
    rolled: Tensor | None = None
    for pattern in patterns:
        mean = pattern.mean(0)
        step = (mean + torch.eye(len(mean)).to(mean)) / 2
        rolled = step if rolled is None else step @ rolled
    if rolled is None:
        raise ValueError("a rollout needs a block's pattern")
    return rolled
