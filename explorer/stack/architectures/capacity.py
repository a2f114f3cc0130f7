"""Capacity: how many tokens an expert takes at most, and which are dropped beyond it.

    capacity = ceil(factor * tokens * k / n)

With a fixed capacity every expert's buffer has one shape, which accelerators like and training pipelines of 2020
needed. A pair beyond it is dropped: that token passes the layer by the residual stream alone, or with fewer
experts. Grouped products (`experts.py`) need no capacity, and nothing is dropped.

Lepikhin et al. 2020, GShard (arXiv 2006.16668); Fedus et al. 2021, Switch (2101.03961). Dropping the weakest instead of
the last: batch-prioritised routing, Riquelme et al. 2021 (2106.05974).

Four tokens want expert 0, which takes two; by order the last two are dropped, by weight the two weakest:

>>> indices, weights = torch.zeros(4, 1, dtype=torch.long), torch.tensor([[0.6], [0.9], [0.7], [0.8]])
>>> limit(indices, weights, n_experts=2, capacity=2).kept[:, 0].tolist()
[True, True, False, False]
>>> limit(indices, weights, n_experts=2, capacity=2, priority="weight").kept[:, 0].tolist()
[False, True, False, True]
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

Priority = Literal["order", "weight"]


@dataclass(frozen=True)
class Limited:
    """What a capacity leaves."""

    kept: Bool[Tensor, "token slot"]
    weights: Float[Tensor, "token slot"]
    """0 where the pair was dropped; the others are not renormalised."""
    dropped: int


def capacity(n_tokens: int, k: int, n_experts: int, factor: float) -> int:
    """Pairs that an expert takes at most.

    >>> capacity(n_tokens=1024, k=2, n_experts=8, factor=1.25)
    320
    """
    return math.ceil(factor * n_tokens * k / n_experts)


def limit(
    indices: Int[Tensor, "token slot"],
    weights: Float[Tensor, "token slot"],
    n_experts: int,
    capacity: int,
    priority: Priority = "order",
) -> Limited:
    """Keep each expert's first `capacity` pairs. First choices of all tokens come before second choices."""
    n_tokens, k = indices.shape
    flat = indices.T.reshape(-1)  # [slot*token]
    if priority == "weight":
        first = torch.argsort(weights.T.reshape(-1), descending=True, stable=True)
        first = first[torch.argsort(first // n_tokens, stable=True)]  # slot by slot
    else:
        first = torch.arange(len(flat))
    wanted = flat[first]
    order = torch.argsort(wanted, stable=True)
    counts = torch.bincount(wanted, minlength=n_experts)
    rank = torch.arange(len(flat)) - (counts.cumsum(0) - counts)[wanted[order]]  # place within its expert
    kept = torch.empty(len(flat), dtype=torch.bool)
    kept[first[order]] = rank < capacity
    kept = kept.view(k, n_tokens).T
    return Limited(kept, weights * kept, int((~kept).sum()))
