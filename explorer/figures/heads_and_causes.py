"""Every head twice: what it writes toward a token, and what changes when it is removed."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def strongest(kl: Float[Tensor, "layer head"], k: int = 14) -> list[tuple[int, int]]:
    """(layer, head) of the heads whose removal changes the distribution most, strongest first.

    >>> strongest(torch.tensor([[0.1, 0.4], [0.2, 0.0]]), 2)
    [(0, 1), (1, 0)]
    """
    n_heads = kl.shape[1]
    order = kl.flatten().argsort(descending=True, stable=True)[:k].tolist()
    return [(i // n_heads, i % n_heads) for i in order]


def shares_error(
    heads: Float[Tensor, "layer head"], bias: Float[Tensor, " layer"], attn: Float[Tensor, " layer"]
) -> float:
    """Largest difference, over layers, between the heads' shares (with b_O's) and the attention's share.

    >>> shares_error(torch.tensor([[1.0, 2.0], [0.0, 0.5]]), torch.zeros(2), torch.tensor([3.0, 0.25]))
    0.25
    """
    return float((heads.double().sum(-1) + bias.double() - attn.double()).abs().max())
