"""Metrics clinic: defects that real tools had, computed beside the right formula."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import numpy as np

from explorer.experiments.evaluation.batch_losses import batch_losses, loss_by_transformers
from explorer.figures.evaluation import metrics_clinic as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene


def variance(scene: Scene) -> Rendered[figure.ClinicVariance]:
    kind = cast("figure.Reconstruction", scene.one_of("noise"))
    x, y = figure.vectors(scene.real("shift"), scene.one_of("scales"), kind)
    made = figure.variance(x, y)
    # numpy's own: each coordinate's variance explained, weighted by the variance that the coordinate has
    spread, left = np.var(x.numpy(), axis=0), np.mean((x - y).numpy() ** 2, axis=0)
    theirs = float(np.average(1 - left / spread, weights=spread))
    what = "The right formula = each coordinate’s explained variance by numpy, weighted by its variance"
    return Rendered(made, (Check(what, abs(theirs - made.true), 1e-9, "difference"),))


def filters(scene: Scene) -> Rendered[figure.ClinicFilters]:
    return Rendered(figure.filters(scene.text("text").strip(), scene.text("right").strip()))


def denominators(scene: Scene) -> Iterator[Rendered[figure.ClinicDenominators]]:
    last = scene.whole("last")
    batches = batch_losses(scene.model, last)
    made = figure.denominators(batches)
    theirs = loss_by_transformers(scene.model, last)
    what = f"The weighted mean of the batches = transformers’ mean loss of all {sum(map(len, batches))} tokens"
    yield Rendered(made, (Check(what, abs(theirs - made.of_tokens), 1e-4, "difference, nats"),))


def order(scene: Scene) -> Rendered[figure.ClinicOrder]:
    made = figure.order(cast("figure.Order", scene.one_of("order")), scene.whole("seed"))
    off = abs(figure.closed_form(made) - made.bradley_terry)
    return Rendered(
        made, (Check("Bradley-Terry’s fit = 1000 + 200 lg(wins / losses)", off, 1e-6, "difference, points"),)
    )
