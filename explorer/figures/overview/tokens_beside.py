"""The tokens of a chosen run beside those of the page's run, by the positions that belong together."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.figures.overview.compared import Compared
from explorer.tracing.trace import Trace

#: rows of logits that are compared at a time
ROWS = 64


@dataclass(frozen=True, kw_only=True)
class TokensBeside:
    """What of the chosen run stands beside each token; where nothing does, -1 and no number."""

    position: list[int]
    ids: list[int]
    next_id: list[int]
    next_p: Float[Tensor, " pos"]
    apart: Float[Tensor, " pos"] | None
    """Total variation of what both say next; None of a long run, whose logits are not kept."""


def beside(compared: Compared) -> TokensBeside:
    """The chosen run's tokens by this run's positions."""
    there = {left: right for left, right in compared.pairs if left is not None and right is not None}
    at = [there.get(position, -1) for position in range(len(compared.one.trace))]
    other = compared.other.trace
    likeliest, p = (each[:, 0] for each in other.likeliest(1))
    ids, next_id = ([int(of[right]) if right >= 0 else -1 for right in at] for of in (other.ids, likeliest))
    next_p = torch.tensor([float(p[right]) if right >= 0 else math.nan for right in at], dtype=torch.float64)
    return TokensBeside(
        position=at, ids=ids, next_id=next_id, next_p=next_p, apart=_apart(compared.one.trace, other, at)
    )


def _apart(trace: Trace, other: Trace, there: list[int]) -> Float[Tensor, " pos"] | None:
    if trace.witness is not None or other.witness is not None:
        return None
    found = torch.full((len(there),), math.nan)
    here = torch.tensor([position for position, right in enumerate(there) if right >= 0])
    for part in here.split(ROWS):
        p, q = trace.logits[part].float(), other.logits[[there[position] for position in part]].float()
        found[part] = (p.softmax(-1) - q.softmax(-1)).abs().sum(-1) / 2
    return found
