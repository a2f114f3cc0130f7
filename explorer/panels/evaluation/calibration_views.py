"""Calibration: how sure the model is of the next token, and how often it is right."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.architectures.held_out import unknown
from explorer.experiments.evaluation import calibration as experiment
from explorer.figures.evaluation import calibration as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

NATS = 1e-3


def reliability(scene: Scene) -> Iterator[Rendered[figure.CalibrationPredictions]]:
    model, each = scene.model, scene.whole("excerpts")
    note = unknown(model.name, "this text")
    scene.decoder  # noqa: B018  refuses a model that the decoder does not know
    for made in experiment.predictions(model, each, scene.ticks("Excerpts read")):
        data = figure.calibration(made)
        if made.done < made.total:
            yield Rendered(data, note=note)
            continue
        scene.progress("Check", 0, 0)
        off = abs(experiment.loss_elsewhere(model, each) - data.surprise)
        what = f"The mean −log p of {len(made.confidence):,} tokens = the loss that transformers computes"
        yield Rendered(data, (Check(what, off, NATS, "difference, nats"),), note=note)
