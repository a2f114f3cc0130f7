"""Methods of fine-tuning under one budget: what each trained, took, learnt and changed besides; and one step live."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.experiments.finetuning import methods_grid as grid
from explorer.experiments.finetuning.method_step import Live
from explorer.experiments.finetuning.methods_compared import TITLES
from explorer.experiments.finetuning.methods_grid import Recipe, Row, Trained
from explorer.figures.payload import Payload
from explorer.figures.timings import Milliseconds
from explorer.stack.architectures.paired_interval import paired_interval

#: Seeds that a sentence about a difference needs.
ENOUGH = 3


@dataclass(frozen=True, kw_only=True)
class MethodFigure(Payload):
    """One measure of one method."""

    each: tuple[float, ...]
    """Seed by seed; infinite where the loss was no number."""
    mean: float
    half: float | None
    """Half of Student's interval of 95 %; None from a single seed."""


@dataclass(frozen=True, kw_only=True)
class MethodDifference(Payload):
    """One measure, less that of the method it is compared with, seed by seed."""

    mean: float
    half: float | None
    clear: bool
    """There are enough seeds, and the interval leaves out nought."""


@dataclass(frozen=True, kw_only=True)
class MethodRow(Payload):
    """One method."""

    name: str
    title: str
    rate: float
    tried: tuple[float, ...]
    """Rates; one where none was tried beside it."""
    edge: bool
    """The least loss of those tried is at the least or the greatest rate."""
    trained: int
    weights: int
    gradients: int
    optimizer: int
    activations: int
    seconds: MethodFigure
    """Of a step."""
    loss: MethodFigure
    exact: MethodFigure
    changed: MethodFigure
    """Mean of all kinds of text."""
    kinds: tuple[MethodFigure, ...]
    loss_difference: MethodDifference | None
    """None for the method that the others are compared with."""
    exact_difference: MethodDifference | None
    changed_difference: MethodDifference | None


@dataclass(frozen=True, kw_only=True)
class MethodsCompared(Payload):
    """All methods on one base."""

    model: str
    against: str
    """Title of the method that the others are compared with."""
    instructions: str
    steps: int
    rows: int
    length: int
    held_out: int
    seeds: tuple[int, ...]
    enough: int
    base_loss: float
    base_exact: float
    runs: int
    minutes: float
    """Of one core, all trainings on this base."""
    kinds: tuple[str, ...]
    methods: tuple[MethodRow, ...]


def compared(recipe: Recipe, wanted: Trained, found: Sequence[Row], against: str) -> MethodsCompared | None:
    """None where nothing is trained, or the base is not measured."""
    mine = [each for each in found if each.run.model == wanted.name]
    base = next((each for each in mine if each.run.method == grid.BASE), None)
    by_run = {each.run: each for each in mine}
    whole: dict[str, list[Row]] = {}
    for run in grid.compared_runs(recipe, wanted, found):
        if run in by_run:
            whole.setdefault(run.method, []).append(by_run[run])
    whole = {name: whole[name] for name in TITLES if len(whole.get(name, ())) == len(wanted.seeds)}
    if base is None or against not in whole:
        return None
    return MethodsCompared(
        model=wanted.name, against=TITLES[against], instructions=wanted.instructions, steps=wanted.steps,
        rows=wanted.rows, length=wanted.length, held_out=wanted.held_out, seeds=wanted.seeds, enough=ENOUGH,
        base_loss=base.ended.loss, base_exact=base.ended.exact, runs=len(mine) - 1,
        minutes=sum(each.seconds for each in mine) / 60, kinds=tuple(base.ended.changed),
        methods=tuple(
            _method(name, rows, wanted.rates[name], None if name == against else whole[against])
            for name, rows in whole.items()
        ),
    )  # fmt: skip


def _method(name: str, rows: Sequence[Row], tried: tuple[float, ...], other: Sequence[Row] | None) -> MethodRow:
    memory, kinds = rows[0].ended.memory, tuple(rows[0].ended.changed)
    return MethodRow(
        name=name, title=TITLES[name], rate=rows[0].run.rate, tried=tried,
        edge=len(tried) > 1 and rows[0].run.rate in (min(tried), max(tried)),
        trained=memory.trained, weights=memory.weights, gradients=memory.gradients, optimizer=memory.optimizer,
        activations=memory.activations,
        seconds=_figure([each.ended.step_seconds for each in rows]),
        loss=_figure(_losses(rows)), exact=_figure(_exact(rows)), changed=_figure(_changed(rows)),
        kinds=tuple(_figure([each.ended.changed[kind] for each in rows]) for kind in kinds),
        loss_difference=None if other is None else _difference(_losses(rows), _losses(other)),
        exact_difference=None if other is None else _difference(_exact(rows), _exact(other)),
        changed_difference=None if other is None else _difference(_changed(rows), _changed(other)),
    )  # fmt: skip


def _losses(rows: Sequence[Row]) -> list[float]:
    return [each.ended.loss for each in rows]


def _exact(rows: Sequence[Row]) -> list[float]:
    return [each.ended.exact for each in rows]


def _changed(rows: Sequence[Row]) -> list[float]:
    return [sum(each.ended.changed.values()) / len(each.ended.changed) for each in rows]


def _figure(each: Sequence[float]) -> MethodFigure:
    mean, half = _interval(each)
    return MethodFigure(each=tuple(each), mean=mean, half=half)


def _difference(mine: Sequence[float], theirs: Sequence[float]) -> MethodDifference:
    """
    >>> _difference([0.2, 0.3, 0.25], [0.5, 0.61, 0.55]).clear, _difference([0.2, 0.3, 0.9], [0.5, 0.6, 0.5]).clear
    (True, False)
    >>> _difference([0.2, 0.3], [0.5, 0.61]).clear  # too few seeds
    False
    """
    mean, half = _interval([one - other for one, other in zip(mine, theirs, strict=True)])
    clear = half is not None and len(mine) >= ENOUGH and abs(mean) > half
    return MethodDifference(mean=mean, half=half, clear=clear)


def _interval(each: Sequence[float]) -> tuple[float, float | None]:
    found = paired_interval(torch.tensor(each, dtype=torch.float64))
    half = float(found.high - found.mean)
    return float(found.mean), half if math.isfinite(half) else None


@dataclass(frozen=True, kw_only=True)
class MethodStep(Payload):
    """One step of one method on this model: counted by formula, and measured."""

    name: str
    title: str
    tokens: int
    counted: int
    trained: int
    weights: int
    counted_weights: float
    gradients: int
    optimizer: int
    activations: int
    step: Milliseconds
    forward: Milliseconds
    """The base's forward pass alone on the same rows."""
    rounds: int


def step(made: Live) -> MethodStep:
    return MethodStep(
        name=made.name, title=TITLES[made.name], tokens=made.tokens, counted=made.counted,
        trained=made.memory.trained, weights=made.memory.weights, counted_weights=float(made.counted_weights),
        gradients=made.memory.gradients, optimizer=made.memory.optimizer, activations=made.memory.activations,
        step=Milliseconds.of_all(made.steps), forward=Milliseconds.of_all(made.forwards), rounds=len(made.steps),
    )  # fmt: skip
