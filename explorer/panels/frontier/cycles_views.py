"""Cycles: a puzzle's boards, and what many puzzles say."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora import sudoku
from explorer.errors import BadRequestError
from explorer.experiments.frontier import cycles as experiment
from explorer.figures.frontier import cycles as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.training.recursive import ARMS


def think(scene: Scene) -> Rendered[figure.CyclesThink]:
    try:
        puzzle = sudoku.read(scene.text("puzzle"))
    except BadRequestError as error:
        return Rendered(figure.no_puzzle(str(error)))
    arm = scene.one_of("net", ARMS)
    made = experiment.solve(arm, puzzle, scene.whole("cycles"), scene.whole("seed"))
    statement = "Plain code in float64, with a loop over the heads, gives the same logits after each cycle"
    data = figure.think(made, experiment.recipe().supervised(arm).most)
    return Rendered(data, (Check(statement, experiment.again_error(arm, made), 1e-3, "difference"),))


def curves(scene: Scene) -> Iterator[Rendered[figure.CyclesCurves]]:
    parameters = sum(each.numel() for each in experiment.net("recursive").parameters())
    data = figure.curves(experiment.outcomes(), experiment.recipe(), parameters)
    yield Rendered(data)
    scene.progress("Nets measured again", 0, len(ARMS))
    again = experiment.recorded_error()
    scene.progress("Nets measured again", len(ARMS), len(ARMS))
    yield Rendered(data, (
        Check(
            "The kept nets solve now what was recorded, after each of the first cycles", again, 0.01,
            "difference of shares",
        ),
        Check(
            "No renaming or move of cells turns a held-out grid into a trained one", float(experiment.leaks()), 0.0,
            "grids",
        ),
    ))  # fmt: skip
