"""Past the trained length: the perplexity of a long text under every scheme of RoPE scaling."""

from __future__ import annotations

import math
from collections.abc import Iterator

from explorer import zoo
from explorer.experiments.context import past_length as experiment
from explorer.figures.context import past_length as figure
from explorer.figures.embeddings.positions import length_of
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def course(scene: Scene) -> Iterator[Rendered[figure.PastLengthCourse]]:
    small = scene.one_of("reader") == "small" and scene.model.name != experiment.SMALL
    model = zoo.load(experiment.SMALL, scene.progress) if small else scene.model
    n_ctx, trained = length_of(model)
    ticks = scene.ticks("Tokens under the schemes")
    for made in experiment.past_length(model, n_ctx, scene.whole("times"), progress=ticks):
        data = figure.course(made, model.card.title, trained)
        checks: tuple[Check, ...] = ()
        if made.checked is not None:
            chunked, dynamic = made.checked
            checks = (Check("Losses read in chunks = transformers’ own pass, within the length", chunked, 2e-3),)
            if not math.isnan(dynamic):
                checks += (Check("Dynamic NTK within the length = no scheme at all", dynamic, 2e-3),)
        yield Rendered(data, checks)
