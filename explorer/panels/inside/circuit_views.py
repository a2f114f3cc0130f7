"""Circuit: the curve over all sizes, and one size as a graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast, get_args

from explorer.corpora.prompt_pairs import Task
from explorer.errors import NotApplicableError
from explorer.experiments.inside import circuit as experiment
from explorer.experiments.inside import circuit_edges as edges_experiment
from explorer.experiments.inside import circuit_edges_kept as kept_edges
from explorer.experiments.inside import circuit_methods as methods_experiment
from explorer.experiments.inside.prompt_pair import Runs, of_task, run_both
from explorer.figures.inside import circuit as figure
from explorer.figures.inside import circuit_edges as edges_figure
from explorer.figures.inside import circuit_methods as methods_figure
from explorer.figures.inside.task_shown import TaskShown
from explorer.panels.fitting_task import chosen_task, refused_task
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.tracing.bridge.hooking import RUNNING


def graph(scene: Scene) -> Iterator[Rendered[figure.CircuitGraph]]:
    task = chosen_task(scene)
    try:
        runs = _runs(scene, task)
    except NotApplicableError as error:
        yield Rendered(figure.no_graph(refused_task(scene, task), str(error)))
        return
    steps = experiment.circuit(
        scene.model, scene.decoder, runs, scene.whole("kept"), scene.whole("steps"), scene.progress
    )
    for made in steps:
        data = figure.graph(task, runs, made)
        assert data.pair is not None
        shown = Rendered(data, token_ids=data.pair.tokens)
        yield shown if made.redone is None else replace(shown, checks=_checks(made.redone))


def methods(scene: Scene) -> Iterator[Rendered[methods_figure.CircuitMethods]]:
    task = chosen_task(scene)
    try:
        runs = _runs(scene, task)
    except NotApplicableError as error:
        yield Rendered(methods_figure.no_methods(refused_task(scene, task), str(error)))
        return
    kept, threshold = scene.whole("kept"), scene.real("threshold")
    for made in methods_experiment.methods(
        scene.model, scene.decoder, runs, kept, threshold, scene.whole("seed"), scene.progress
    ):
        data = methods_figure.circuit_methods(task, runs, made, kept, threshold)
        assert data.pair is not None
        redone = [each.redone for each in made if each.redone is not None]
        statement = "What the search keeps, by hooks in a whole run of the model, gives the same lead"
        checks = tuple(Check(statement, each, 5e-3, "difference") for each in redone)
        yield Rendered(data, checks, token_ids=data.pair.tokens)


def edges(scene: Scene) -> Iterator[Rendered[edges_figure.EdgeWays]]:
    task = chosen_task(scene)
    try:
        runs = _runs(scene, task)
        with RUNNING:
            bench = edges_experiment.Bench(scene.decoder, runs, scene.progress)
    except NotApplicableError as error:
        yield Rendered(edges_figure.no_edges(refused_task(scene, task), str(error)))
        return
    by, threshold = scene.one_of("by", get_args(edges_experiment.By)), scene.real("threshold")
    searchable = bench.graph.wiring.edges <= edges_experiment.SEARCHED
    kept = None if searchable or scene.again else kept_edges.kept(scene.model, task.name, scene.whole("item"))
    if kept is not None and kept.tokens == runs.pair.clean.tolist():
        data = edges_figure.edge_ways(
            task, runs, kept.found, kept_edges.BY, kept_edges.THRESHOLD, searchable, recorded=True
        )
        checks = (*_recorded(bench, kept.found), *_edge_checks(scene, bench, runs, kept.found))
        yield Rendered(data, checks, token_ids=pair_tokens(data))
        return
    shown, made = None, None
    for made in edges_experiment.found(scene.decoder, runs, by, threshold, scene.whole("seed"), scene.progress):
        data = edges_figure.edge_ways(task, runs, made, by, threshold, searchable)
        shown = Rendered(data, token_ids=pair_tokens(data))
        yield shown
    assert shown is not None
    assert made is not None
    yield replace(shown, checks=_edge_checks(scene, bench, runs, made))


def _runs(scene: Scene, task: TaskShown) -> Runs:
    """Raises NotApplicableError where the tokenizer has no pair."""
    with RUNNING:
        return run_both(scene.decoder, of_task(scene.model, cast("Task", task.name), scene.whole("item")))


def pair_tokens(data: edges_figure.EdgeWays) -> set[int]:
    return data.pair.tokens if data.pair else set()


def _edge_checks(
    scene: Scene, bench: edges_experiment.Bench, runs: Runs, found: edges_experiment.Found
) -> tuple[Check, ...]:
    singly = edges_experiment.singly_redone(scene.decoder, bench, found.scores)
    opened = next(each.opened for each in found.ways if each.opened is not None)
    parts = edges_experiment.parts_redone(scene.model, bench, runs, opened)
    return (
        Check("An edge left out alone moves the lead as its path patched does", singly, 5e-3, "difference"),
        Check("The circuit’s parts with all their edges, by hooks in a whole run of the model, give the same lead",
              parts, 5e-3, "difference"),
    )  # fmt: skip


def _recorded(bench: edges_experiment.Bench, found: edges_experiment.Found) -> tuple[Check, ...]:
    """The opened circuits, run now."""
    known = [each for each in found.ways if each.opened is not None]
    now = bench.share([each.opened for each in known if each.opened is not None])
    then = [each.faithful[each.sizes.index(int(each.opened.sum()))] for each in known if each.opened is not None]
    error = worst(*(abs(a - b) for a, b in zip(now, then, strict=True)))
    return (Check("The recorded circuits, run now, keep what was recorded", error, 1e-2, "share of the lead"),)


def _checks(redone: float) -> tuple[Check, ...]:
    statement = "The drawn parts alone, by hooks in a whole run of the model, give the same lead"
    return (Check(statement, redone, 5e-3, "difference"),)
