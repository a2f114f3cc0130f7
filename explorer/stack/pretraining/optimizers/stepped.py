"""What one step of an optimizer made, and what all of them have alike.

A rule is a pure function: the weight, its gradient, the state of the step before and the learning rate give the weight
after, the next state and the terms of the formula. Nothing is written in place, so that two rules can be asked for the
same step.

Gradients are clipped by their common norm (Pascanu et al. 2013, arXiv 1211.5063): g <- g min(1, c / |g|).

>>> before, after = clipped([torch.tensor([3.0]), torch.tensor([4.0])], 1.0)
>>> before, [round(each.item(), 3) for each in after]
(5.0, [0.6, 0.8])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

State = Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True, eq=False)
class Stepped:
    """One step of one weight."""

    weight: Tensor
    """After the step."""
    state: dict[str, Tensor]
    """What the next step goes on from; each as large as the weight."""
    terms: dict[str, Tensor]
    """What the step was made of, by the names of the formula, in its order; "update", and "decay" where it is apart,
    are taken from the weight."""

    @property
    def moved(self) -> Tensor:
        """What was taken from the weight in all."""
        return self.terms["update"] + self.terms["decay"] if "decay" in self.terms else self.terms["update"]


@runtime_checkable
class Rule(Protocol):
    """An optimizer's rule for one weight."""

    def step(self, weight: Tensor, gradient: Tensor, state: State, t: int, lr: float) -> Stepped:
        """Step t, counted from 1; the state of the first step is empty."""
        ...


def clipped(gradients: Sequence[Tensor], most: float | int) -> tuple[float, list[Tensor]]:
    """The gradients' common norm, and the gradients with a norm of at most `most`."""
    norm = torch.stack([each.norm() for each in gradients]).norm()
    factor = torch.clamp(most / norm, max=1.0)
    return float(norm), [each * factor for each in gradients]


def zeros(state: State, name: str, like: Tensor) -> Tensor:
    """That part of the state; zeros before the first step."""
    return state[name] if name in state else torch.zeros_like(like)
