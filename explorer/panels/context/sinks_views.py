"""Sinks: a long text through a window, with the first tokens kept and without."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.context import sinks as experiment
from explorer.figures.context import sinks as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def losses(scene: Scene) -> Iterator[Rendered[figure.SinksLosses]]:
    length, window = scene.whole("length"), scene.whole("window")
    for made in experiment.streamed(scene.model, length, window, scene.whole("sinks"), scene.ticks("Blocks")):
        data = figure.losses(made, min(window, len(made.ids)))
        checks: tuple[Check, ...] = ()
        if made.stepwise_error is not None and made.full_error is not None:
            fed = f"{min(experiment.STEPS, len(made.ids))} tokens fed one by one to a cache that moves its sinks"
            checks = (
                Check(f"One pass with a mask = {fed}", made.stepwise_error, 2e-3, "largest error"),
                Check(
                    "A window as long as the text = transformers’ own attention", made.full_error, 2e-3, "largest error"
                ),
            )
        yield Rendered(data, checks, token_ids=set(data.ids))
