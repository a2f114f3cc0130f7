"""Whether two dictionaries have the same directions: one to one, so that the sum of their cosines is greatest.

The assignment is scipy's `linear_sum_assignment`; a dictionary trained from another seed on the same vectors is matched
so in "Sparse Autoencoders Trained on the Same Data Learn Different Features" (Paulo and Belrose 2025, arXiv
2501.16615). Beside it stands each direction's best cosine with any of the other's, which two directions may share.

Two of three directions are there again, in another order:

>>> a = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
>>> b = torch.tensor([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0], [0.6, 0.0, 0.8]])
>>> found = matched(a, b)
>>> found.partner.tolist(), [round(each, 2) for each in found.cosine.tolist()], round(found.share(0.9), 3)
([1, 0, 2], [1.0, 1.0, 0.8], 0.667)
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

#: The cosine from which a direction counts as found again.
SAME = 0.7


@dataclass(frozen=True, eq=False)
class Matched:
    """Each direction's partner in the other dictionary."""

    partner: Int[Tensor, " feature"]
    cosine: Float[Tensor, " feature"]
    """With its partner."""
    best: Float[Tensor, " feature"]
    """With whichever is nearest."""

    def share(self, least: float = SAME) -> float:
        """Of directions whose partner's cosine is above."""
        return float((self.cosine > least).double().mean())


def matched(a: Float[Tensor, "feature d_model"], b: Float[Tensor, "other d_model"]) -> Matched:
    """One to one. Raises ValueError where the second has fewer directions."""
    from scipy.optimize import linear_sum_assignment

    if len(b) < len(a):
        raise ValueError(f"{len(a)} directions cannot be matched one to one with {len(b)}")
    cosines = F.normalize(a, dim=-1) @ F.normalize(b, dim=-1).T  # feature other
    _, columns = linear_sum_assignment(cosines.double().numpy(), maximize=True)
    partner = torch.from_numpy(columns)
    return Matched(partner, cosines.gather(1, partner[:, None])[:, 0], cosines.max(-1).values)


def neighbours(
    directions: Float[Tensor, "feature d_model"], feature: int, k: int
) -> tuple[Int[Tensor, " k"], Float[Tensor, " k"]]:
    """The k other directions of one dictionary with the greatest cosine, and the cosines."""
    cosines = F.cosine_similarity(directions, directions[feature], dim=-1)
    cosines[feature] = -2.0
    values, indices = cosines.topk(min(k, len(directions) - 1))
    return indices, values
