"""How small: loss against size, of students and of the same teacher pruned or merged."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.frontier import distilling_kept
from explorer.experiments.frontier import how_small as experiment
from explorer.experiments.shelf_course import MEASURED
from explorer.figures.frontier import how_small as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def sizes(scene: Scene) -> Iterator[Rendered[figure.HowSmallShown]]:
    recorded = distilling_kept.stored()
    windows = scene.whole("windows")
    for made in experiment.how_small(windows, scene.progress):
        checks = () if made.checked is None else _checks(*made.checked)
        if checks and windows == MEASURED:
            apart = abs(made.found[0].loss - recorded.teacher_loss)
            checks += (Check("The teacher’s loss = the one recorded beside the students", apart, 1e-3, "nats"),)
        yield Rendered(figure.how_small(made, recorded), checks)


def _checks(beyond: float, logits: float) -> tuple[Check, ...]:
    return (
        Check("Of every four weights 2:4 leaves two at most, and none that is smaller than one it takes", beyond, 0.0,
              "share of fours"),
        Check("Without two blocks, and with half of the neurons, the logits are those of transformers’ Mixtral",
              logits, 1e-3, "largest difference"),
    )  # fmt: skip
