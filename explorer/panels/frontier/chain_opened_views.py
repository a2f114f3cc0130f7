"""The chain, opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from explorer.experiments.frontier import chain_opened as experiment
from explorer.experiments.frontier import thinking
from explorer.figures.frontier import thinking as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Mass of the beginnings that are not gone on with.
NEAR, ERRORS = 5e-3, 5.0


def chain(scene: Scene) -> Iterator[Rendered[figure.ChainOpened]]:
    of, refused = thinking.asked(scene.text("prompt"))
    stage = scene.one_of("stage", get_args(thinking.Stage))
    total = 2 * len(of.instructions) + 2
    made = None
    for done, made in enumerate(experiment.opened(stage, of, scene.whole("seed"))):
        scene.progress("Counting the ends of each beginning", min(done + 1, total), total)
        if done < total:
            yield Rendered(figure.chain_opened(made, refused))
    assert made is not None
    apart = abs(experiment.expected_next(stage, made) - made.places[0].free[of.answer])
    checks = (
        Check("The value before the first step = the mean of the values behind each first step", float(apart), NEAR,
              "of probability"),
        Check(f"Exact values = shares of {experiment.DRAWN} drawn ends", experiment.off_samples(made), ERRORS,
              "standard errors"),
    )  # fmt: skip
    yield Rendered(figure.chain_opened(made, refused), checks)
