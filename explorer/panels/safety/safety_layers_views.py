"""Layers of safety: guards, a probe, an instruction and a taught refusal, each on or off over one set of requests."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.safety import layered as experiment
from explorer.experiments.safety import requests_kept
from explorer.experiments.safety.layered import Layered, Setting
from explorer.figures.safety import safety_layers as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.zoo.model import Model
from explorer.zoo.text_encoder import TextEncoder

#: Requests that transformers answers as well.
AGAIN = 2


def flow(scene: Scene) -> Iterator[Rendered[figure.SafetyLayersFlow]]:
    scene.decoder  # noqa: B018  refuses a model that the decoder does not know
    model = scene.model
    kept = requests_kept.layers(model)
    under = kept.conditions if kept else None
    if kept is not None and scene.one_of("numbers") == "recorded" and not scene.again:
        # What was recorded is shown at once; two requests are asked again behind it.
        data = figure.flow(kept.layered, recorded=True, record=under)
        yield Rendered(data)
        yield Rendered(data, (_same_answers(model, kept.layered),))
        return
    encoder, made = scene.companion("minilm-l6", TextEncoder), None
    for made in experiment.layered(model, encoder, scene.whole("pairs"), tell=scene.ticks("Requests")):
        if len(made.seen) < len(made.settings):
            yield Rendered(figure.flow(made, record=under))
    assert made is not None
    yield Rendered(figure.flow(made, record=under), (_same_answers(model, made),))


def _same_answers(model: Model, made: Layered) -> Check:
    """Plain requests behind the instruction, asked of the model alone."""
    setting = Setting(system=True, taught=False)
    some = range(0, len(made.requests), max(1, len(made.requests) // AGAIN))[:AGAIN]
    off = sum(
        experiment.of_transformers(model, experiment.instructed(model, made.requests[at].text))
        != made.seen[setting].answers[at]
        for at in some
    )
    return Check(
        f"The answers written together = transformers’ own: {AGAIN} requests behind the instruction",
        float(off), 0.0, "answers that differ",
    )  # fmt: skip
