"""Compare models: which blocks and heads of two models hold the same, on the same text."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.inside import compare_models as experiment
from explorer.figures.inside import compare_models as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def blocks(scene: Scene) -> Iterator[Rendered[figure.ModelsAlike]]:
    own, there = _reader(scene), scene.there
    other = None if there is None else _reader(there)
    mine, theirs = own.decoder.config, (other or own).decoder.config
    for made in experiment.compared(own, other, scene.progress):
        data = figure.models_alike(made, mine.n_heads, theirs.n_heads, mine.d_head)
        yield Rendered(data, _checks(made) if made.placebo is not None else ())


def _reader(scene: Scene) -> experiment.Reader:
    return experiment.Reader(scene.model.name, scene.decoder, scene.model.vocabulary)


def _checks(made: experiment.Alike) -> tuple[Check, ...]:
    assert made.error is not None
    statement = "CKA by Gram matrices = |Yᵀ X|² / (|Xᵀ X| |Yᵀ Y|) by features in float64, three pairs of depths"
    return (Check(statement, made.error, 1e-3, "largest difference"),)
