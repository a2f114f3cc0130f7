"""Facts: those that the model knows, and one of them traced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from explorer.experiments.inside import facts as experiment
from explorer.figures.inside import facts as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def traces(scene: Scene) -> Iterator[Rendered[figure.FactTraces]]:
    decoder = scene.decoder
    found = experiment.known(scene.model, decoder, scene.ticks("Facts asked"))
    count = sum(each.first for each in found)
    named = {each.answer for each in found}
    if not found:
        yield Rendered(figure.traces(found, 0, None))
        return
    state = scene.one_of("state", get_args(experiment.State))
    noise, draws, width = (scene.whole(name) for name in ("noise", "draws", "window"))
    asked = found[:count] or [each.as_said for each in found]  # what is not known has no answer to be traced
    chosen = min(scene.whole("fact", default=0), len(asked) - 1)
    if not count and not scene.said("fact"):
        chosen = experiment.most_hurt(scene.model, decoder, asked, float(noise))
    fact = asked[chosen]
    told = scene.ticks("States put back")
    steps = experiment.traced(scene.model, decoder, fact, state, float(noise), draws, width, told)
    for made in steps:
        data = figure.traces(found, chosen, made)
        shown = Rendered(data, token_ids={*named, fact.answer, *data.ids.tolist()})
        yield shown if made.redone is None else replace(shown, checks=_checks(made.redone))


def _checks(redone: float) -> tuple[Check, ...]:
    statement = "The first draw’s strongest state, put back by hooks in a whole run of the model, gives the same answer"
    return (Check(statement, redone, 1e-3, "difference of p"),)
