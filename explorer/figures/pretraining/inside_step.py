"""Inside a step: a corner of the matrix under each term, distributions, and singular values."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from statistics import fmean

import numpy as np
import torch
from jaxtyping import Float
from numpy import ndarray
from torch import Tensor

from explorer.experiments.pretraining.inside_step import Inside, Spectra, Taken, stable_rank
from explorer.experiments.pretraining.muon_or_adamw import Saving, Study, parameters, recipe
from explorer.figures.payload import Payload

#: Rows and columns of the corner that is drawn.
CORNER = 24
#: Of a distribution's bins: powers of ten, and bins to each.
DECADES, EACH = (-12, 2), 6
#: Singular values that are drawn.
VALUES = 200


@dataclass(frozen=True, kw_only=True)
class StepTerm(Payload):
    """One term of the formula."""

    name: str
    corner: Float[ndarray, "row column"]
    most: float
    """The largest amount of the corner."""
    rms: float
    """Over the whole matrix."""


@dataclass(frozen=True, kw_only=True)
class StepTaken(Payload):
    """The step by one optimizer."""

    name: str
    lr: float
    terms: tuple[StepTerm, ...]
    sizes: Float[ndarray, " bin"]
    """Share of the matrix's weights that move by so much."""
    moved_norm: float
    moved_rms: float
    ratio: float
    """What the weight moves by, decay included, by its norm."""
    loss: float
    predicted: float
    peer_error: float


@dataclass(frozen=True, kw_only=True)
class InsideStep(Payload):
    """One matrix before and after the last of some steps."""

    matrix: str
    rows: int
    columns: int
    t: int
    read: int
    losses: tuple[float, ...]
    weight_norm: float
    gradient: StepTerm
    gradient_sizes: Float[ndarray, " bin"]
    bins: Float[ndarray, " bin"]
    """The middle of each bin, as a power of ten; the first one holds what is smaller, too."""
    taken: StepTaken
    other: StepTaken


@dataclass(frozen=True, kw_only=True)
class SpectrumLine(Payload):
    """The largest singular values of a matrix."""

    name: str
    values: Float[ndarray, " value"]
    stable_rank: float
    count: int
    """Of all its singular values."""


@dataclass(frozen=True, kw_only=True)
class StepSpectrum(Payload):
    """Singular values of a step, and of Newton's and Schulz's iterates."""

    matrix: str
    t: int
    read: int
    lines: tuple[SpectrumLine, ...]
    """The weight, the gradient, and the updates of both optimizers."""
    iterates: tuple[SpectrumLine, ...]
    of: str
    """What is orthogonalised: the momentum's direction where Muon is one of the two, else the gradient."""


@dataclass(frozen=True, kw_only=True)
class StepRun(Payload):
    """One training."""

    rule: str
    rate: float
    seed: int
    steps: int
    tokens: int
    held: float
    """Held-out loss at its end, nats a token."""


@dataclass(frozen=True, kw_only=True)
class StepRate(Payload):
    """One learning rate of a grid."""

    rule: str
    rate: float
    held: tuple[float, ...]
    """Held-out loss with each of the grid's seeds."""
    mean: float
    taken: bool


@dataclass(frozen=True, kw_only=True)
class StepTokens(Payload):
    """Muon against AdamW, trained once and stored."""

    grid: tuple[StepRate, ...]
    runs: tuple[StepRun, ...]
    ratios: tuple[float | None, ...]
    """Muon's tokens by AdamW's until AdamW's last loss, seed by seed; None where Muon did not get there."""
    mean: float | None
    low: float | None
    """Of the interval of 95 %."""
    high: float | None
    parameters: int
    machine: str
    seconds: float


def tokens(study: Study, found: Saving) -> StepTokens:
    return StepTokens(
        grid=_grid(study),
        runs=tuple(StepRun(**asdict(each)) for each in study.runs),
        ratios=tuple(_real(each) for each in found.ratios),
        mean=_real(found.mean),
        low=_real(found.low),
        high=_real(found.high),
        parameters=parameters(recipe()),
        machine=study.machine,
        seconds=study.seconds,
    )


def _grid(study: Study) -> tuple[StepRate, ...]:
    found: dict[tuple[str, float], list[float]] = {}
    for each in study.grid:
        found.setdefault((each.rule, each.rate), []).append(each.held)
    return tuple(
        StepRate(rule=rule, rate=rate, held=tuple(held), mean=fmean(held), taken=study.best(rule) == rate)
        for (rule, rate), held in found.items()
    )


def _real(value: float) -> float | None:
    return None if math.isnan(value) else value


def inside(made: Inside) -> InsideStep:
    rows, columns = made.weight.shape
    return InsideStep(
        matrix=made.matrix,
        rows=rows,
        columns=columns,
        t=made.t,
        read=made.read,
        losses=made.losses,
        weight_norm=float(made.weight.norm()),
        gradient=_term("gradient", made.gradient),
        gradient_sizes=_sizes(made.gradient),
        bins=_bins(),
        taken=_taken(made.taken, made),
        other=_taken(made.other, made),
    )


def spectrum(made: Inside, found: Spectra) -> StepSpectrum:
    return StepSpectrum(
        matrix=made.matrix,
        t=made.t,
        read=made.read,
        lines=(
            _line("weight", found.weight),
            _line("gradient", found.gradient),
            _line(made.taken.name, found.updates[0]),
            _line(made.other.name, found.updates[1]),
        ),
        iterates=tuple(_line(str(at), each) for at, each in enumerate(found.iterates)),
        of="direction" if "muon" in (made.taken.name, made.other.name) else "gradient",
    )


def _taken(each: Taken, made: Inside) -> StepTaken:
    moved = each.step.moved.double()  # a float32 sum of a whole matrix's squares errs in the fifth digit
    return StepTaken(
        name=each.name,
        lr=each.lr,
        terms=tuple(_term(name, term) for name, term in each.step.terms.items() if bool(term.any())),
        sizes=_sizes(moved),
        moved_rms=float(moved.square().mean().sqrt()),
        moved_norm=float(moved.norm()),
        ratio=float(moved.norm() / made.weight.norm()),
        loss=each.loss,
        predicted=each.predicted,
        peer_error=each.peer_error,
    )


def _term(name: str, term: Tensor) -> StepTerm:
    corner = term[:CORNER, :CORNER].numpy()
    return StepTerm(name=name, corner=corner, most=float(np.abs(corner).max()), rms=float(term.square().mean().sqrt()))


def _bins() -> Float[ndarray, " bin"]:
    low, high = DECADES
    return np.arange(low * EACH, high * EACH) / EACH


def _sizes(term: Tensor) -> Float[ndarray, " bin"]:
    """The share of entries in each bin of their size; all of them together are 1."""
    low, high = DECADES
    at = (term.abs().double().clamp(min=10.0**low).log10() * EACH).round().clamp(low * EACH, high * EACH - 1)
    counts = torch.bincount((at - low * EACH).long().flatten(), minlength=(high - low) * EACH)
    return (counts / term.numel()).numpy()


def _line(name: str, values: Float[Tensor, " value"]) -> SpectrumLine:
    return SpectrumLine(name=name, values=values[:VALUES].numpy(), stable_rank=stable_rank(values), count=len(values))
