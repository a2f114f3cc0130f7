"""Compute: what a training costs, published figures, a budget by each law, and a model's operations by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from explorer.experiments.overview.errata.budget_claims import DAYS, GPUS, MFU
from explorer.experiments.pretraining.compute import Counted
from explorer.experiments.pretraining.published_trainings import Published
from explorer.figures.payload import Payload
from explorer.stack.pretraining.compute import PASSES, Cost, Fleet, training
from explorer.stack.pretraining.scaling_law import FLOPS, LAWS, Named, worth
from explorer.stack.systems.accelerators import TRAINING_DEVICES, TrainingDevice

#: The reference's example.
EXAMPLE = 70e9, 2e12
#: The budgets of the chart as powers of ten, and how many points each line has.
LEAST, MOST, POINTS = 17, 27, 41
EPOCHS = (1, 2, 4, 8, 16, 40)


@dataclass(frozen=True, kw_only=True)
class ReferenceDays:
    """What the reference says of its example."""

    said: float
    found: float
    mfu: float
    """That would take as long as it says."""
    shown: bool
    """Whether the inputs are those of the example."""


@dataclass(frozen=True, kw_only=True)
class ComputeCost(Payload):
    parameters: float
    tokens: float
    devices: float
    device: str
    peak: float
    peak_said: str
    source: str
    address: str
    note: str
    mfu: float
    watts: float
    hourly: float
    """Dollars of a device and an hour."""
    flops: float
    days: float
    device_hours: float
    megawatt_hours: float
    price: float
    reference: ReferenceDays


def cost(made: Cost, parameters: float, tokens: float, device: TrainingDevice | None) -> ComputeCost:
    fleet, peak = made.fleet, device.peak if device else None
    return ComputeCost(
        parameters=parameters,
        tokens=tokens,
        devices=float(fleet.devices),
        device=device.name if device else "own peak",
        peak=float(fleet.peak),
        peak_said=peak.said if peak else "",
        source=peak.document.title if peak else "",
        address=peak.document.address if peak else "",
        note=device.note if device else "",
        mfu=float(fleet.mfu),
        watts=float(fleet.watts),
        hourly=float(fleet.price),
        flops=made.flops,
        days=made.days,
        device_hours=made.device_hours,
        megawatt_hours=made.megawatt_hours,
        price=made.price,
        reference=_reference(parameters, tokens, fleet),
    )


def _reference(parameters: float, tokens: float, fleet: Fleet) -> ReferenceDays:
    peak = TRAINING_DEVICES["h100"].peak.value
    found = training(*EXAMPLE, Fleet(GPUS, peak, MFU, 0, 0)).days
    asked = (parameters, tokens, fleet.devices, fleet.peak, fleet.mfu)
    shown = bool(np.allclose(asked, (*EXAMPLE, GPUS, peak, MFU)))
    return ReferenceDays(said=float(DAYS), found=found, mfu=MFU * found / DAYS, shown=shown)


@dataclass(frozen=True, kw_only=True)
class PublishedTraining:
    """One figure of a training."""

    model: str
    what: str
    calculated: float
    published: float | None
    error: float | None
    """Relative."""
    met: bool
    """Whether its inputs say all that the figure needs, so that the calculator must meet its rounding."""
    formula: str
    source: str
    note: str


@dataclass(frozen=True, kw_only=True)
class PublishedTrainings(Payload):
    rows: tuple[PublishedTraining, ...]


def published(rows: Sequence[Published]) -> PublishedTrainings:
    return PublishedTrainings(
        rows=tuple(
            PublishedTraining(
                model=each.model,
                what=each.what,
                calculated=each.calculated,
                published=None if each.published is None else float(each.published),
                error=each.error,
                met=each.rounding is not None,
                formula=each.formula,
                source=each.source,
                note=each.note,
            )
            for each in rows
        )
    )


@dataclass(frozen=True, kw_only=True)
class BudgetLaw:
    """A budget by one law."""

    key: str
    name: str
    source: str
    counts: str
    parameters: float
    tokens: float
    loss: float
    exponent: float
    """Of N in C."""
    ratios: Float[ndarray, " budget"]
    """Tokens a parameter at each budget of the chart."""


@dataclass(frozen=True, kw_only=True)
class RepeatedTokens:
    """What epochs are worth."""

    epochs: int
    worth: float
    """Of a token that is read, on average."""


@dataclass(frozen=True, kw_only=True)
class ComputeBudget(Payload):
    compute: float
    exponents: Float[ndarray, " budget"]
    """Powers of ten of the chart's budgets."""
    laws: tuple[BudgetLaw, ...]
    repeated: tuple[RepeatedTokens, ...]


def budget(compute: float, laws: Sequence[Named] = LAWS) -> ComputeBudget:
    exponents = np.linspace(LEAST, MOST, POINTS)
    return ComputeBudget(
        compute=compute,
        exponents=exponents,
        laws=tuple(_law(each, compute, exponents) for each in laws),
        repeated=tuple(RepeatedTokens(epochs=each, worth=worth(1, each) / each) for each in EPOCHS),
    )


def _law(named: Named, compute: float, exponents: Float[ndarray, " budget"]) -> BudgetLaw:
    best = named.law.best(compute)
    return BudgetLaw(
        key=named.key,
        name=named.name,
        source=named.source,
        counts=named.counts,
        parameters=best.parameters,
        tokens=best.tokens,
        loss=named.law.loss(best.parameters, best.tokens),
        exponent=named.law.exponent,
        ratios=np.array([named.law.best(10.0 ** float(each)).tokens_per_parameter for each in exponents]),
    )


@dataclass(frozen=True, kw_only=True)
class ComputePart:
    """What one kind of product takes in training."""

    name: str
    flops: float
    """Of a token, forward and backward."""
    share: float


@dataclass(frozen=True, kw_only=True)
class ComputeModules(Payload):
    model: str
    parameters: int
    length: int
    parts: tuple[ComputePart, ...]
    exact: float
    """Of a token in training."""
    six_n: float
    counted: int
    """Tokens of the pass in which torch counts."""
    torchs: int
    formula: int
    """Of that pass."""


def modules(made: Counted, model: str, counted: int) -> ComputeModules:
    exact = PASSES * sum(each.flops for each in made.parts) / made.length
    return ComputeModules(
        model=model,
        parameters=made.parameters,
        length=made.length,
        parts=tuple(
            ComputePart(
                name=each.name,
                flops=PASSES * each.flops / made.length,
                share=PASSES * each.flops / made.length / exact,
            )
            for each in made.parts
        ),
        exact=exact,
        six_n=float(FLOPS * made.parameters),
        counted=counted,
        torchs=made.torchs,
        formula=sum(each.flops for each in made.short),
    )
