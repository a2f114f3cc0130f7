"""The border between the model, wherever it lies, and what a run leaves: float32 on the CPU.

`here` brings an activation over; `like` takes what stands here to where a module or a tensor computes. Both give back
the tensor itself where it lies there already, in that format: float32 on the CPU costs nothing. `Weights` are matrices
of the model that are brought over when they are read: an 8B model's output matrices would be 9 GB if all were.

>>> here(torch.ones(2, dtype=torch.bfloat16)).dtype
torch.float32
>>> matrix = torch.ones(2, 2)
>>> here(matrix) is matrix, Weights([matrix, None])[0] is matrix, Weights([None])[0]
(True, True, None)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import torch
from torch import Tensor, nn


def here(tensor: Tensor) -> Tensor:
    """The tensor, float32 on the CPU. A gradient finds its way back."""
    return tensor.to("cpu", torch.float32)


def place_of(module: nn.Module) -> tuple[torch.device, torch.dtype]:
    """Where a module computes, and in which format; the CPU and float32 where it has no weights."""
    weight = next(module.parameters(), None)
    return (torch.device("cpu"), torch.float32) if weight is None else (weight.device, weight.dtype)


def run_there(module: nn.Module, x: Tensor) -> Tensor:
    """What a module of the model makes of a tensor that lies here."""
    return here(module(x.to(*place_of(module))))


class Weights(Sequence[Tensor | None]):
    """Matrices, one a layer, each float32 on the CPU when it is read."""

    def __init__(self, matrices: Sequence[Tensor | None]) -> None:
        self._matrices = tuple(matrices)

    @overload
    def __getitem__(self, at: int) -> Tensor | None: ...
    @overload
    def __getitem__(self, at: slice) -> Weights: ...

    def __getitem__(self, at: int | slice) -> Tensor | Weights | None:
        if isinstance(at, slice):
            return Weights(self._matrices[at])
        found = self._matrices[at]
        return None if found is None else here(found)

    def __len__(self) -> int:
        return len(self._matrices)
