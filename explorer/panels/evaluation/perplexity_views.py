"""Perplexity, opened: a text coloured by surprise, and the numbers that different tools give for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from explorer.experiments.evaluation import perplexity as experiment
from explorer.experiments.evaluation.task_run import encoder
from explorer.figures.evaluation import perplexity as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

STRIDES = {"eighth": 8, "quarter": 4, "half": 2}


def surprise(scene: Scene) -> Iterator[Rendered[figure.PerplexitySurprise]]:
    made, shown = None, None
    for made in _opened(scene):
        shown = _shown(scene, made)
        if len(made.read) < made.total:
            yield shown
    assert made is not None
    assert shown is not None
    errors = experiment.of_transformers(scene.model, made)
    if (there := scene.there) is None:
        yield replace(shown, checks=_checks(*errors))
        return
    yield shown
    *_, theirs = _opened(there)
    data = figure.surprise(made, shown.data.bos, shown.data.eos, theirs, there.model.card.title)
    both = map(worst, errors, experiment.of_transformers(there.model, theirs))
    yield replace(shown, data=data, checks=_checks(*both))


def _opened(scene: Scene) -> Iterator[experiment.Opened]:
    length, share = scene.whole("window"), STRIDES[scene.one_of("stride", tuple(STRIDES))]
    texts = experiment.documents(scene.one_of("text"), scene.whole("documents"))
    return experiment.opened(scene.model, texts, length, length // share, scene.progress)


def _shown(scene: Scene, made: experiment.Opened) -> Rendered[figure.PerplexitySurprise]:
    _, first = encoder(scene.model)
    end = scene.model.tokenizer.eos_token_id
    eos = end if isinstance(end, int) and end != first else None
    data = figure.surprise(made, first, eos)
    return Rendered(data, token_ids={*data.ids, first, *(() if eos is None else (eos,))})


def _checks(one: float, guide: float) -> tuple[Check, ...]:
    return (
        Check("One pass: nats per token = transformers’ own loss", one, 1e-4, "difference"),
        Check(
            "Strided windows = the loop of transformers’ guide, with labels of −100 before each stride",
            guide,
            1e-4,
            "difference",
        ),
    )
