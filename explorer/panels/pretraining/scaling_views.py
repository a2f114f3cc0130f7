"""Scaling laws: the committed sweep, fitted anew each time a process first asks."""

from __future__ import annotations

import numpy as np

from explorer.experiments.pretraining import compute, scaling, sweep
from explorer.figures.pretraining import scaling as figure
from explorer.figures.pretraining.compute import ComputeBudget
from explorer.figures.pretraining.compute import budget as budget_by_laws
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.pretraining.scaling_law import LAWS, Named
from explorer.stack.worst import worst

#: Two descents end at one value; a prediction is made anew from the same rows; a search finds a flat lowest place.
SAME, AGAIN, FLAT = 1e-3, 1e-6, 1e-6


def groups(_scene: Scene) -> Rendered[figure.ScalingGroups]:
    there = sweep.load()
    made = scaling.groups(there.fitted)
    data = figure.groups(made, scaling.lowest(made), there.part("rate"), sweep.curves(), sweep.material())
    counted = Check(
        "Parameters of each run = those of the decoder that its recipe builds",
        float(worst(abs(run.parameters - scaling.built(run.size)) for run in there.runs)),
        0.0,
        "parameters",
    )
    spent = Check(
        "Each run spends its group’s compute, 6 N D",
        worst(abs(6 * run.parameters * run.tokens / run.compute - 1) for run in there.fitted),
        scaling.STEP,
        "largest relative difference",
    )
    return Rendered(data, (counted, spent))


def law(scene: Scene) -> Rendered[figure.ScalingFit]:
    whole = scene.one_of("count") == "all"
    runs, found = sweep.load().fitted, sweep.of_the_sweep(whole)
    data = figure.law(found, scaling.groups(runs), whole, sweep.SHARE)
    apart = scaling.apart(found.law, sweep.points(runs, whole))
    return Rendered(data, (Check("Our least sum is no larger than torch’s L-BFGS finds", apart, SAME, "relative"),))


def prediction(_scene: Scene) -> Rendered[figure.ScalingPrediction]:
    there, said = sweep.load(), sweep.prediction()
    made = sweep.of_the_sweep()
    largest = max(run.compute for run in there.fitted)
    data = figure.prediction(said, made, largest, there.held_out, there.fitted, sweep.curves(), sweep.material())
    again = made.law.loss(said.parameters, said.tokens)
    return Rendered(
        data,
        (
            Check(
                "The prediction on file = the one that the runs’ rows give now", abs(again - said.loss), AGAIN, "nats"
            ),
        ),
    )


def embeddings(_scene: Scene) -> Rendered[figure.ScalingEmbeddings]:
    runs = sweep.load().fitted
    made = scaling.groups(runs)
    low = {count: scaling.lowest(made, count == "all") for count in ("all", "blocks")}
    ways = [
        *(("law", count, scaling.exponent(sweep.of_the_sweep(count == "all"))) for count in ("all", "blocks")),
        *(("groups", count, found.exponent if found else None) for count, found in low.items()),
    ]
    w = scaling.omega(runs)
    data = figure.embeddings(ways, sweep.of_the_sweep().law, w, runs)
    sizes = np.array([float(run.parameters) for run in runs])
    searched = np.array([scaling.searched_blocks(each, w) for each in sizes.tolist()])
    off = float(np.abs(scaling.without_table(sizes, w) / searched - 1).max())
    what = "M of N = M + ω M^⅓ by formula = by search"
    return Rendered(data, (Check(what, off, FLAT, "largest relative difference"),))


def budget(scene: Scene) -> Rendered[ComputeBudget]:
    spent = scene.real("budget")
    found = sweep.of_the_sweep()
    ours = Named("ours", "Fitted here", found.law, f"{len(found.residuals)} runs of this panel", "all parameters")
    laws = (*LAWS, ours)
    off = worst(
        abs(each.law.best(spent).parameters / compute.searched(each.law, spent).parameters - 1) for each in laws
    )
    what = f"The formula’s parameters = those with the least loss in a search, {len(laws)} laws"
    return Rendered(budget_by_laws(spent, laws), (Check(what, off, FLAT, "largest relative difference"),))
