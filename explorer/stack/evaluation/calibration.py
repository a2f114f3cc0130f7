"""Calibration: is a model that says 80 % right in 80 of 100 cases?

Predictions are put into B bins of equal width by their confidence p. The expected calibration error is the mean gap
between what a bin says and what it gets (Naeini et al. 2015; Guo et al. 2017, arXiv 1706.04599)::

    ECE = sum over bins of n_b / n * |accuracy_b - confidence_b|

Two choices are part of the number. B is one. The edge rule is the other: a bin holds its right edge (a, b] in
torchmetrics, or its left edge [a, b) as numpy's histogram has it; confidences such as 0.5 or 1 lie just there.

A temperature T that divides all logits is fitted on other items than it is judged on, by the mean -log p of what came.

Worked example: eight predictions, five right.

>>> confidence = torch.tensor([0.95, 0.85, 0.75, 0.65, 0.55, 0.9, 0.8, 0.3], dtype=torch.float64)
>>> correct = torch.tensor([1.0, 1, 0, 1, 0, 1, 1, 0])
>>> [[round(ece(confidence, correct, bins, edge), 5) for edge in ("right", "left")] for bins in (10, 5)]
[[0.25625, 0.30625], [0.16875, 0.21875]]

When the least sure half is left out, the accuracy of the rest shows whether confidence sorts right from wrong:

>>> kept = selective(confidence, correct)
>>> kept.accuracy[3].item(), kept.accuracy[7].item()  # of the four surest, and of all
(1.0, 0.625)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor

Edge = Literal["right", "left"]
EDGES = cast("tuple[Edge, ...]", get_args(Edge))


@dataclass(frozen=True, eq=False)
class Reliability:
    """What each bin says and gets; NaN where it is empty."""

    edges: Float[Tensor, " edge"]
    count: Int[Tensor, " bin"]
    confidence: Float[Tensor, " bin"]
    accuracy: Float[Tensor, " bin"]

    @property
    def ece(self) -> float:
        gaps = (self.accuracy - self.confidence).abs()
        return float((gaps * self.count).nan_to_num().sum() / self.count.sum())


@dataclass(frozen=True, eq=False)
class Selective:
    """The surest first: `accuracy[k]` is that of the k + 1 surest."""

    order: Int[Tensor, " item"]
    accuracy: Float[Tensor, " item"]


def reliability(
    confidence: Float[Tensor, " item"], correct: Float[Tensor, " item"], bins: int = 15, edge: Edge = "right"
) -> Reliability:
    """Bins over [0, 1]; the outermost hold both of their edges."""
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64)
    p, right = confidence.double().contiguous(), correct.double()
    at = (torch.bucketize(p, edges, right=edge == "left") - 1).clamp(0, bins - 1)  # item
    count = torch.bincount(at, minlength=bins)

    def mean(of: Tensor) -> Tensor:
        return torch.zeros(bins, dtype=torch.float64).index_add(0, at, of) / count

    return Reliability(edges, count, mean(p), mean(right))


def ece(
    confidence: Float[Tensor, " item"], correct: Float[Tensor, " item"], bins: int = 15, edge: Edge = "right"
) -> float:
    """The expected calibration error, a mean of absolute gaps."""
    return reliability(confidence, correct, bins, edge).ece


def selective(confidence: Float[Tensor, " item"], correct: Float[Tensor, " item"]) -> Selective:
    """Accuracy when only the surest are answered. Of equal confidences the first counts as surer."""
    order = confidence.argsort(descending=True, stable=True)
    right = correct.double()[order].cumsum(0)
    return Selective(order, right / torch.arange(1, len(order) + 1))


def nll(logits: Float[Tensor, "item choice"], target: Int[Tensor, " item"], temperature: float = 1.0) -> float:
    """Mean -log p of what came, in nats."""
    return float(torch.nn.functional.cross_entropy(logits.double() / temperature, target))


def fitted_temperature(logits: Float[Tensor, "item choice"], target: Int[Tensor, " item"]) -> float:
    """The temperature of the least mean -log p, which is convex in 1 / T: Newton's steps on b = 1 / T.

    >>> logits = torch.tensor([[1.0, 0.0]] * 4)  # says 73 %, and is right in three of four: T = 1 / ln 3
    >>> round(fitted_temperature(logits, torch.tensor([0, 0, 0, 1])), 4)
    0.9102
    """
    z = logits.double()
    own = z.gather(1, target[:, None])[:, 0]  # item
    b = 1.0
    for _ in range(60):
        p = (b * z).softmax(-1)
        mean = (p * z).sum(-1)
        slope = float((mean - own).mean())
        curve = float(((p * z.square()).sum(-1) - mean.square()).mean())
        step = slope / max(curve, 1e-12)
        b = min(max(b - step, b / 4), b * 4)
        if abs(step) < 1e-10 * b:
            break
    return 1 / b
