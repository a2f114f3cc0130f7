"""How small: loss against size, of students and of the same teacher pruned or merged."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.frontier import distilling_kept
from explorer.experiments.frontier import how_small as experiment
from explorer.figures.frontier import how_small as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def sizes(scene: Scene) -> Iterator[Rendered[figure.HowSmallShown]]:
    recorded = distilling_kept.stored()
    for made in experiment.how_small(scene.whole("windows"), scene.progress):
        yield Rendered(figure.how_small(made, recorded), () if made.checked is None else _checks(*made.checked))


def _checks(beyond: float, logits: float) -> tuple[Check, ...]:
    return (
        Check("Of every four weights 2:4 leaves two at most, and none that is smaller than one it takes", beyond, 0.0,
              "share of fours"),
        Check("Without two blocks, and with half of the neurons: the logits of transformers’ Mixtral on what is left",
              logits, 1e-3, "largest difference"),
    )  # fmt: skip
