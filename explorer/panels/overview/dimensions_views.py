"""Dimensions: the sizes that a language model is described by, their typical ranges, and real models' own."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.overview import dimensions as experiment
from explorer.figures.overview import dimensions as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: Makers round: 7 is said of 7.24 billion.
ROUNDED = 0.05


def sizes(scene: Scene) -> Iterator[Rendered[figure.DimensionsSizes]]:
    found, card = [], scene.model.card
    opened = (scene.model.hf.config, card.title, card.parameters)
    for each in experiment.real_sizes(*opened, scene.ticks("Configs")):
        found.append(each)
        yield Rendered(figure.dimensions_sizes(found))
    counted = float(worst(abs(one.N - one.held) for one in found))
    stated = worst(abs(one.N / 1e9 / one.stated - 1) for one in found if one.stated)
    n = len(found)
    checks = (
        Check(f"Parameters of {n} configs by formula = numbers in transformers’ models", counted, 0.0, "difference"),
        Check(
            "The counts = the makers’ stated counts, but for rounding", stated, ROUNDED, "largest relative difference"
        ),
    )
    note = f"{card.title} is not listed: the explorer has no formula for its config."
    yield Rendered(figure.dimensions_sizes(found), checks, note="" if found[0].own else note)
