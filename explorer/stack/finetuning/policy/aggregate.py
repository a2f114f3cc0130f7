"""How the terms of tokens become one loss: the share of each token.

    sequence    1 / (N n_i)     a mean over answers of means over tokens: a long answer's token counts little
    token       1 / sum n_i     a mean over all tokens: a long answer counts much
    constant    1 / (N L)       L is the longest answer allowed: neither does
    sum         1 / N           a mean over answers of sums over tokens

Of an answer of 4 tokens and one of 1, a token's share:

>>> mask = torch.tensor([[True, True, True, True], [True, False, False, False]])
>>> {of: [round(x, 3) for x in shares(mask, of, longest=8)[:, 0].tolist()] for of in ("sequence", "token", "constant")}
{'sequence': [0.125, 0.5], 'token': [0.2, 0.2], 'constant': [0.062, 0.062]}
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Aggregate = Literal["sequence", "token", "constant", "sum"]


def shares(
    mask: Bool[Tensor, "row token"], by: Aggregate, longest: int | None = None, tokens: int | None = None
) -> Float[Tensor, "row token"]:
    """0 outside the answers. longest: L of "constant". tokens: of "token", where the batch is a part of a larger one
    whose tokens are counted. Raises ValueError where "constant" has no L."""
    rows, lengths = len(mask), mask.sum(1, keepdim=True).clamp(min=1)
    if by == "constant" and longest is None:
        raise ValueError("a constant share needs the length of the longest answer allowed")
    if by == "token":
        each = torch.full_like(lengths, 1.0, dtype=torch.float64) / max(tokens or int(mask.sum()), 1)
    elif by == "sequence":
        each = 1.0 / (rows * lengths.double())
    else:
        each = torch.full_like(lengths, 1.0, dtype=torch.float64) / (rows * (longest or 1 if by == "constant" else 1))
    return torch.where(mask, each, 0.0)
