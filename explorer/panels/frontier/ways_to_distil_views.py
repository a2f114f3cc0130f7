"""Ways to distil: one student taught in eight ways, beside the same student on text alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from explorer.experiments.architectures.balancing import one_thread
from explorer.experiments.checkpoints import Keeper, Trainings
from explorer.experiments.frontier import distilling as experiment
from explorer.experiments.frontier import distilling_kept
from explorer.experiments.shelf_course import KINDS, tokenizer_of
from explorer.figures.frontier import ways_to_distil as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: The students that are shown of each teacher.
SHOWN = {experiment.TEACHER: "0.3", experiment.SMOLLM2: "3.3"}


def recorded(scene: Scene) -> Rendered[figure.WaysToDistil]:
    teacher = scene.one_of("teacher", SHOWN)
    kept, size = distilling_kept.stored(teacher), SHOWN[teacher]
    own = [each for each in kept.curves if each.size == size]
    data = figure.ways(kept, size, own[0].step[-1], teacher=teacher)
    statement = "With the teacher’s distributions (forward KL) the student ends below text alone, with every seed"
    error = worst(figure.end(own, "forward", data.steps).each)
    return Rendered(data, (Check(statement, error, 0.0, "nats above"),))


def live(scene: Scene) -> Iterator[Rendered[figure.WaysToDistil]]:
    asked, keeper = _asked(scene), Keeper(scene.recipe)
    found = experiment.distilling(asked, scene.progress)
    while True:
        with one_thread():
            made = next(found, None)
        if made is None:
            return
        kept = keeper.keep(_trainings(made))
        data = figure.ways(distilling_kept.recording([made]), asked.size, asked.steps, kept)
        yield Rendered(data, _checks(made) if made.done else ())


def live_trainings(scene: Scene) -> Trainings:
    return _trainings(experiment.beginning(_asked(scene), scene.progress))


def _trainings(made: experiment.Distilling) -> Trainings:
    """Those of the first seed."""
    return Trainings(made.seeds[0], made.courses[0], partial(tokenizer_of, experiment.TEACHER))


def _asked(scene: Scene) -> experiment.Asked:
    return experiment.Asked(
        size=scene.one_of("size", experiment.SIZES), steps=scene.whole("steps"), texts=scene.one_of("texts", KINDS),
        temperature=scene.real("temperature"), seed=scene.whole("seed"), seeds=scene.whole("seeds"),
    )  # fmt: skip


def _checks(made: experiment.Distilling) -> tuple[Check, ...]:
    return (
        Check(
            "KL from the teacher, made in pieces = torch’s kl_div on whole tables, every student of the first seed",
            experiment.torch_error(made), 1e-3, "nats",
        ),
        Check(
            f"The first {experiment.AGAIN} steps of soft targets, trained again alone, are the same",
            experiment.again_error(made, "forward"), 0.0, "difference",
        ),
    )  # fmt: skip
