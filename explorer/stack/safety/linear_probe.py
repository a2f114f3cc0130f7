"""A linear probe: does a direction of the residual stream tell two kinds of prompts apart?

Logistic regression on the stream x at one place (Alain and Bengio 2016, arXiv 1610.01644), each feature scaled by its
mean and deviation on the training cases, with a ridge:

    p(y = 1 | x) = sigma(w . z + b)        least  sum_i -ln p(y_i | x_i) + |w|^2 / (2 C)

It is convex; Newton's steps find the one least point. A probe of semantic entropy (Kossen et al. 2024, arXiv
2406.15927) is the same on labels that need no truth: is the entropy over samples high? Then one pass stands in for ten
answers. What a probe finds need not be what the model uses, and enough features tell anything apart on the cases that
it was fitted to: only held-out cases count, beside the same probe on shuffled labels (Hewitt and Liang 2019, arXiv
1909.03368).

>>> x = torch.tensor([[0.0, 1.0], [0.0, 0.0], [3.0, 1.0], [3.0, 0.0]])
>>> probe = fit(x, torch.tensor([False, False, True, True]))
>>> [round(float(each), 2) for each in probe(x)]  # the second feature tells nothing
[-1.04, -1.04, 1.04, 1.04]
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.errors import BadRequestError

RIDGE = 1.0
STEPS, NEAR = 50, 1e-10


@dataclass(frozen=True, eq=False)
class Probe:
    """log odds = direction . (x - mean) / scale + bias; float64."""

    direction: Float[Tensor, " d"]
    bias: float
    mean: Float[Tensor, " d"]
    scale: Float[Tensor, " d"]

    def __call__(self, x: Float[Tensor, "case d"]) -> Float[Tensor, " case"]:
        """The log odds of each case."""
        return (x.double() - self.mean) / self.scale @ self.direction + self.bias


def fit(x: Float[Tensor, "case d"], labels: Bool[Tensor, " case"], c: float = RIDGE) -> Probe:
    """The probe of least loss; the bias is not held small. Raises BadRequestError without cases of both kinds."""
    if bool(labels.all()) or not bool(labels.any()):
        raise BadRequestError("A probe needs cases of both kinds.", "Measure more cases.")
    x, y = x.double(), labels.double()
    mean, scale = x.mean(0), x.std(0, correction=0)
    scale = torch.where(scale > 0, scale, 1.0)
    z = torch.cat([(x - mean) / scale, torch.ones(len(x), 1, dtype=torch.float64)], 1)  # case d+1
    ridge = torch.full((z.shape[1],), 1 / c, dtype=torch.float64)
    ridge[-1] = 0
    w = torch.zeros(z.shape[1], dtype=torch.float64)
    for _ in range(STEPS):
        p = torch.sigmoid(z @ w)
        gradient = z.T @ (p - y) + ridge * w
        curvature = (z * (p * (1 - p))[:, None]).T @ z + torch.diag(ridge + 1e-9)
        step = torch.linalg.solve(curvature, gradient)
        w = w - step / max(float(step.abs().max()), 1.0)  # far from the least point Newton's step overshoots
        if float(step.abs().max()) < NEAR:
            break
    return Probe(w[:-1], float(w[-1]), mean, scale)


def accuracy(probe: Probe, x: Float[Tensor, "case d"], labels: Bool[Tensor, " case"]) -> float:
    """The part of cases on the right side."""
    return float(((probe(x) > 0) == labels).double().mean())
