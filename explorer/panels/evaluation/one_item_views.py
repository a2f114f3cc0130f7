"""One item, opened: each choice's tokens, every rule's winner, and what a changed space does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from explorer.corpora.tasks import shelf
from explorer.experiments.evaluation import one_item as experiment
from explorer.figures.evaluation import one_item as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst


def choices(scene: Scene) -> Iterator[Rendered[figure.OneItemOpened]]:
    made, shown, total = None, None, len(experiment.CHANGES)
    for made in _scored(scene):
        shown = _shown(made, total)
        if not made.whole:
            yield shown
    assert made is not None
    assert shown is not None
    scene.progress("Check", 0, 0)
    error = experiment.whole_pass_error(scene.model, made.plain)
    apart = experiment.bytes_apart(scene.model, made.plain.asked)
    if (there := scene.there) is not None:
        theirs = next(_scored(there))
        data = figure.opened(made, total, theirs.plain, there.model.card.title)
        shown = replace(shown, data=data)
        error = worst(error, experiment.whole_pass_error(there.model, theirs.plain))
        apart += experiment.bytes_apart(there.model, theirs.plain.asked)
    yield replace(shown, checks=_checks(len(made.plain.scored), error, apart))


def _scored(scene: Scene) -> Iterator[experiment.OneItem]:
    task = shelf.own(scene.one_of("task"))
    at = scene.whole("item", high=len(task.items) - 1)
    return experiment.one_item(scene.model, task, at, scene.whole("shots"), scene.progress)


def _shown(made: experiment.OneItem, total: int) -> Rendered[figure.OneItemOpened]:
    data = figure.opened(made, total)
    named = {token for each in data.choices for token in each.ids}
    named |= {token for each in data.changes for token in (*each.last, *each.first)}
    return Rendered(data, token_ids=named)


def _checks(n: int, error: float, apart: int) -> tuple[Check, ...]:
    return (
        Check(
            f"{n} choices behind shared keys and values = one whole pass of transformers each",
            error,
            5e-4,
            "largest difference, in nats",
        ),
        Check("The tokens of prompt and choice are the bytes of both texts", float(apart), 0.0, "differences"),
    )
