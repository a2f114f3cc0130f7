"""Circuit: the curve over all sizes, and one size as a graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from explorer.corpora.prompt_pairs import TASKS
from explorer.errors import NotApplicableError
from explorer.experiments.inside import circuit as experiment
from explorer.experiments.inside import circuit_methods as methods_experiment
from explorer.experiments.inside.prompt_pair import of_task, run_both
from explorer.figures.inside import circuit as figure
from explorer.figures.inside import circuit_methods as methods_figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.tracing.bridge.hooking import RUNNING


def graph(scene: Scene) -> Iterator[Rendered[figure.CircuitGraph]]:
    try:
        with RUNNING:
            pair = of_task(scene.model, scene.one_of("task", tuple(TASKS)), scene.whole("item"))
            runs = run_both(scene.decoder, pair)
    except NotApplicableError as error:
        yield Rendered(figure.no_graph(str(error)))
        return
    steps = experiment.circuit(
        scene.model, scene.decoder, runs, scene.whole("kept"), scene.whole("steps"), scene.progress
    )
    for made in steps:
        data = figure.graph(runs, made)
        assert data.pair is not None
        shown = Rendered(data, token_ids=data.pair.tokens)
        yield shown if made.redone is None else replace(shown, checks=_checks(made.redone))


def methods(scene: Scene) -> Iterator[Rendered[methods_figure.CircuitMethods]]:
    try:
        with RUNNING:
            pair = of_task(scene.model, scene.one_of("task", tuple(TASKS)), scene.whole("item"))
            runs = run_both(scene.decoder, pair)
    except NotApplicableError as error:
        yield Rendered(methods_figure.no_methods(str(error)))
        return
    kept, threshold = scene.whole("kept"), scene.real("threshold")
    for made in methods_experiment.methods(
        scene.model, scene.decoder, runs, kept, threshold, scene.whole("seed"), scene.progress
    ):
        data = methods_figure.circuit_methods(runs, made, kept, threshold)
        assert data.pair is not None
        redone = [each.redone for each in made if each.redone is not None]
        statement = "What the search keeps, by hooks in a whole run of the model, gives the same lead"
        checks = tuple(Check(statement, each, 5e-3, "difference") for each in redone)
        yield Rendered(data, checks, token_ids=data.pair.tokens)


def _checks(redone: float) -> tuple[Check, ...]:
    statement = "The drawn parts alone, by hooks in a whole run of the model, give the same lead"
    return (Check(statement, redone, 5e-3, "difference"),)
