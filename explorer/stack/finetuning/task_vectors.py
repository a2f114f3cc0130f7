"""Task vectors: what fine-tuning changed, as something to add, scale and subtract.

    tau = W_tuned - W_base            W' = W_base + sum of lambda_i tau_i

A negative lambda makes the model worse at the task, and often leaves the rest alone. A LoRA adapter is a task vector of
low rank, so that a sum of adapters is one adapter again: the narrow matrices are laid beside each other, and its rank
is the sum of theirs (`concatenated`). Adding the A's and adding the B's instead (peft's "linear") keeps the rank and is
another function: (B1 + B2)(A1 + A2) has B1 A2 and B2 A1 in it (`added`).

Ilharco et al. 2022 (arXiv 2212.04089).

>>> import torch
>>> one = Adapter({"q": LoRA(torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0], [0.0]]), 1.0)})
>>> two = Adapter({"q": LoRA(torch.tensor([[0.0, 1.0]]), torch.tensor([[0.0], [1.0]]), 1.0)})
>>> layer = torch.nn.Linear(2, 2)
>>> concatenated((one, 1), (two, 1))["q"].delta(layer)[0].tolist()
[[1.0, 0.0], [0.0, 1.0]]
>>> added((one, 1), (two, 1))["q"].delta(layer)[0].tolist()
[[1.0, 1.0], [1.0, 1.0]]
>>> vector({"w": torch.tensor([3.0])}, {"w": torch.tensor([1.0])})["w"].tolist()
[2.0]
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.change import Change
from explorer.stack.finetuning.lora import LoRA


def vector(tuned: Mapping[str, Tensor], base: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """tau, weight by weight. Raises NotApplicableError for two models that have not the same weights."""
    if tuned.keys() != base.keys() or any(tuned[name].shape != each.shape for name, each in base.items()):
        raise NotApplicableError("Two models of different weights have no difference.", "Take two of one architecture.")
    return {name: tuned[name] - each for name, each in base.items()}


def moved(base: Mapping[str, Tensor], *vectors: tuple[Mapping[str, Tensor], float | int]) -> dict[str, Tensor]:
    """The base with task vectors added, each so many times."""
    return {name: each + sum(by * tau[name] for tau, by in vectors) for name, each in base.items()}


def concatenated(*worn: tuple[Adapter, float | int]) -> Adapter:
    """The weighted sum of LoRA adapters as one: of the sum of their ranks, exact."""
    made: dict[str, Change] = {}
    for name in {name: None for adapter, _ in worn for name in adapter.names}:
        pairs = [(_pair(adapter, name), by) for adapter, by in worn if name in adapter.names]
        A = torch.cat([pair.A.detach() for pair, _ in pairs])
        B = torch.cat([by * pair.scale * pair.B.detach() for pair, by in pairs], 1)
        made[name] = LoRA(A, B, 1.0)
    return Adapter(made)


def added(*worn: tuple[Adapter, float | int]) -> Adapter:
    """A's and B's added each by itself, as peft's "linear" does: not the sum of the updates.

    Each is multiplied by the root of its strength and scale first; strengths may not be negative.
    Raises NotApplicableError for adapters of different ranks, places or signs.
    """
    names = {adapter.names for adapter, _ in worn}
    if len(names) > 1 or any(by < 0 for _, by in worn):
        raise NotApplicableError("Only adapters of the same places can be added part by part.", "Concatenate them.")
    made: dict[str, Change] = {}
    for name in names.pop():
        pairs = [(_pair(adapter, name), by) for adapter, by in worn]
        if len({pair.r for pair, _ in pairs}) > 1:
            raise NotApplicableError("Only adapters of one rank can be added part by part.", "Concatenate them.")
        roots = [(pair, (by * pair.scale) ** 0.5) for pair, by in pairs]
        A = torch.stack([root * pair.A.detach() for pair, root in roots]).sum(0)
        B = torch.stack([root * pair.B.detach() for pair, root in roots]).sum(0)
        made[name] = LoRA(A, B, 1.0)
    return Adapter(made)


def _pair(adapter: Adapter, name: str) -> LoRA:
    change = adapter[name]
    if not isinstance(change, LoRA):
        raise NotApplicableError(
            f"What stands at {name[:80]} is no LoRA: its sum with another is no adapter.", "Wear both instead."
        )
    return change.plain
