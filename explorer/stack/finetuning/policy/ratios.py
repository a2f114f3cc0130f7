"""Ratios of trainer and sampler: one for each token, or one for a whole answer.

    token       exp(log pi - log mu)                        PPO, GRPO
    mean        exp(mean over the answer of log pi - log mu)   GSPO: the geometric mean
    sum         exp(sum over the answer of log pi - log mu)    RLOO: the probability of the whole answer

Zheng et al. 2025, GSPO (arXiv 2507.18071).

>>> logp, mu = torch.tensor([[-1.0, -1.0]]), torch.tensor([[-1.1, -1.3]])
>>> {of: [round(x, 4) for x in ratio(logp, mu, torch.ones(1, 2, dtype=torch.bool), of)[0].tolist()] for of in LEVELS}
{'token': [1.1052, 1.3499], 'mean': [1.2214, 1.2214], 'sum': [1.4918, 1.4918]}
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Level = Literal["token", "mean", "sum"]
LEVELS: tuple[Level, ...] = ("token", "mean", "sum")


def ratio(
    logp: Float[Tensor, "row token"], sampler: Float[Tensor, "row token"], mask: Bool[Tensor, "row token"], of: Level
) -> Float[Tensor, "row token"]:
    """An answer's ratio stands at each of its tokens. 1 where no token is."""
    log_ratio = torch.where(mask, logp - sampler, 0.0)
    if of != "token":
        whole = log_ratio.sum(1, keepdim=True)
        log_ratio = (whole / mask.sum(1, keepdim=True).clamp(min=1) if of == "mean" else whole).expand_as(log_ratio)
    return torch.where(mask, log_ratio, 0.0).exp()


def pulled(
    slopes: Float[Tensor, "row token"],
    share: Float[Tensor, "row token"],
    mask: Bool[Tensor, "row token"],
    of: Level,
) -> Float[Tensor, "row token"]:
    """d sum(share f(ratio)) / d logp, where `slopes` is ratio f'(ratio) at each token.

    >>> one, share, mask = torch.tensor([[2.0, 2.0]]), torch.tensor([[0.5, 0.5]]), torch.ones(1, 2, dtype=torch.bool)
    >>> {of: pulled(one, share, mask, of)[0].tolist() for of in LEVELS}
    {'token': [1.0, 1.0], 'mean': [1.0, 1.0], 'sum': [2.0, 2.0]}
    """
    each = torch.where(mask, slopes * share, 0.0)
    if of == "token":
        return each
    whole = each.sum(1, keepdim=True)
    return torch.where(mask, whole / mask.sum(1, keepdim=True).clamp(min=1) if of == "mean" else whole, 0.0)
