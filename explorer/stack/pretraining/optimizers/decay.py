"""Weight decay: which weights, by which rate, and where it enters.

    decoupled     W <- W (1 - lr(t) wd) - lr(t) m^ / (sqrt(v^) + eps)      AdamW as torch has it
    inside        g <- g + wd W, and then Adam                             L2 regularisation
    unscheduled   W <- W (1 - lr_peak wd) - lr(t) m^ / (sqrt(v^) + eps)    the rate falls, the decay does not

Inside Adam the decay is divided by the root of the mean square like any gradient: weights with large gradients are
decayed less, and the sum of both is about one step long whatever wd is (Loshchilov and Hutter 2017, arXiv 1711.05101).
Unscheduled decay goes on where the rate is nought: weights shrink and no gradient puts them back.

Matrices are decayed. Gains are not: their natural value is 1, not 0. Of embeddings conventions differ: nanoGPT decays
them, OLMo 2 does not (2501.00656), nor does this.

One weight of 2 with a gradient of 3, wd .1, at the first step (m^ / sqrt(v^) is the sign): decoupled loses
.01 · .1 · 2 = .002 besides the step of .01; inside, the step is still .01.

>>> weight, gradient = torch.tensor([2.0]), torch.tensor([3.0])
>>> [round(float(rule(how, 0.1, peak=0.05).step(weight, gradient, {}, 1, lr=0.01).weight), 4)
...  for how in ("decoupled", "inside", "unscheduled")]
[1.988, 1.99, 1.98]
>>> [name for name, size in (("embed.weight", (9, 4)), ("blocks.0.ln1.w", (4,)), ("unembed.weight", (9, 4)))
...  if decayed(name, torch.empty(size))]
['unembed.weight']
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from explorer.stack.pretraining.optimizers.adam import Adam
from explorer.stack.pretraining.optimizers.stepped import Rule, State, Stepped

How = Literal["decoupled", "inside", "unscheduled"]
BETAS = (0.9, 0.95)


def decayed(name: str, weight: Tensor) -> bool:
    """Whether that parameter of a decoder is decayed: a matrix that is no embedding."""
    return weight.dim() > 1 and not name.startswith("embed.")


def rule(how: How, weight_decay: float, peak: float) -> Rule:
    """Adam with its decay in one of the three ways; `peak` is the schedule's highest rate."""
    adam = Adam(betas=BETAS, weight_decay=weight_decay, decoupled=how != "inside")
    return Unscheduled(adam, peak) if how == "unscheduled" else adam


@dataclass(frozen=True)
class Unscheduled:
    """AdamW whose decay does not follow the schedule."""

    adam: Adam
    peak: float

    def step(self, weight: Tensor, gradient: Tensor, state: State, t: int, lr: float) -> Stepped:
        """See the module."""
        made = replace(self.adam, weight_decay=0.0).step(weight, gradient, state, t, lr)
        decay = torch.mul(weight, self.peak * self.adam.weight_decay)
        return Stepped(weight=made.weight - decay, state=made.state, terms=made.terms | {"decay": decay})
