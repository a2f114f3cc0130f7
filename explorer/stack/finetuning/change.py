"""What fine-tuning changes at one layer: something that is added to what the layer itself gives.

    y' = y + by * beside(x, y)          beside the layer, as it is trained
    W' = W + by * dW,  b' = b + by * db         in the layer, once it is merged

`beside` and `delta` are one function where a change can be merged. `by` is its strength: 0 takes it out, 1 is as it was
trained, -1 subtracts it. Several changes of one layer are all computed from the layer's own y and added up, so that
their order does not matter.

>>> import torch
>>> from torch import nn
>>> class Louder(Change):
...     def beside(self, layer, x, y):
...         return y  # as much again
...     def delta(self, layer):
...         return weight_of(layer), None
>>> layer = nn.Linear(2, 2, bias=False)
>>> x, two = torch.ones(1, 2), Changed(layer, [(Louder(), 1.0)])
>>> bool((two(x) == 2 * layer(x)).all())
True
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization.matrices import PackedLinear

Layer = TypeVar("Layer", bound=nn.Module)
Delta = tuple[Tensor | None, Tensor | None]
"""What is added to a layer's matrix and to its bias; None where that stays as it is."""


class Change(nn.Module):
    """One change of one layer; its parameters are what is trained."""

    def beside(self, layer: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        """What is added to the layer's output y."""
        raise NotImplementedError

    def delta(self, layer: nn.Module) -> Delta:
        """What is added to its matrix and bias. Raises NotApplicableError for a change that no matrix can hold."""
        raise NotImplementedError

    def misfit(self, layer: nn.Module) -> str | None:
        """Why it cannot stand at this layer; None if it can."""
        return None if isinstance(layer, nn.Linear | PackedLinear) else "it is no linear layer"


class Changed(nn.Module):
    """A layer with changes beside it, each with its strength."""

    def __init__(self, layer: nn.Module, changes: Sequence[tuple[Change, float | int]]) -> None:
        super().__init__()
        self.layer = layer
        self.changes = nn.ModuleList(change for change, _ in changes)
        self.by = tuple(float(by) for _, by in changes)

    def forward(self, x: Float[Tensor, "*rows d_in"], *more: object) -> Float[Tensor, "*rows d_out"]:
        y = self.layer(x, *more)
        changed = y
        for change, by in zip(self.changes, self.by, strict=True):
            if by and isinstance(change, Change):
                added = change.beside(self.layer, x, y)
                changed = changed + (added if by == 1 else by * added)
        return changed


def weight_of(layer: nn.Module) -> Float[Tensor, "out in"]:
    """A linear layer's matrix, widened where it is packed."""
    if isinstance(layer, PackedLinear):
        return layer.packed.dequantize()
    assert isinstance(layer, nn.Linear)
    return layer.weight


def bias_of(layer: nn.Module) -> Float[Tensor, " out"] | None:
    """A layer's bias, if it has one."""
    bias = getattr(layer, "bias", None)
    return bias if isinstance(bias, Tensor) else None


def without_bias(layer: nn.Module, y: Float[Tensor, "*rows out"]) -> Float[Tensor, "*rows out"]:
    """The product alone."""
    bias = bias_of(layer)
    return y if bias is None else y - bias


def sizes_of(layer: nn.Module) -> tuple[int, int]:
    """(in, out) of a linear layer."""
    if isinstance(layer, nn.Linear | PackedLinear):
        return layer.in_features, layer.out_features
    raise NotApplicableError("This is no linear layer.", "Name one of the matrices.")


def finite(change: nn.Module) -> bool:
    """Whether every number of it is one."""
    return all(bool(torch.isfinite(tensor).all()) for tensor in change.state_dict().values())
