"""The model of the run beside this one, weighed and timed as this one is."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.experiments.inference.serving.memory_calculator import (
    Calibration,
    RunMeasured,
    WeighedCache,
    WeighedWeights,
)


@dataclass(frozen=True, kw_only=True)
class CalibrationBeside:
    """Its tensors beside the formula, and a run of it by the clock, measured after this one's."""

    model: str
    weights: WeighedWeights
    caches: tuple[WeighedCache, ...]
    run: RunMeasured | None


def beside(theirs: Calibration, model: str) -> CalibrationBeside:
    return CalibrationBeside(model=model, weights=theirs.weights, caches=theirs.caches, run=theirs.run)
