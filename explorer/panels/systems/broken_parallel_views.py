"""Break it: mistakes in data parallelism, and what they do to the gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from explorer.experiments.systems import broken_parallel as experiment
from explorer.experiments.systems.broken_parallel import AllBroken
from explorer.experiments.systems.parallel_subject import Name, subject
from explorer.figures.systems import broken_parallel as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: Tokens of a row that are read.
LENGTH = 64
EQUAL = 1e-6


def gradients(scene: Scene) -> Iterator[Rendered[figure.BrokenGradients]]:
    ranks = scene.whole("ranks")
    asked = subject(scene.one_of("model", get_args(Name)), 4 * ranks, LENGTH)
    for made in experiment.broken(asked, ranks, scene.ticks("Mistakes")):
        yield Rendered(figure.gradients(made), _checks(made) if made.whole else ())


def _checks(made: AllBroken) -> tuple[Check, ...]:
    right = next(each for each in made.done if each.mistake == "right")
    return (
        Check(
            "Without a mistake every weight’s gradient = one process’s",
            worst(each.error for each in (*right.first.values(), *right.last.values())), EQUAL, "relative error",
        ),
        Check(
            "Every wrong gradient = what one process makes of the mistake",
            worst(each.predicted for each in made.done), EQUAL, "relative error",
        ),
    )  # fmt: skip
