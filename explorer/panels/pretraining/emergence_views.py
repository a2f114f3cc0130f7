"""Emergence: the answers of a committed sweep."""

from __future__ import annotations

from explorer.experiments.pretraining import emergence as experiment
from explorer.experiments.pretraining import sweep
from explorer.figures.pretraining import emergence as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.training.sweep import ASKED, DRILL_SEED

#: Tables keep five figures.
ROUNDED = 1e-4


def metrics(_scene: Scene) -> Rendered[figure.EmergenceDrills]:
    what = "Answers at the end of each training = those of its model, asked anew"
    return Rendered(_drills(), (Check(what, experiment.apart(experiment.asked()), ROUNDED, "of exact match"),))


def length(_scene: Scene) -> Rendered[figure.EmergenceDrills]:
    what = "Answers that count as exact = those that greedy decoding writes, on a decoder made here"
    return Rendered(_drills(), (Check(what, experiment.greedy_error(), 0.0, "share of the answers"),))


def _drills() -> figure.EmergenceDrills:
    share = sweep.material(experiment.FOLDER).drills
    return figure.all_drills(experiment.asked(), ASKED, DRILL_SEED, share)
