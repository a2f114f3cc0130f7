"""Token attribution: how much each token of the text adds to a number that the model says at its end.

All methods but one play the same game: a token is *absent* when its embedding is replaced by a baseline b, and F is the
number (a logit, or the difference of two). With x_i the embedding of token i, and F(x) of the whole text::

    gradient x input        (x_i - b) . dF/dx_i                                  at x
    integrated gradients    (x_i - b) . mean over a in [0, 1] of dF/dx_i         at b + a (x - b)
    leave one out           F(x) - F(x with i absent)
    Shapley value           mean over all orders of what i adds when it joins those before it   (see `shapley`)

Integrated gradients (Sundararajan et al. 2017, arXiv 1703.01365) and Shapley values add up to F(x) - F(b); what a sum
over finitely many a misses of that is the *completeness error*, which need not fall with the number of steps. Gradient
x input (Shrikumar et al. 2016, arXiv 1605.01713) and leave one out (Li et al. 2016, arXiv 1612.08220) add up only where
F is linear. Attention rollout (see `rollout`) knows nothing of F.

Worked example: F = 3 x_0 x_1 with scalars x = (1, 2) and b = 0. F(x) = 6. Each gradient x input is 6, and so is each
left out alone: both count the product twice. Integrated gradients share it.

>>> def product(x):
...     return 3 * x[:, 0, 0] * x[:, 1, 0]
>>> x, b = torch.tensor([[1.0], [2.0]]), torch.zeros(2, 1)
>>> gradient_x_input(product, x, b).tolist(), leave_one_out(product, x, b, [[0], [1]]).tolist()
([6.0, 6.0], [6.0, 6.0])
>>> found = integrated_gradients(product, x, b, steps=4)
>>> [round(float(each), 4) for each in found.shares], round(found.error, 4)
([3.0, 3.0], 0.0)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

#: F: a number for each row of embeddings.
Score: TypeAlias = Callable[[Float[Tensor, "row pos d_model"]], Float[Tensor, " row"]]
Told: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Integrated:
    """The path from the baseline to the text, and what was summed along it."""

    shares: Float[Tensor, " pos"]
    alphas: Float[Tensor, " step"]
    """Where gradients were taken, 0 at the baseline."""
    slopes: Float[Tensor, "step pos"]
    """(x_i - b_i) . dF/dx_i at each: their weighted sum is the share."""
    values: Float[Tensor, " step"]
    """F at each."""
    whole: float
    """F(x) - F(b)."""

    @property
    def error(self) -> float:
        """How far the shares' sum is from F(x) - F(b)."""
        return abs(float(self.shares.double().sum()) - self.whole)


def _gradients(
    score: Score, x: Float[Tensor, "row pos d_model"]
) -> tuple[Float[Tensor, "row pos d_model"], Float[Tensor, " row"]]:
    with torch.enable_grad():
        x = x.detach().clone().requires_grad_()
        value = score(x)
        (gradient,) = torch.autograd.grad(value.sum(), x)
    return gradient, value.detach()


def gradient_x_input(
    score: Score, x: Float[Tensor, "pos d_model"], baseline: Float[Tensor, "pos d_model"]
) -> Float[Tensor, " pos"]:
    """The first-order estimate of what each token's absence takes away."""
    return ((x - baseline) * _gradients(score, x[None])[0][0]).sum(-1)


def integrated_gradients(
    score: Score,
    x: Float[Tensor, "pos d_model"],
    baseline: Float[Tensor, "pos d_model"],
    steps: int,
    at_once: int = 16,
    told: Told | None = None,
) -> Integrated:
    """By the midpoints of `steps` equal parts of the straight path."""
    alphas = (torch.arange(steps, dtype=x.dtype) + 0.5) / steps
    slopes, values = [], []
    for start in range(0, steps, at_once):
        if told:
            told(start, steps)
        some = alphas[start : start + at_once, None, None]
        gradient, value = _gradients(score, baseline + some * (x - baseline))
        slopes.append(((x - baseline) * gradient).sum(-1))
        values.append(value)
    with torch.no_grad():
        ends = score(torch.stack([x, baseline])).double()
    each = torch.cat(slopes)  # step pos
    return Integrated(each.mean(0), alphas, each, torch.cat(values), float(ends[0] - ends[1]))


@torch.no_grad()
def present(
    score: Score,
    x: Float[Tensor, "pos d_model"],
    baseline: Float[Tensor, "pos d_model"],
    groups: Sequence[Sequence[int]],
    coalitions: Sequence[frozenset[int]],
    at_once: int = 32,
    told: Told | None = None,
) -> Float[Tensor, " coalition"]:
    """F of the text where only the tokens of these groups are present: a number for each coalition of groups."""
    found = []
    for start in range(0, len(coalitions), at_once):
        if told:
            told(start, len(coalitions))
        some = coalitions[start : start + at_once]
        rows = baseline.expand(len(some), *x.shape).clone()
        for row, those in enumerate(some):
            at = [position for group in those for position in groups[group]]
            rows[row, at] = x[at]
        found.append(score(rows))
    return torch.cat(found)


def leave_one_out(
    score: Score,
    x: Float[Tensor, "pos d_model"],
    baseline: Float[Tensor, "pos d_model"],
    groups: Sequence[Sequence[int]],
) -> Float[Tensor, " group"]:
    """What F loses when one group is absent."""
    everyone = frozenset(range(len(groups)))
    said = present(score, x, baseline, groups, [everyone, *(everyone - {each} for each in range(len(groups)))])
    return said[0] - said[1:]


def grouped(shares: Float[Tensor, " pos"], groups: Sequence[Sequence[int]]) -> Float[Tensor, " group"]:
    """The sums of tokens' shares over words or sentences."""
    return torch.stack([shares[list(group)].sum() for group in groups])
