"""Top-p with its last step done two ways: each value put back at its own token, and at the rank of its rank's token.

After the sort, value j belongs to token ``order[j]``. To put it back is ``scatter(order, values)``, or equally
``gather(order.argsort(), values)``. The reference does ``scatter(order.argsort(), values)``: value j lands on the token
whose id is the *rank* of token j. The numbers are the same, on other tokens.

Three tokens with probabilities .2, .5, .3: order is (1, 2, 0), its argsort (2, 0, 1).

>>> made = filtered(torch.tensor([0.2, 0.5, 0.3]).log())
>>> [round(float(p), 1) for p in made.right], [round(float(p), 1) for p in made.scattered]
([0.2, 0.5, 0.3], [0.3, 0.2, 0.5])
>>> made.order.tolist(), made.lands.tolist()
([1, 2, 0], [2, 0, 1])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True)
class TopP:
    """float64 distributions over the vocabulary."""

    right: Float[Tensor, " d_vocab"]
    scattered: Float[Tensor, " d_vocab"]
    order: Int[Tensor, " d_vocab"]
    """Ids, the likeliest first."""
    lands: Int[Tensor, " d_vocab"]
    """The id that gets the value of each of them."""

    @property
    def kept(self) -> int:
        return int((self.right > 0).sum())

    @property
    def distance(self) -> float:
        """Total variation: the share of draws that must change for one to become the other."""
        return float((self.right - self.scattered).abs().sum() / 2)

    @property
    def outside(self) -> float:
        """Probability that a token which the cut removed is drawn."""
        return float(self.scattered[self.right == 0].sum())


def filtered(
    logits: Float[Tensor, " d_vocab"], temperature: float | int = 1.0, top_k: int = 0, top_p: float | int = 1.0
) -> TopP:
    """Temperature, then top-k (0: off), then top-p; ties by id."""
    scaled = logits.double() / temperature
    if 0 < top_k < len(scaled):
        scaled = scaled.masked_fill(scaled < scaled.topk(top_k).values[-1], -torch.inf)
    values, order = scaled.sort(descending=True, stable=True)
    shares = values.softmax(-1)
    values = values.masked_fill(shares.cumsum(-1) - shares >= top_p, -torch.inf).softmax(-1)
    lands = order.argsort(-1)
    right, scattered = (torch.empty_like(values).scatter(-1, at, values) for at in (order, lands))
    return TopP(right, scattered, order, lands)


def by_transformers(
    logits: Float[Tensor, " d_vocab"], temperature: float | int = 1.0, top_k: int = 0, top_p: float | int = 1.0
) -> Float[Tensor, " d_vocab"]:
    """The same cuts by transformers' own processors, float64."""
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    scores: Any = logits.double()[None]
    read: Any = torch.zeros(1, 0, dtype=torch.long)
    for each in (
        TemperatureLogitsWarper(float(temperature)),
        *([TopKLogitsWarper(top_k)] if top_k else []),
        *([TopPLogitsWarper(float(top_p))] if top_p < 1 else []),
    ):
        scores = each(read, scores)
    return scores[0].softmax(-1)
