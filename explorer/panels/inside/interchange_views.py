"""Interchange: whole states place by place, then directions and their controls."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.inside import interchange as experiment
from explorer.figures.inside import interchange as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def carried(scene: Scene) -> Iterator[Rendered[figure.Interchange]]:
    asked = experiment.Asked(
        scene.whole("layer"), scene.whole("position"), scene.one_of("pairs", ("same", "any")) == "same",
        scene.whole("steps"), scene.whole("seed"),
    )  # fmt: skip
    right, sums = experiment.right(), len(experiment.sums().ids)
    for made in experiment.found(asked, scene.progress):
        data = figure.interchange(made, asked, right, sums)
        yield Rendered(data, () if made.redone is None else _checks(made.redone))


def _checks(redone: float) -> tuple[Check, ...]:
    statement = "A hook in a whole run of transformers’ model gives the same leads after the interchange"
    return (Check(statement, redone, 1e-3, "difference"),)
