"""Context attribution: which of the passages in a prompt caused the answer, by running the model without some of them.

A game with the passages as players: v(S) is the log-probability of a token of the answer where only the passages of S
stand in the prompt. With n passages all 2^n prompts can be run, and everything is exact.

    leave one out   l_i = v(N) - v(N without i)
    Shapley         phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! * (v(S with i) - v(S))

Shapley 1953, "A Value for n-Person Games". Leaving out one of two passages that say the same changes nothing; Shapley's
value gives each half. The values of all passages sum to v(N) - v(none).

ContextCite (Cohen-Wang et al. 2024, arXiv 2409.00729) estimates the same from few runs: random subsets, each passage
kept with probability 1/2, and a linear model with an L1 penalty from the kept ones to the logit of the whole answer's
probability, log p - log(1 - p). Its weights are the scores.

Worked example: two passages, either of which is enough for 2 nats. Leaving one out shows nothing; Shapley halves.

>>> v = torch.tensor([[0.0], [2.0], [2.0], [2.0]])  # none, the first, the second, both
>>> leave_one_out(v).flatten().tolist(), shapley(v).flatten().tolist()
([0.0, 0.0], [1.0, 1.0])
>>> round(float(logit_probability(torch.tensor([[0.5, 0.5]]).log())[0]), 4)  # p = 1/4: log of 1 to 3
-1.0986
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

#: Sources beyond which all subsets are too many.
MOST = 12


def subsets(n: int) -> Bool[Tensor, "subset source"]:
    """All subsets: in row i stand the sources whose bit of i is set, so that row 0 has none and the last has all.

    >>> subsets(2).int().tolist()
    [[0, 0], [1, 0], [0, 1], [1, 1]]
    """
    if not 0 <= n <= MOST:
        raise ValueError(f"{n} sources have too many subsets; {MOST} is the most.")
    return (torch.arange(2**n)[:, None] >> torch.arange(n) & 1).bool()  # subset source


def leave_one_out(values: Float[Tensor, "subset token"]) -> Float[Tensor, "source token"]:
    """What each source adds where all others are there. `values`: a row a subset, as `subsets` orders them."""
    every, n = len(values) - 1, _sources(values)
    return torch.stack([values[every] - values[every & ~(1 << source)] for source in range(n)])


def shapley(values: Float[Tensor, "subset token"]) -> Float[Tensor, "source token"]:
    """What each source adds, over all orders in which they could have come."""
    n = _sources(values)
    rows = torch.arange(len(values))
    sizes = subsets(n).sum(1)
    weight = torch.tensor([math.factorial(s) * math.factorial(n - s - 1) / math.factorial(n) for s in range(n)])
    found = []
    for source in range(n):
        without = rows[(rows >> source & 1) == 0]
        gain = values[without | 1 << source] - values[without]  # subset token
        found.append((weight[sizes[without], None].to(gain.dtype) * gain).sum(0))
    return torch.stack(found)


def _sources(values: Tensor) -> int:
    n = len(values).bit_length() - 1
    if n < 1 or len(values) != 2**n:
        raise ValueError(f"{len(values)} values are not those of all subsets of some sources.")
    return n


def logit_probability(logp: Float[Tensor, "sample token"]) -> Float[Tensor, " sample"]:
    """log p - log(1 - p) of whole answers, from the log-probabilities of their tokens."""
    total = logp.double().sum(-1)
    return total - torch.log(-torch.expm1(total))


def ablations(n: int, samples: int = 64, keep: float = 0.5) -> Bool[Tensor, "sample source"]:
    """The subsets that ContextCite draws, with its own seeds: 0, 1, 2, ... for one after the other."""
    drawn = [np.random.RandomState(seed).choice([False, True], n, p=[1 - keep, keep]) for seed in range(samples)]
    return torch.from_numpy(np.stack(drawn))


@dataclass(frozen=True, eq=False)
class Estimate:
    """A linear model of the answer's logit-probability."""

    masks: Bool[Tensor, "sample source"]
    outputs: Float[Tensor, " sample"]
    """The logit-probabilities that it was fitted to."""
    weights: Float[Tensor, " source"]
    """The scores."""
    bias: float

    @property
    def predicted(self) -> Float[Tensor, " sample"]:
        return self.masks.to(self.weights) @ self.weights + self.bias


def contextcite(
    masks: Bool[Tensor, "sample source"], logp: Float[Tensor, "sample token"], alpha: float = 0.01
) -> Estimate:
    """ContextCite's scores from the runs of some subsets. As published, the output is divided by the answer's tokens
    and the columns are standardised before the fit, and both are undone after it."""
    tokens = logp.shape[-1]
    outputs = logit_probability(logp)
    x = masks.double()
    mean, scale = x.mean(0), x.std(0, correction=0)
    scale = torch.where(scale > 0, scale, 1.0)  # a source that is always there, or never
    slopes, middle = lasso((x - mean) / scale, outputs / tokens, alpha)
    weights = slopes / scale
    return Estimate(masks, outputs, weights * tokens, float(middle - (mean * weights).sum()) * tokens)


def lasso(
    x: Float[Tensor, "sample source"],
    y: Float[Tensor, " sample"],
    alpha: float,
    sweeps: int = 10_000,
    tolerance: float = 1e-12,
) -> tuple[Float[Tensor, " source"], float]:
    """The (weights, intercept) that minimise |y - x w - b|^2 / (2 samples) + alpha |w|_1, by coordinate descent.

    Tibshirani 1996; Friedman, Hastie, Tibshirani 2010. Each weight in turn is the least-squares one, moved towards 0 by
    alpha.

    >>> x = torch.tensor([[-1.0], [1.0]])
    >>> weights, b = lasso(x, torch.tensor([1.0, 5.0]), 0.5)  # least squares has 2 and 3
    >>> weights.tolist(), b
    ([1.5], 3.0)
    """
    mean, middle = x.mean(0), float(y.mean())
    x = x - mean
    rest, weights = y - middle, torch.zeros_like(x[0])
    square = (x * x).mean(0)
    for _ in range(sweeps):
        before = weights.clone()
        for at in range(x.shape[1]):
            if square[at] == 0:
                continue
            rest = rest + x[:, at] * weights[at]
            slope = (x[:, at] * rest).mean()
            weights[at] = torch.sign(slope) * (slope.abs() - alpha).clamp(min=0) / square[at]
            rest = rest - x[:, at] * weights[at]
        if float((weights - before).abs().max()) <= tolerance:
            break
    return weights, middle - float((mean * weights).sum())


def statement_share(supported: int, submitted: int) -> float:
    """Faithfulness: supported statements by those that were submitted to the judge, not by those that it answered.

    A judge that answers for one of five statements, and supports it, has shown a fifth.

    >>> statement_share(1, 5)
    0.2
    """
    if not 0 <= supported <= submitted:
        raise ValueError(f"{supported} of {submitted} statements cannot be supported.")
    return math.nan if submitted == 0 else supported / submitted
