"""Shots: what worked examples in the prompt do to accuracy, and to the loss of each further answer."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora.tasks import shelf
from explorer.experiments.evaluation import shots as experiment
from explorer.figures.evaluation import shots as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Nats.
NEAR = 5e-4


def curve(scene: Scene) -> Iterator[Rendered[figure.ShotsCurve]]:
    task = shelf.own(scene.one_of("task"))
    for made in experiment.curve(scene.model, task, scene.whole("items"), scene.whole("most"), scene.progress):
        data = figure.curve(made)
        if not made.whole:
            yield Rendered(data)
            continue
        scene.progress("Check", 0, 0)
        n, error = experiment.whole_passes_error(scene.model, made)
        what = f"{n} choices of all points, behind shared keys and values = one whole pass of transformers each"
        yield Rendered(data, (Check(what, error, NEAR, "largest difference, in nats"),))


def loss(scene: Scene) -> Iterator[Rendered[figure.ShotsLoss]]:
    task, count, length = shelf.own(scene.one_of("task")), scene.whole("sequences"), scene.whole("length")
    read: list[experiment.Sequence] = []
    for each in experiment.sequences(scene.model, task, count, length, scene.whole("seed"), scene.progress):
        read.append(each)
        if len(read) < count:
            yield Rendered(figure.loss(task.name, read, count))
    scene.progress("Check", 0, 0)
    error = experiment.elsewhere_error(scene.model, read[0])
    what = f"The losses of {len(read[0].here)} answers in the first prompt = those of transformers"
    yield Rendered(figure.loss(task.name, read, count), (Check(what, error, NEAR, "largest difference, in nats"),))
