"""ALiBi: no position in the vectors; each head subtracts a penalty from its scores that grows with the distance.

``score[query, key] = q.k / sqrt(d) - slope_h * (query - key)`` (Press et al. 2021, arXiv 2108.12409). With n heads, n a
power of two, ``slope_h = 2 ** (-8 h / n)`` for h = 1 .. n. For another n the slopes are those of the power of two
below, followed by every other slope of twice that power. A steep head sees near tokens only; a flat one nearly all.

Worked example: 8 heads have the slopes 1/2, 1/4, ... 1/256; 12 heads append 2 ** -0.5, 2 ** -1.5, 2 ** -2.5, 2 ** -3.5.

>>> slopes(8).tolist()
[0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625]
>>> [round(s, 4) for s in slopes(12)[8:].tolist()]
[0.7071, 0.3536, 0.1768, 0.0884]
>>> bias(slopes(8)[:1], torch.tensor([2]), torch.tensor([0, 1, 2])).tolist()
[[[-1.0, -0.5, -0.0]]]
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor


def slopes(n_heads: int, dtype: torch.dtype = torch.float32) -> Float[Tensor, " head"]:
    """The slope of each head. Raises ValueError without a head."""
    if n_heads < 1:
        raise ValueError(f"{n_heads} heads have no slopes")
    power = 1 << (n_heads.bit_length() - 1)  # the largest power of two that is not above n_heads
    ours = [2.0 ** (-8 * h / power) for h in range(1, power + 1)]
    doubled = [2.0 ** (-8 * h / (2 * power)) for h in range(1, 2 * power + 1)]
    return torch.tensor(ours + doubled[::2][: n_heads - power], dtype=dtype)


def bias(
    slopes: Float[Tensor, " head"], query_pos: Int[Tensor, "*batch query"], key_pos: Int[Tensor, "*batch key"]
) -> Float[Tensor, "*batch head query key"]:
    """What is added to the scaled scores: minus slope times distance, in the type of the slopes. Keys after the query
    are the mask's affair."""
    distance = query_pos[..., :, None] - key_pos[..., None, :]  # *batch query key
    return -slopes[:, None, None] * distance.unsqueeze(-3)  # *batch head query key


def at_least_single(dtype: torch.dtype) -> torch.dtype:
    """The type in which scores of a type are biased and their softmax is taken: float32, and float64 for that.

    >>> at_least_single(torch.bfloat16), at_least_single(torch.float64)
    (torch.float32, torch.float64)
    """
    return torch.promote_types(dtype, torch.float32)


@dataclass(frozen=True, eq=False)
class Penalty:
    """ALiBi's bias as what it is made from: a kernel that works in tiles never writes the square out."""

    slopes: Float[Tensor, " head"]
    query: Int[Tensor, "batch query"]
    key: Int[Tensor, "batch key"]

    def written(self, dtype: torch.dtype) -> Float[Tensor, "batch head query key"]:
        """Written out for scores of this type, once for all layers: in float64 for those, else in float32."""
        exact = at_least_single(dtype)
        if exact not in self._written:
            self._written[exact] = bias(self.slopes.to(exact), self.query, self.key)
        return self._written[exact]

    @cached_property
    def _written(self) -> dict[torch.dtype, Tensor]:
        return {}

    @cached_property
    def even(self) -> bool:
        """Whether distances are differences of places: positions follow one another, the last query is the last key.

        >>> at = torch.arange(5)[None]
        >>> Penalty(slopes(2), at[:, 3:], at).even, Penalty(slopes(2), at * 2, at * 2).even
        (True, False)
        """
        n = self.query.shape[1]
        steps = self.key[:, 1:] - self.key[:, :-1]
        return n <= self.key.shape[1] and torch.equal(self.query, self.key[:, -n:]) and bool((steps == 1).all())
