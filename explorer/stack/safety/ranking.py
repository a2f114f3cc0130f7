"""How well a score ranks: the area under the ROC curve of plain lists, with Newcombe's interval.

The part of all pairs in which one of m positive cases scores above one of n negative ones, ties counted half; area and
interval are those of `roc`.

Worked example: two positive and two negative cases, three of four pairs in order.

>>> ranked([3.0, 1.0], [2.0, 0.0])
Ranked(auroc=0.75, low=0.2272, high=0.9668)
>>> ranked([5.0] * 40, [0.0] * 40), ranked([1.0] * 4, [1.0] * 4).auroc
(Ranked(auroc=1, low=0.9501, high=1), 0.5)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.errors import BadRequestError
from explorer.stack.safety.roc import area_interval


@dataclass(frozen=True)
class Ranked:
    """The area with its interval of 95 %."""

    auroc: float
    low: float
    high: float

    def __repr__(self) -> str:
        return f"Ranked(auroc={self.auroc:.4g}, low={self.low:.4g}, high={self.high:.4g})"


def ranked(positive: Sequence[float], negative: Sequence[float]) -> Ranked:
    """The part of pairs in order. Raises BadRequestError where a group is empty or a score is not a number."""
    one, other = (torch.tensor(list(each), dtype=torch.float64) for each in (positive, negative))
    if not len(one) or not len(other) or bool(torch.cat([one, other]).isnan().any()):
        raise BadRequestError("An AUROC needs cases of both kinds, each with a score.", "Measure more cases.")
    found = area_interval(one, other)
    return Ranked(found.mean, found.low, found.high)
