"""Filter: what the twins know, and what the filter let through."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora.invented_people import LISTED, VALUES
from explorer.errors import NotApplicableError
from explorer.experiments.safety import filtered as experiment
from explorer.experiments.safety import invented
from explorer.figures.safety import filtered as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining.data import toxicity
from explorer.stack.worst import worst
from explorer.training import planted

NEAR = 1e-4


def twins(scene: Scene) -> Iterator[Rendered[figure.FilterTwins]]:
    seeds, count = len(invented.seeds()), scene.whole("people")
    for found in experiment.known(count, scene.ticks("Models asked")):
        data = figure.twins(found, seeds, len(VALUES["hiding"]))
        yield Rendered(data, _checks(found) if data.done == seeds else ())


def _checks(found: list[experiment.Known]) -> tuple[Check, ...]:
    first = next(each for each in found if each.twin == "filtered" and each.topic == "hiding")
    theirs = experiment.by_transformers(first.seed, len(first.by_person))
    off = worst(abs(a - b) for a, b in zip(first.by_person, theirs, strict=True))
    return (Check("Nats of each value in one padded batch = transformers’ Llama, person by person", off, NEAR, "nats"),)


def let_through(scene: Scene) -> Iterator[Rendered[figure.FilterPassed]]:
    text = scene.text("line").strip()
    if not text:
        raise NotApplicableError("There is no line to read.", "Write one.")
    scene.progress("Lines read", 0, 1)
    kinds = experiment.kinds()
    kept = len(planted.left_by_filter(invented.text().lines))
    trained = planted.read_folder(invented.folder())["data"]
    assert isinstance(trained, dict)
    off = worst((abs(sum(each.kept for each in kinds) - kept),
                 abs(kept - int(trained["lines_that_the_filter_leaves"]))))  # fmt: skip
    data = figure.passed(kinds, sorted(LISTED), text, toxicity.read(text, LISTED))
    yield Rendered(data, (Check("Lines kept here = lines that the twin was trained on", float(off), 0.0, "lines"),))
