"""Random numbers that checks are computed on: the same each time."""

from __future__ import annotations

import torch
from torch import Tensor


def normal(*shape: int, seed: int = 0) -> Tensor:
    """Standard normal, float32.

    >>> normal(2, 3).shape, bool((normal(4) == normal(4)).all())
    (torch.Size([2, 3]), True)
    """
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def error(a: Tensor, b: Tensor) -> float:
    """The largest difference.

    >>> error(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.5]))
    0.5
    """
    return float((a - b).detach().abs().max())
