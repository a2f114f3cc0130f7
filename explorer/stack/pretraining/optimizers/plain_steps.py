"""The rules of this folder as an optimizer of torch: each step reads the gradients and moves the weights in place.

Its state is torch's (`state_dict`, `load_state_dict`), so that a run is kept and goes on as with any other optimizer.

>>> from explorer.stack.pretraining.optimizers.lion import Lion
>>> weight = torch.nn.Parameter(torch.tensor([1.0, -1.0]))
>>> stepped = PlainSteps([(Lion(), [weight])])
>>> stepped.param_groups[0]["lr"], weight.grad = 0.1, torch.tensor([2.0, -5.0])
>>> stepped.step()
>>> [round(each, 3) for each in weight.tolist()], stepped.state[weight]["t"]
([0.9, -0.9], 1)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from explorer.stack.pretraining.optimizers.muon import Muon
from explorer.stack.pretraining.optimizers.stepped import Rule, State, Stepped


class PlainSteps(torch.optim.Optimizer):
    """Each group of weights by its own rule; `lr` of a group is set before each step."""

    def __init__(self, groups: Sequence[tuple[Rule, Sequence[nn.Parameter]]]) -> None:
        kept = [(rule, list(weights)) for rule, weights in groups if weights]
        self.rules = [rule for rule, _ in kept]
        super().__init__([{"params": weights} for _, weights in kept], {"lr": 0.0})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """One step of all weights that have a gradient. There is no closure."""
        assert closure is None
        for rule, group in zip(self.rules, self.param_groups, strict=True):
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                t = state.pop("t", 0) + 1
                made = stepped(rule, weight, weight.grad, state, t, group["lr"])
                weight.copy_(made.weight)
                state.update(made.state, t=t)


def stepped(rule: Rule, weight: Tensor, gradient: Tensor, state: State, t: int, lr: float) -> Stepped:
    """One step by a rule; Muon takes the matrices of a stack of experts one by one."""
    if not isinstance(rule, Muon) or weight.dim() == 2:
        return rule.step(weight, gradient, state, t, lr)
    each = [
        rule.step(weight[at], gradient[at], {name: part[at] for name, part in state.items()}, t, lr)
        for at in range(len(weight))
    ]
    joined = {name: torch.stack([one.state[name] for one in each]) for name in each[0].state}
    terms = {name: torch.stack([one.terms[name] for one in each]) for name in each[0].terms}
    return Stepped(weight=torch.stack([one.weight for one in each]), state=joined, terms=terms)
