"""Patch map: measured and estimated maps, one head's edges, and how far estimates may be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast, get_args

from explorer.corpora.prompt_pairs import Task
from explorer.errors import NotApplicableError
from explorer.experiments.inside import patch_map as experiment
from explorer.experiments.inside.prompt_pair import Runs, of_task, of_texts, run_both
from explorer.figures.inside import patch_map as figure
from explorer.figures.inside.task_shown import TaskShown
from explorer.panels.fitting_task import chosen_task, refused_task
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.frontier.carried import Site
from explorer.stack.frontier.edges import Writer
from explorer.tracing.bridge.hooking import RUNNING

#: The choice beside the tasks: this run's prompt.
OWN = "own"


def maps(scene: Scene) -> Iterator[Rendered[figure.PatchMap]]:
    way, site = scene.one_of("way", get_args(experiment.Way)), scene.one_of("site", get_args(Site))
    task = chosen_task(scene, OWN)
    try:
        runs = _runs(scene, task)
    except NotApplicableError as error:
        yield Rendered(figure.no_map(refused_task(scene, task), str(error), site, way))
        return
    steps = experiment.maps(scene.decoder, runs, way, site, scene.whole("steps"), scene.ticks("Cells patched"))
    made = None
    for made in steps:
        yield _map(scene, task, runs, made)
    assert made is not None
    made = experiment.again(scene.model, scene.decoder, runs, made)
    yield replace(_map(scene, task, runs, made), checks=_map_checks(made))


def edges(scene: Scene) -> Iterator[Rendered[figure.PatchEdges]]:
    way = scene.one_of("way", get_args(experiment.Way))
    writer = Writer(scene.layer, scene.head)
    task = chosen_task(scene, OWN)
    try:
        runs = _runs(scene, task)
    except NotApplicableError as error:
        yield Rendered(figure.no_edges(refused_task(scene, task), str(error), scene.layer, scene.head, way))
        return
    for made in experiment.edges(scene.model, scene.decoder, runs, way, writer, scene.ticks("Edges measured")):
        data = figure.edges(task, runs, made, scene.model.dims.n_kv_heads)
        shown = Rendered(data, token_ids=figure.pair_shown(runs).tokens, note=scene.left_out)
        yield shown if made.exact is None else replace(shown, checks=_edge_checks(made))


def trust(scene: Scene) -> Iterator[Rendered[figure.PatchTrust]]:
    task = chosen_task(scene, OWN)
    try:
        runs = _runs(scene, task)
    except NotApplicableError as error:
        yield Rendered(figure.trust(refused_task(scene, task), {}, str(error)))
        return
    for found in experiment.trusted(scene.decoder, runs, scene.progress):
        yield Rendered(figure.trust(task, found), note=scene.left_out)


def _runs(scene: Scene, task: TaskShown) -> Runs:
    """Raises NotApplicableError where the prompts make no pair."""
    with RUNNING:
        if task.name != OWN:
            return run_both(scene.decoder, of_task(scene.model, cast("Task", task.name), scene.whole("item")))
        clean = scene.trace.ids[: scene.trace.n_prompt].tolist()
        changed = scene.text("changed")
        if not changed.strip():
            raise NotApplicableError("There is no changed prompt yet.", "Write one of as many tokens.")
        return run_both(
            scene.decoder, of_texts(scene.decoder, clean, scene.model.vocabulary.encode(changed, scene.trace.key.chat))
        )


def _map(scene: Scene, task: TaskShown, runs: Runs, made: experiment.Map) -> Rendered[figure.PatchMap]:
    data = figure.patch_map(task, runs, made)
    assert data.pair is not None
    named = {*data.pair.tokens, *made.ids.flatten().tolist()}
    return Rendered(data, token_ids=named, note=scene.left_out)


def _map_checks(made: experiment.Map) -> tuple[Check, ...]:
    found: list[Check] = []
    if made.redone is not None:
        found.append(
            Check(
                f"The {experiment.REDONE} strongest cells, patched by hooks in whole runs of the model, move as far",
                made.redone, 2e-3, "largest difference",
            )
        )  # fmt: skip
    if made.slope is not None:
        found.append(
            Check("The gradient = a real step of ±1 % at the strongest estimates", made.slope, 3e-2,
                  "largest error, relative to the largest")
        )  # fmt: skip
    return tuple(found)


def _edge_checks(made: experiment.Edges) -> tuple[Check, ...]:
    size = abs(made.node_estimate)
    found = [
        Check(
            "All estimated edges out of the head add up to the head’s own estimate",
            abs(made.estimate.total - made.node_estimate) / (1 + size), 1e-3, "relative error",
        )
    ]  # fmt: skip
    if made.redone is not None:
        found.append(
            Check("The strongest edge into a query, by a hook on the model’s own queries, moves as far",
                  made.redone, 2e-3, "difference")
        )  # fmt: skip
    return tuple(found)
