"""Relative position buckets: a learned number for each head and distance, added to the scores; far distances share one.

T5 (Raffel et al. 2019, arXiv 1910.10683) adds ``b[head, bucket(key - query)]`` to the score of query and key. An
encoder gives half of its buckets to keys after the query. Of the n buckets of one direction the first half are single
distances; the rest grow with the logarithm up to the longest distance, and everything beyond it falls into the last:

    bucket(d) = d                                              d < n / 2
    bucket(d) = n / 2 + log(2 d / n) / log(2 max / n) * n / 2  else, at most n - 1

Worked example: a decoder's 8 buckets up to distance 32. Distances 0 to 3 have their own; 4 to 6, 7 to 11, 12 to 19
share one; from 20 on all are one.

>>> keys = torch.tensor([0, -3, -4, -6, -7, -12, -20, -500, 5])
>>> bucket(keys, 8, 32, causal=True).tolist()
[0, 3, 4, 4, 5, 6, 7, 7, 0]

In an encoder the keys after the query have the upper half:

>>> bucket(torch.tensor([0, -1, -500, 1, 500]), 8, 32, causal=False).tolist()
[0, 1, 3, 5, 7]
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


def bucket(distance: Int[Tensor, "*axes"], n_buckets: int, longest: int, causal: bool) -> Int[Tensor, "*axes"]:
    """The bucket of each ``key - query``. A key that a causal query may not see falls into bucket 0."""
    if causal:
        first, far = 0, (-distance).clamp(min=0)
    else:
        n_buckets //= 2
        first, far = (distance > 0).long() * n_buckets, distance.abs()
    single = n_buckets // 2
    share = (far.clamp(min=1).float() / single).log() / math.log(longest / single)
    grown = (single + (share * (n_buckets - single)).long()).clamp(max=n_buckets - 1)
    return first + far.where(far < single, grown)


class RelativeBuckets(nn.Module):
    """The table of one stack of blocks; its layers share it."""

    def __init__(self, n_heads: int, n_buckets: int = 32, longest: int = 128, causal: bool = False) -> None:
        super().__init__()
        self.n_buckets, self.longest, self.causal = n_buckets, longest, causal
        self.weight = nn.Parameter(torch.zeros(n_buckets, n_heads))

    def forward(
        self, query: Int[Tensor, "batch query"], key: Int[Tensor, "batch key"]
    ) -> Float[Tensor, "batch head query key"]:
        """What is added to the scores, from the positions of queries and keys."""
        distance = key[:, None, :] - query[..., None]  # batch query key
        rows = self.weight[bucket(distance, self.n_buckets, self.longest, self.causal)]  # batch query key head
        return rows.permute(0, 3, 1, 2)
