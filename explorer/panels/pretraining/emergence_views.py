"""Emergence: the answers of a committed sweep."""

from __future__ import annotations

from explorer.experiments.pretraining import emergence as experiment
from explorer.experiments.pretraining import sweep
from explorer.figures.pretraining import emergence as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.training.sweep import ASKED, DRILL_SEED

#: Tables keep four digits.
ROUNDED = 1e-4


def metrics(_scene: Scene) -> Rendered[figure.EmergenceDrills]:
    runs, ends = experiment.ordered(sweep.load()), experiment.last_of_curves()
    off = worst(abs(run.drills[kind].exact[-1] - ends[run.name, kind]) for run in runs for kind in run.drills)
    check = Check("Exact match of each run = that at the end of its training curve", off, ROUNDED, "largest difference")
    return Rendered(figure.all_drills(runs, ASKED, DRILL_SEED), (check,))


def length(_scene: Scene) -> Rendered[figure.EmergenceDrills]:
    data = figure.all_drills(experiment.ordered(sweep.load()), ASKED, DRILL_SEED)
    what = "Answers that count as exact = those that greedy decoding writes, on a decoder made here"
    return Rendered(data, (Check(what, experiment.greedy_error(), 0.0, "share of the answers"),))
