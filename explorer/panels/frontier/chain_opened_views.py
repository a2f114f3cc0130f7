"""The chain, opened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from explorer.experiments.frontier import chain_opened as experiment
from explorer.experiments.frontier import thinking, thinking_course
from explorer.figures.frontier import thinking as figure
from explorer.figures.frontier import thinking_course as course_figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Mass of the beginnings that are not gone on with.
NEAR, ERRORS = 5e-3, 5.0
#: Rows of the record have so many digits.
WRITTEN = 1e-3


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


def trained(_: Scene) -> Rendered[course_figure.ThinkingCourse]:
    prompts = thinking_course.prompts()
    check = Check(
        f"The kept weights, all texts of {prompts} held-out prompts counted now = the last rows of their trainings",
        thinking_course.again(), WRITTEN, "difference",
    )  # fmt: skip
    return Rendered(course_figure.thinking_course(thinking_course.stored(), prompts), (check,))
