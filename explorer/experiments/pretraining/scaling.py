"""Groups of equal compute and their best sizes; how N's exponent depends on whether embeddings are counted.

Kaplan et al. 2020 leave embeddings out of N and find N ~ C^0.73; Hoffmann et al. 2022 count all parameters and find
C^0.50. Pearce and Song 2024 (arXiv 2406.12907) reconcile them: at small budgets a large part of a model is its
embedding table, so that what is no embedding grows faster than the whole. With ``N = M + w M^(1/3)`` (a table is as
wide as the model, blocks grow as the cube of the width) a law in N gives an exponent of M in ``6 M D`` that falls to
N's own:

>>> from explorer.stack.pretraining.scaling_law import REFIT
>>> here, far = local_exponents(REFIT, 4000.0, np.array([1e13, 1e26])).tolist()
>>> round(REFIT.exponent, 3), round(here, 3), round(far, 3)
(0.513, 0.669, 0.513)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from explorer.experiments.pretraining.sweep import FOLDER, Fitted, Run, band
from explorer.stack.pretraining.scaling_fit import DELTA, Parabola, Power, Runs, objective, parabola, power
from explorer.stack.pretraining.scaling_law import FLOPS, Law
from explorer.training.sweep_recipe import read

#: Resamples of the parabolas' residuals.
RESAMPLES = 1000
#: A step of the largest model is so much of its run, at most: budgets are met in whole steps.
STEP = 0.01


@dataclass(frozen=True)
class Group:
    """Runs that spend the same, and the parabola through them."""

    compute: float
    runs: tuple[Run, ...]
    curve: Parabola

    @property
    def inside(self) -> bool:
        """Whether the lowest point lies between the smallest and the largest size."""
        sizes = [run.parameters for run in self.runs]
        return self.curve.open_above and min(sizes) < self.curve.parameters < max(sizes)


def groups(runs: Sequence[Run]) -> tuple[Group, ...]:
    """By compute, each with its parabola over all parameters."""
    budgets = sorted({run.compute for run in runs})
    return tuple(_group(budget, tuple(run for run in runs if run.compute == budget)) for budget in budgets)


def _group(compute: float, runs: tuple[Run, ...]) -> Group:
    runs = tuple(sorted(runs, key=lambda run: (run.parameters, run.seed)))
    sizes, losses = np.array([float(run.parameters) for run in runs]), np.array([run.loss for run in runs])
    return Group(compute, runs, parabola(sizes, losses))


@dataclass(frozen=True)
class Exponent:
    """Of N in C, with the band of its resamples."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Lowest:
    """How the lowest points move with the compute."""

    line: Power
    exponent: Exponent
    unusable: float
    """Share of resamples in which a parabola has no lowest point that is a number."""


def lowest(made: Sequence[Group], embeddings: bool = True, seed: int = 0) -> Lowest | None:
    """Approach 2. None where a parabola has no lowest point, or none of the resamples has."""
    line = _line(made, [each.curve for each in made], embeddings)
    if line is None:
        return None
    rng = np.random.default_rng(seed)
    off = [run.loss - group.curve.at(run.parameters) for group in made for run in group.runs]
    wider = np.sqrt(len(off) / max(1, len(off) - 3 * len(made)))
    found = []
    for _ in range(RESAMPLES):
        curves = [_shaken(group, rng, np.array(off) * wider) for group in made]
        if (again := _line(made, curves, embeddings)) is not None:
            found.append(again.exponent)
    if not found:
        return None
    low, high = band(np.array(found))
    return Lowest(line, Exponent(line.exponent, low, high), 1 - len(found) / RESAMPLES)


def _shaken(group: Group, rng: np.random.Generator, residuals: Float[ndarray, " run"]) -> Parabola:
    sizes = np.array([float(run.parameters) for run in group.runs])
    on = np.array([group.curve.at(size) for size in sizes.tolist()])
    return parabola(sizes, on + rng.choice(residuals, len(sizes)))


def _line(made: Sequence[Group], curves: Sequence[Parabola], embeddings: bool) -> Power | None:
    """Through the lowest points; without embeddings, of what the model of that size has beside its table, in 6 M D."""
    if not all(curve.open_above for curve in curves):
        return None
    budgets = np.array([group.compute for group in made])
    best = np.array([curve.parameters for curve in curves])
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # of a nearly flat curve, beyond all numbers
        blocks = best if embeddings else without_table(best, omega([run for group in made for run in group.runs]))
        spent = budgets * (blocks / best)
    if not (np.isfinite([best, blocks, spent]).all() and min(best.min(), blocks.min(), spent.min()) > 0):
        return None
    return power(spent, blocks)


def omega(runs: Sequence[Run]) -> float:
    """w of N = M + w M^(1/3): the median of these sizes."""
    return float(np.median([run.embedding / run.blocks ** (1 / 3) for run in runs]))


def without_table(parameters: Float[ndarray, " n"], w: float) -> Float[ndarray, " n"]:
    """M of N = M + w M^(1/3), by Cardano.

    >>> without_table(np.array([1000.0 + 50 * 10]), 50.0).round(9)
    array([1000.])
    """
    # With u = M^(1/3): u^3 + w u - N = 0, whose one real root is
    half = parameters / 2
    root = np.sqrt(half**2 + (w / 3) ** 3)
    return (np.cbrt(half + root) + np.cbrt(half - root)) ** 3


def local_exponents(law: Law, w: float, budgets: Float[ndarray, " budget"]) -> Float[ndarray, " budget"]:
    """d log M / d log (6 M D) along the law's best splits, at each budget 6 N D."""
    step = 1.01

    def at(compute: Float[ndarray, " budget"]) -> tuple[ndarray, ndarray]:
        best = [law.best(float(each)) for each in compute]
        blocks = without_table(np.array([each.parameters for each in best]), w)
        return np.log(blocks), np.log(FLOPS * blocks * np.array([each.tokens for each in best]))

    (m0, c0), (m1, c1) = at(budgets / step), at(budgets * step)
    return (m1 - m0) / (c1 - c0)


def exponent(found: Fitted) -> Exponent:
    """Approach 3: b / (a + b) of the law and of its resamples."""
    low, high = band(np.array([law.exponent for law in found.resampled]))
    return Exponent(found.law.exponent, low, high)


def seeds(runs: Sequence[Run]) -> tuple[float, int] | None:
    """The standard deviation of the loss of runs that differ by their seed alone, and of how many."""
    named: dict[tuple[float, str], list[float]] = {}
    for run in runs:
        named.setdefault((run.compute, run.size), []).append(run.loss)
    most = max(named.values(), key=len, default=[])
    return (float(np.std(most, ddof=1)), len(most)) if len(most) > 1 else None


def built(size: str) -> int:
    """Parameters of the decoder that the committed recipe builds, counted tensor by tensor."""
    import torch

    from explorer.stack.transformer.decoder import Decoder

    with torch.device("meta"):
        decoder = Decoder(read(FOLDER / "recipe.toml").config(size))
    return sum(parameter.numel() for parameter in decoder.parameters())


def searched_blocks(parameters: float, w: float) -> float:
    """M of N = M + w M^(1/3), found by halving."""
    low, high = 0.0, parameters
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if middle + w * middle ** (1 / 3) < parameters else (low, middle)
    return low


def apart(law: Law, runs: Runs) -> float:
    """By how much of itself the sum at these constants is larger than where torch's L-BFGS comes to rest, which begins
    nearby and takes its slopes from autograd; below nought where torch's is larger."""
    import torch

    theta = [np.log(law.A), np.log(law.B), np.log(law.E), law.alpha, law.beta]
    begin = np.array(theta) * np.array([0.9, 1.1, 0.9, 1.1, 0.9])
    with torch.inference_mode(False), torch.enable_grad():
        point = torch.tensor(begin, requires_grad=True)
        n, d, losses = (torch.tensor(np.log(each)) for each in (runs.parameters, runs.tokens, runs.losses))
        optimiser = torch.optim.LBFGS([point], max_iter=4000, tolerance_grad=1e-14, tolerance_change=1e-16,
                                      history_size=20, line_search_fn="strong_wolfe")  # fmt: skip

        def sum_() -> torch.Tensor:
            optimiser.zero_grad()
            a, b, e, alpha, beta = point
            said = torch.logsumexp(torch.stack([a - alpha * n, b - beta * d, e.expand_as(n)]), 0)
            made = torch.nn.functional.huber_loss(said, losses, reduction="sum", delta=DELTA)
            made.backward()
            return made

        optimiser.step(sum_)  # pyright: ignore[reportArgumentType]
        theirs = float(sum_().detach())
    ours = float(objective(np.array([theta]), runs)[0][0])
    return ours / theirs - 1
