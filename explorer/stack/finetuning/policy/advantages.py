"""Advantages: how much better an answer is than what it is compared with.

    centred         r - mean(group)
    left out        r - mean(the group's others) = (r - mean) G / (G - 1)
    standardised    (r - mean) / (std + eps)        trl: Bessel's std (G - 1), eps 1e-4

The two stds differ by sqrt(G / (G - 1)): 15 % in a group of 4. Where all rewards of a group are equal every one of
these is 0. An answer without a reward (NaN) has advantage 0 and is in no mean.

Ahmadian et al. 2024, RLOO (arXiv 2402.14740); Shao et al. 2024, GRPO (2402.03300); Liu et al. 2025, Dr.GRPO
(2503.20783).

>>> r, group = torch.tensor([1.0, 0.0, 0.0, 0.0]), torch.zeros(4, dtype=torch.long)
>>> [round(each, 5) for each in standardised(r, group).tolist()[:2]]
[1.4997, -0.4999]
>>> [round(each, 5) for each in standardised(r, group, bessel=False, eps=0.0).tolist()[:2]]
[1.73205, -0.57735]
>>> [round(each, 5) for each in left_out(r, group).tolist()[:2]]
[1.0, -0.33333]
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

#: What an advantage is divided by.
Scale = Literal["group", "batch", "none"]


def centred(rewards: Float[Tensor, " row"], groups: Int[Tensor, " row"]) -> Float[Tensor, " row"]:
    return (rewards - _mean(rewards, groups)).nan_to_num(0.0)


def left_out(rewards: Float[Tensor, " row"], groups: Int[Tensor, " row"]) -> Float[Tensor, " row"]:
    """0 in a group of one."""
    count = _sum((~rewards.isnan()).to(rewards.dtype), groups)
    others = (_sum(rewards.nan_to_num(0.0), groups) - rewards) / (count - 1)
    return torch.where(count > 1, rewards - others, 0.0).nan_to_num(0.0)


def standardised(
    rewards: Float[Tensor, " row"],
    groups: Int[Tensor, " row"],
    scale: Scale = "group",
    bessel: bool = True,
    eps: float = 1e-4,
) -> Float[Tensor, " row"]:
    """Centred in its group, divided by the spread of its group or of the whole batch."""
    if scale == "none":
        return centred(rewards, groups)
    of = groups if scale == "group" else torch.zeros_like(groups)
    off = (rewards - _mean(rewards, of)).nan_to_num(0.0).square()
    count = _sum((~rewards.isnan()).to(rewards.dtype), of)
    # A single answer has no spread, and its centred reward is 0 in any case.
    variance = _sum(off, of) / (count - 1 if bessel else count).clamp(min=1)
    return (centred(rewards, groups) / (variance.sqrt() + eps)).nan_to_num(0.0)


def _sum(values: Float[Tensor, " row"], groups: Int[Tensor, " row"]) -> Float[Tensor, " row"]:
    """Over each row's group."""
    same = (groups[:, None] == groups).to(values.dtype)  # row row
    return same @ values


def _mean(rewards: Float[Tensor, " row"], groups: Int[Tensor, " row"]) -> Float[Tensor, " row"]:
    """Over each row's group, of those that have a reward."""
    there = ~rewards.isnan()
    return _sum(rewards.nan_to_num(0.0), groups) / _sum(there.to(rewards.dtype), groups)
