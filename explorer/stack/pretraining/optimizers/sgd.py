"""Stochastic gradient descent with momentum, and Nesterov's.

    g <- g + wd W
    b <- mu b + g                   b = g at the first step
    W <- W - lr (g + mu b)          Nesterov; without: W - lr b

Sutskever et al. 2013, On the importance of initialization and momentum; written as torch.optim.SGD does it.

Two steps down a slope of 1 with mu .9: 1 at first, then 1 + .9.

>>> import torch
>>> rule, one = SGD(momentum=0.9), torch.ones(1)
>>> first = rule.step(torch.zeros(1), one, {}, 1, lr=1.0)
>>> second = rule.step(first.weight, one, first.state, 2, lr=1.0)
>>> first.weight.item(), round(second.weight.item(), 4)
(-1.0, -2.9)
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from explorer.stack.pretraining.optimizers.stepped import State, Stepped


@dataclass(frozen=True)
class SGD:
    """The rule; momentum 0 is the plain descent."""

    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def step(self, weight: Tensor, gradient: Tensor, state: State, t: int, lr: float) -> Stepped:  # noqa: ARG002 - the same for all rules
        """See the module."""
        g = gradient + self.weight_decay * weight
        if not self.momentum:
            return Stepped(weight=weight - lr * g, state={}, terms={"update": lr * g})
        b = self.momentum * state["momentum"] + g if state else g.clone()
        direction = g + self.momentum * b if self.nesterov else b
        return Stepped(
            weight=weight - lr * direction, state={"momentum": b}, terms={"momentum": b, "update": lr * direction}
        )
