"""What a batch costs: named parts, weighed and added up.

    total = sum over the parts of  weight x part

A model's `loss(batch)` gives the parts, whoever trains it the weights. A part that is given no weight has its usual
one: 0.01 for load balancing (Fedus et al. 2021, Switch Transformer, arXiv 2101.03961), 0.001 for the router's z-loss
(Zoph et al. 2022, ST-MoE, arXiv 2202.08906), 1 for any other.

>>> losses = Losses({"lm": torch.tensor(3.0), "balance": torch.tensor(2.0)})
>>> round(losses.total({}).item(), 3), losses.total({"balance": 1}).item()  # 3 + 0.01 x 2, 3 + 2
(3.02, 5.0)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import BadRequestError

USUAL: Mapping[str, float] = {"balance": 0.01, "z": 0.001}


@dataclass(frozen=True)
class Losses:
    """The losses of one batch, and what else was measured on it."""

    parts: Mapping[str, Float[Tensor, ""]]
    """Means over the batch; "lm" is the cross-entropy of the next token, in nats."""
    measures: Mapping[str, Float[Tensor, ""]] = field(default_factory=dict)
    """For the curve alone: nothing is trained on them."""

    def total(self, weights: Mapping[str, float | int]) -> Float[Tensor, ""]:
        """What is trained. Raises BadRequestError for the weight of a part that is not there."""
        if unknown := sorted(name for name, weight in weights.items() if weight and name not in self.parts):
            raise BadRequestError(
                f"There is a weight for the loss {unknown[0]!r}, which this model does not have.",
                f"It has {', '.join(self.parts)}.",
            )
        weighed = [weights.get(name, USUAL.get(name, 1.0)) * part for name, part in self.parts.items()]
        return torch.stack(weighed).sum()
