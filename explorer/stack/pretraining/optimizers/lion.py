"""Lion: a step of one length for every weight, in the direction of a momentum.

    c = b1 m + (1 - b1) g
    W <- W (1 - lr wd) - lr sign(c)
    m <- b2 m + (1 - b2) g

Chen et al. 2023 (arXiv 2302.06675). It keeps one number a weight where Adam keeps two; its learning rate is chosen
three to ten times smaller.

>>> first = Lion().step(torch.zeros(3), torch.tensor([1e-3, 0.0, -500.0]), {}, 1, lr=0.01)
>>> [round(each, 6) for each in first.weight.tolist()]
[-0.01, 0.0, 0.01]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.stack.pretraining.optimizers.stepped import State, Stepped, zeros


@dataclass(frozen=True)
class Lion:
    """The rule."""

    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.0

    def step(self, weight: Tensor, gradient: Tensor, state: State, t: int, lr: float) -> Stepped:  # noqa: ARG002 - the same for all rules
        """See the module."""
        one, two = self.betas
        before = zeros(state, "m", weight)
        mixed = torch.lerp(before, gradient, 1 - one)
        decay, update = lr * self.weight_decay * weight, lr * mixed.sign()
        m = torch.lerp(before, gradient, 1 - two)
        terms = {"c": mixed, "m": m, "decay": decay, "update": update}
        return Stepped(weight=weight - decay - update, state={"m": m}, terms=terms)
