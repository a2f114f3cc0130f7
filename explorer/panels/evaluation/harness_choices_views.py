"""Why is my number different?: one model, one item set, and the accuracies that harnesses give for it."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora.tasks import shelf
from explorer.experiments.evaluation import harness_choices as experiment
from explorer.figures.evaluation import harness_choices as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def table(scene: Scene) -> Iterator[Rendered[figure.HarnessChoices]]:
    task = shelf.own(scene.one_of("task"))
    for made in experiment.compared(scene.model, task, scene.whole("items"), scene.whole("shots"), scene.progress):
        data = figure.table(made)
        if len(made.found) < made.total:
            yield Rendered(data)
            continue
        scene.progress("Check", 0, 0)
        n, error = experiment.whole_passes_error(scene.model, made)
        what = f"{n} choices of all rows, behind shared keys and values = one whole pass of transformers each"
        yield Rendered(data, (Check(what, error, 5e-4, "largest difference, in nats"),))
