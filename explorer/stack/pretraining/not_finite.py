"""Where a training loses its numbers: the first tensor of a step that is not finite, by its name.

A loss that is infinite or NaN comes from a tensor before it, and a step with such a gradient makes every weight NaN.
The step is therefore not taken, and the weights stay the last good ones. Of a loss the first output of a module that is
not finite is named, in the order of the forward pass; of a gradient the first weight whose gradient is not finite.

>>> model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
>>> _ = nn.init.constant_(model[0].weight, 3e38), nn.init.constant_(model[1].weight, 1.0)
>>> first_output(model, lambda: model(torch.full((1, 1), 10.0)))
'the output of 0'
>>> model[1].weight.grad = torch.tensor([[float("nan")]])
>>> first_gradient(model.named_parameters())
'the gradient of 1.weight'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn


class NotFiniteError(FloatingPointError):
    """A step that is not taken: its loss or its gradient is no number. `step` is counted from 1."""

    def __init__(self, tensor: str, step: int = 0) -> None:
        super().__init__(f"{tensor} is not a number" + (f" at step {step}" if step else ""))
        self.tensor, self.step = tensor, step


def finite(tensor: Tensor) -> bool:
    """Whether all of it is."""
    return bool(torch.isfinite(tensor).all())


def first_output(model: nn.Module, forward: Callable[[], object]) -> str:
    """The first module, inner ones first, whose output is not finite while `forward` runs; the loss where none is."""
    found: list[str] = []

    def look(name: str) -> Callable[[nn.Module, object, object], None]:
        def hook(_module: nn.Module, _given: object, output: object) -> None:
            if not found and isinstance(output, Tensor) and output.is_floating_point() and not finite(output):
                found.append(f"the output of {name}")

        return hook

    hooks = [module.register_forward_hook(look(name)) for name, module in model.named_modules() if name]
    try:
        with torch.no_grad():
            forward()
    finally:
        for each in hooks:
            each.remove()
    return found[0] if found else "the loss"


def first_gradient(weights: Iterable[tuple[str, nn.Parameter]]) -> str:
    """The first weight whose gradient is not finite; their common norm where each is by itself."""
    for name, weight in weights:
        if weight.grad is not None and not finite(weight.grad):
            return f"the gradient of {name}"
    return "the norm of the gradients"
