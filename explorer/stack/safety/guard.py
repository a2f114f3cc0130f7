"""A guard: a logistic regression on a vector of a text, with a threshold for a stated rate of false alarms.

The vector is made by a model that is not trained here (a sentence embedding, a state of the residual stream). The guard
learns one direction and one number on labelled texts: y = 1 for what it is to flag (Cox 1958, J. R. Stat. Soc. B 20)::

    z = (x - mean) / scale                                       of the training texts, coordinate by coordinate
    p = 1 / (1 + exp(-(w.z + b)))
    w, b = argmin  mean log loss + (l2 / 2) |w|^2                convex: Newton's steps

The best w is a sum of training vectors. With n texts in d > n coordinates the fit is therefore made in the n
coordinates z V of their singular vectors V, and w = V u: the same answer from a smaller system.

What it says is a probability on texts like those it has learnt from. Where to flag is another choice: the threshold is
taken from other, harmless texts, so that at most a stated share of them is flagged (`roc.threshold_for`).

Worked example: texts of one coordinate. The guard is surest at the ends, and undecided in the middle.

>>> x, y = torch.tensor([[0.0], [1.0], [2.0], [3.0]]), torch.tensor([0.0, 0.0, 1.0, 1.0])
>>> guard = fitted(x, y, l2=0.1)
>>> [round(p, 3) for p in guard.probability(x).tolist()]
[0.115, 0.336, 0.664, 0.885]
>>> round(float(guard.score(torch.tensor([[1.5]]))[0]), 6)
0.0
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

#: Coordinates that hardly vary are not blown up.
LEAST_SCALE = 1e-6
#: Newton's steps; some ten are needed.
STEPS = 50


@dataclass(frozen=True, eq=False)
class Guard:
    """The direction in a vector's own coordinates, and what is added."""

    w: Float[Tensor, " d"]
    b: Float[Tensor, ""]
    steps: int
    """Newton's steps that the fit took."""

    def score(self, x: Float[Tensor, "text d"]) -> Float[Tensor, " text"]:
        """Log-odds of being flagged."""
        return x.double() @ self.w + self.b

    def probability(self, x: Float[Tensor, "text d"]) -> Float[Tensor, " text"]:
        return self.score(x).sigmoid()


def fitted(x: Float[Tensor, "text d"], y: Float[Tensor, " text"], l2: float = 0.01) -> Guard:
    """The guard of the least penalised loss. Raises ValueError where one of the two kinds is absent."""
    if not 0 < float(y.mean()) < 1:
        raise ValueError("a guard learns from both kinds of text")
    x, y = x.double(), y.double()
    mean, scale = x.mean(0), x.std(0, correction=0).clamp(min=LEAST_SCALE)
    z = (x - mean) / scale  # text d
    V = torch.linalg.svd(z, full_matrices=False).Vh.T  # d rank
    u, b, steps = _newton(z @ V, y, l2)
    w = V @ u / scale
    return Guard(w, b - mean @ w, steps)


def loss(score: Float[Tensor, " text"], y: Float[Tensor, " text"]) -> float:
    """The mean -log p of the labels, in nats."""
    return float(torch.nn.functional.binary_cross_entropy_with_logits(score.double(), y.double()))


def _newton(z: Tensor, y: Tensor, l2: float) -> tuple[Tensor, Tensor, int]:
    """u, b and the steps taken; z: [text rank]. A step that does not lower the objective is halved."""
    n, rank = z.shape
    inputs = torch.cat([z, torch.ones(n, 1, dtype=z.dtype)], 1)  # text rank+1
    penalty = torch.full((rank + 1,), l2, dtype=z.dtype)
    penalty[-1] = 0.0

    def objective(at: Tensor) -> float:
        return loss(inputs @ at, y) + float((penalty * at.square()).sum()) / 2

    theta = torch.zeros(rank + 1, dtype=z.dtype)
    value, taken = objective(theta), 0
    while taken < STEPS:
        taken += 1
        p = (inputs @ theta).sigmoid()
        gradient = inputs.T @ (p - y) / n + penalty * theta
        curve = inputs.T @ (inputs * (p * (1 - p))[:, None]) / n + penalty.diag()
        move = torch.linalg.solve(curve + 1e-12 * torch.eye(rank + 1, dtype=z.dtype), gradient)
        share = 1.0
        while (lower := objective(theta - share * move)) > value and share > 1e-6:
            share /= 2
        theta, gain, value = theta - share * move, value - lower, lower
        if gain < 1e-13:
            break
    return theta[:-1], theta[-1], taken
