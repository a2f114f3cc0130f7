"""What kind of head is it? Scores that tell well-known kinds of attention heads apart.

- previous token: mean weight on the token just before;
- sink: mean weight on the first token, where heads with nothing to do look (Xiao et al. 2023, arXiv 2309.17453);
- entropy: how widely a head looks, mean over queries, in bits.

Induction heads show on a text of their own: see induction.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True, eq=False)
class HeadScores:
    """Means over all queries but the first, which can only look at itself; NaN for a run of one token."""

    previous: Float[Tensor, "layer head"]
    sink: Float[Tensor, "layer head"]
    entropy_bits: Float[Tensor, "layer head"]


def score_heads(pattern: Float[Tensor, "layer head query key"]) -> HeadScores:
    """
    >>> pattern = torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 1.0, 0.0]])[None, None]
    >>> scores = score_heads(pattern)
    >>> [float(s) for s in (scores.previous, scores.sink, scores.entropy_bits)]
    [0.75, 0.25, 0.5]
    """
    entropy = torch.special.entr(pattern).sum(-1) / math.log(2)
    previous = F.pad(pattern.diagonal(-1, 2, 3), (1, 0))
    return mean_scores(previous, pattern[..., 0], entropy)


def mean_scores(
    previous: Float[Tensor, "layer head query"],
    first: Float[Tensor, "layer head query"],
    entropy_bits: Float[Tensor, "layer head query"],
) -> HeadScores:
    """Of what each row of each head says."""
    return HeadScores(*(each[..., 1:].mean(-1) for each in (previous, first, entropy_bits)))
