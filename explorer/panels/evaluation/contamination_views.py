"""Contamination: a model trained here with planted test items, and what its probabilities tell of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from explorer.experiments.checkpoints import Keeper, Trainings
from explorer.experiments.evaluation import contamination as experiment
from explorer.experiments.shelf_course import Bytes
from explorer.figures.evaluation import contamination as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst


def leaks(scene: Scene) -> Iterator[Rendered[figure.PlantedLeaks]]:
    test, told, keeper = experiment.items(), list[experiment.Told](), Keeper(scene.recipe)
    for each in experiment.trained(test, scene.whole("steps"), scene.whole("seed"), scene.ticks("Steps trained")):
        told.append(each)
        data = figure.leaks(test, told, keeper.keep(_trainings(each.reader, each.texts)))
        yield Rendered(data, _checks(data) if each.step == each.steps else ())


def leaks_trainings(scene: Scene) -> Trainings:
    return _trainings(*experiment.beginning(experiment.items(), scene.whole("seed")))


def _trainings(reader: experiment.Reader, texts: experiment.LeakedTexts) -> Trainings:
    return Trainings([reader], texts, Bytes.tokenizer)


def _checks(data: figure.PlantedLeaks) -> tuple[Check, ...]:
    """The area under the curve by ranks: the sum of the leaked items' ranks (Mann and Whitney)."""
    leaked = np.array([item.leaked for item in data.items])
    n, m = int(leaked.sum()), int((~leaked).sum())
    gaps = list[float]()
    for name, scores in data.scores.items():
        values = np.array(scores)
        ranks = (values[:, None] > values).sum(1) + ((values[:, None] == values).sum(1) + 1) / 2
        by_ranks = float(ranks[leaked].sum() - n * (n + 1) / 2) / (n * m)
        gaps.append(abs(by_ranks - data.course[-1].auroc[name]))
    by_text = worst(abs(item.overlap - 1) for item in data.items if item.leaked)
    return (
        Check(
            "Counted pair by pair, leaked above new = Mann and Whitney’s sum of ranks", worst(gaps), 1e-9, "difference"
        ),
        Check("The word overlap of every planted text is whole", by_text, 0.0, "largest difference"),
    )
