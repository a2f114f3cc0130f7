"""Adam and AdamW: a step as long as the gradient is steady.

    m <- b1 m + (1 - b1) g          its mean
    v <- b2 v + (1 - b2) g²         its mean square
    m^ = m / (1 - b1^t)             both began at zero: this takes that back
    v^ = v / (1 - b2^t)
    W <- W (1 - lr wd) - lr m^ / (sqrt(v^) + eps)      AdamW; Adam adds wd W to g instead

Kingma and Ba 2014 (arXiv 1412.6980); Loshchilov and Hutter 2017 (1711.05101). Epsilon stands outside the
root, as in the paper and in torch.

At the first step m^ = g and sqrt(v^) = |g|: every weight moves by lr, up or down, however large its gradient.

>>> first = Adam().step(torch.zeros(3), torch.tensor([1e-3, -2.0, 500.0]), {}, 1, lr=0.01)
>>> [round(each, 6) for each in first.weight.tolist()]
[-0.01, 0.01, -0.01]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.stack.pretraining.optimizers.stepped import State, Stepped, zeros


@dataclass(frozen=True)
class Adam:
    """The rule; `decoupled` is AdamW."""

    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    decoupled: bool = True

    def step(self, weight: Tensor, gradient: Tensor, state: State, t: int, lr: float) -> Stepped:
        """See the module."""
        one, two = self.betas
        if self.decoupled:
            g, decay = gradient, lr * self.weight_decay * weight
        else:
            g, decay = gradient + self.weight_decay * weight, torch.zeros_like(weight)
        m = torch.lerp(zeros(state, "m", weight), g, 1 - one)
        v = two * zeros(state, "v", weight) + (1 - two) * g.square()
        mean, square = m / (1 - one**t), v / (1 - two**t)
        update = lr * mean / (square.sqrt() + self.eps)
        terms = {"m": m, "v": v, "m^": mean, "v^": square, "decay": decay, "update": update}
        return Stepped(weight=weight - decay - update, state={"m": m, "v": v}, terms=terms)
