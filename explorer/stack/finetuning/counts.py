"""What fine-tuning takes in memory: counted from shapes, and measured from the tensors that are there.

    weights       the base, as it is stored, and what is trained
    gradients     4 bytes for each number that is trained
    optimizer     8 for each: Adam's two moments
    activations   what the forward pass keeps for the backward pass

Few trained numbers make gradients and moments small, not the activations: the gradient passes every layer above the
lowest adapter, and an adapter's own A needs its input. `kept` measures them: each storage that autograd keeps is
counted once, without the weights, which lie there anyway.

>>> qlora = by_formula(65e9, trained=2.4e8, bits=4 + 8 / 64 + 32 / (64 * 256))
>>> {name: round(each / 1e9, 2) for name, each in vars(qlora).items()}, round(qlora.total / 1e9, 1)
({'base': 33.53, 'trained': 0.96, 'gradients': 0.96, 'optimizer': 1.92}, 37.4)
>>> round(by_formula(65e9, trained=65e9, bits=0).total / 1e9)  # full, float32: 16 bytes a number
1040
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Bytes:
    """Of everything but the activations."""

    base: float | int
    """Of the frozen weights."""
    trained: float | int
    gradients: float | int
    optimizer: float | int

    @property
    def total(self) -> float | int:
        return self.base + self.trained + self.gradients + self.optimizer


def by_formula(frozen: float | int, trained: float | int, bits: float | int = 32) -> Bytes:
    """For so many frozen numbers of so many bits, and so many that are trained in float32 with Adam."""
    return Bytes(frozen * bits / 8, 4 * trained, 4 * trained, 8 * trained)


def trained_numbers(module: nn.Module) -> int:
    """Numbers that get a gradient, each once."""
    found = {id(each): each.numel() for each in module.parameters() if each.requires_grad}
    return sum(found.values())


def state_bytes(optimiser: torch.optim.Optimizer) -> int:
    """Of what the optimiser remembers of each number; its counts of steps are left out."""
    return sum(
        each.nbytes
        for state in optimiser.state.values()
        for each in state.values()
        if isinstance(each, Tensor) and each.ndim
    )


def gradient_bytes(parameters: Iterable[nn.Parameter]) -> int:
    return sum(each.grad.nbytes for each in parameters if each.grad is not None)


def kept(forward: Callable[[], Tensor], weights: Iterable[Tensor] = ()) -> int:
    """Bytes that a forward pass keeps for the backward pass, weights left out, while the result is held.

    >>> w = torch.ones(3, 4, requires_grad=True)
    >>> x = torch.ones(2, 4)
    >>> kept(lambda: (x @ w.T).square().sum(), [w])  # x for the gradient of w; x W^T for the square's
    56
    """
    mine = {each.untyped_storage().data_ptr() for each in weights}
    found: dict[int, Tensor] = {}

    def pack(x: Tensor) -> Tensor:
        if x.untyped_storage().data_ptr() not in mine:
            found.setdefault(x.untyped_storage().data_ptr(), x)
        return x

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        result = forward()
    total = sum(x.untyped_storage().nbytes() for x in found.values())
    del result
    return total
