"""Jacobian lens: where one concept stands ready on a text, and at which depth."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.inside import jacobian_lens as experiment
from explorer.experiments.inside.one_token import one_token
from explorer.figures.inside import jacobian_lens as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Positions that are read; how far a real step of 1 % may be from the gradient.
MOST, SLOPE = 32, 0.03


def ready(scene: Scene) -> Iterator[Rendered[figure.ConceptReady]]:
    trace = scene.trace
    if len(trace) < 2:
        raise NotApplicableError("The text has one token, and the first is left out: it is a sink.", "Write more.")
    n = len(trace)
    start = 0 if n <= MOST else min(n - MOST, scene.position - scene.position % MOST)
    window = slice(start, min(n, start + MOST))
    answer = int(trace.logits[trace.n_prompt - 1].argmax())
    token, note = one_token(scene.model, scene.text("concept"), answer)
    # The first position of all is left out: it is read, whatever the window.
    places = [0, *range(max(1, window.start), window.stop)]
    text = trace.resid_post[:, places].contiguous()
    p = trace.logits[places].softmax(-1)[:, token]
    length = text[:, 1:].norm(dim=-1).mean(1)
    steps = experiment.ready(scene.model, scene.decoder, token, text, scene.whole("prompts"), scene.progress)
    for made in steps:
        data = figure.ready(made, trace.ids[places], places[1] - 1, p, length)
        yield Rendered(data, _checks(made), {*trace.ids.tolist(), token}, note=note)


def _checks(made: experiment.Ready) -> tuple[Check, ...]:
    if made.slope is None:
        return ()
    what = "The middle block’s direction = what a real step of ±1 % along it does to the last block’s stream"
    return (Check(what, made.slope, SLOPE, "relative error"),)
