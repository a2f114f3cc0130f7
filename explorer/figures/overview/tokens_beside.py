"""The tokens of a chosen run beside those of the page's run, by the positions that belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.figures.overview.compared import Compared


@dataclass(frozen=True)
class TokensBeside:
    """What of the chosen run stands beside each token; where nothing does, -1 and no number."""

    position: list[int]
    ids: list[int]
    next_id: list[int]
    next_p: Float[Tensor, " pos"]


def beside(compared: Compared) -> TokensBeside:
    """The chosen run's tokens by this run's positions."""
    there = {left: right for left, right in compared.pairs if left is not None and right is not None}
    at = [there.get(position, -1) for position in range(len(compared.one.trace))]
    other = compared.other.trace
    likeliest, p = (each[:, 0] for each in other.likeliest(1))
    ids, next_id = ([int(of[right]) if right >= 0 else -1 for right in at] for of in (other.ids, likeliest))
    next_p = torch.tensor([float(p[right]) if right >= 0 else math.nan for right in at], dtype=torch.float64)
    return TokensBeside(at, ids, next_id, next_p)
