"""Linear probes of a stream: is the request forbidden, read from x by w . x + b > 0.

    logistic    minimises  mean ln(1 + exp(-y (w . z + b))) + |w|^2 / (2 C n),  y = +-1, z the standardised stream;
                the intercept is not penalised: scikit-learn's loss divided by C n, so its minimum
    mass mean   w = mean of the forbidden - mean of the harmless, b so that the middle between them is 0
                (Marks & Tegmark 2023, The Geometry of Truth, arXiv 2310.06824)

A probe that reads a hundred texts in 576 numbers fits anything. Two things tell whether it found something: its
accuracy on texts of **held-out templates**, and a **control task**, the same probe on shuffled labels; what it scores
there is memory (Hewitt & Liang 2019, Designing and Interpreting Probes with Control Tasks, arXiv 1909.03368).

>>> x, y = torch.tensor([[0.0], [1.0], [3.0], [4.0]]), torch.tensor([False, False, True, True])
>>> probe = mass_mean(x, y)
>>> probe.weight.tolist(), round(probe.bias, 3), probe(torch.tensor([[2.5]])).tolist()  # 3 x - 6
([3.0], -6.0, [1.5])
>>> accuracy(logistic(x, y), x, y)
1.0
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

Texts = Float[Tensor, "text d_model"]
Labels = Bool[Tensor, " text"]


@dataclass(frozen=True, eq=False)
class Probe:
    """w . x + b, above 0 where it says yes."""

    weight: Float[Tensor, " d_model"]
    bias: float

    def __call__(self, x: Texts) -> Float[Tensor, " text"]:
        return (x.double() @ self.weight + self.bias).float()


def mass_mean(x: Texts, y: Labels) -> Probe:
    """Raises ValueError without a text of both kinds."""
    yes, no = _means(x, y)
    weight = yes - no
    return Probe(weight, float(-(weight @ (yes + no)) / 2))


def logistic(x: Texts, y: Labels, C: float = 0.1, steps: int = 100) -> Probe:
    """By L-BFGS in float64. Raises ValueError without a text of both kinds."""
    _means(x, y)
    mean, scale = x.double().mean(0), x.double().std(0, correction=0).clamp(min=1e-12)
    z, sign = (x.double() - mean) / scale, y.double() * 2 - 1
    found = torch.zeros(x.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS(
        [found], max_iter=steps, tolerance_grad=1e-9, tolerance_change=1e-14, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        margin = sign * (z @ found[:-1] + found[-1])
        total = F.softplus(-margin).mean() + found[:-1].square().sum() / (2 * C * len(z))
        total.backward()
        return total

    with torch.enable_grad():
        optimiser.step(loss)
    made = found.detach()
    weight = made[:-1] / scale
    return Probe(weight, float(made[-1] - weight @ mean))


def accuracy(probe: Probe, x: Texts, y: Labels) -> float:
    """The part of texts that it is right on."""
    return float(((probe(x) > 0) == y).float().mean())


def control(
    fit: Callable[[Texts, Labels], Probe],
    x: Texts,
    y: Labels,
    held: Float[Tensor, "held d_model"],
    held_y: Bool[Tensor, " held"],
    generator: torch.Generator,
) -> tuple[float, float]:
    """Of a probe fitted to shuffled labels: its accuracy on those, and on the held-out texts with their true ones."""
    some = y[torch.randperm(len(y), generator=generator)]
    probe = fit(x, some)
    return accuracy(probe, x, some), accuracy(probe, held, held_y)


def _means(x: Texts, y: Labels) -> tuple[Tensor, Tensor]:
    if not bool(y.any()) or bool(y.all()):
        raise ValueError("a probe needs texts of both kinds")
    return x[y].double().mean(0), x[~y].double().mean(0)
