"""A tensor's distribution as a few quantiles, so that its course over the steps of a training is a set of bands.

Of n sorted entries x(0) <= ... <= x(n-1) the quantile of level p lies at h = p (n - 1), between two neighbours:

    q(p) = x(floor h) + (h - floor h) (x(floor h + 1) - x(floor h))

Hyndman and Fan 1996 (The American Statistician 50), their type 7, which numpy has by default. The bands between q(0)
and q(1), .05 and .95, .25 and .75 hold all, 90 % and 50 % of the entries; the line in the middle is the median.

Five entries: the quartiles are entries themselves, and .05 lies a fifth of the way from the first to the second.

>>> quantiles(torch.tensor([4.0, 0.0, 3.0, 1.0, 2.0])).tolist()
[0.0, 0.2, 1.0, 2.0, 3.0, 3.8, 4.0]
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

#: All, 90 %, half, and the median.
LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def quantiles(values: Float[Tensor, "*any"], levels: tuple[float, ...] = LEVELS) -> Float[Tensor, " level"]:
    """The entries' quantiles, float64. Raises ValueError where there are none; NaN where one is."""
    if not values.numel():
        raise ValueError("nothing to take quantiles of")
    sort = values.detach().flatten().sort().values.double()  # NaN comes last
    if bool(sort[-1].isnan()):
        return torch.full((len(levels),), torch.nan, dtype=torch.float64)
    at = torch.tensor(levels, dtype=torch.float64) * (len(sort) - 1)
    low = at.floor().long()
    high = (low + 1).clamp(max=len(sort) - 1)
    part = at - low
    return torch.where(part > 0, sort[low] + part * (sort[high] - sort[low]), sort[low])
