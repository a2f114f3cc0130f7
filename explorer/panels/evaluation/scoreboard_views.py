"""Scoreboard: this model, its formats, adapters and interventions, and other models on the same items of many tasks."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.corpora.tasks import shelf
from explorer.experiments.evaluation import board_rows
from explorer.experiments.evaluation import scoreboard as experiment
from explorer.figures.evaluation import scoreboard as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Nats.
NEAR = 5e-4


def board(scene: Scene) -> Iterator[Rendered[figure.Scoreboard]]:
    model, known = scene.model.original, [name for name in shelf.names() if shelf.own(name).kind == "multiple_choice"]
    chosen = [name for name in _listed(scene, "tasks") if name in known] or known[:1]
    tasks = [shelf.own(name) for name in chosen]
    rows, do = _listed(scene, "rows"), scene.text("do")
    # Where a visitor may bring nothing, the server is not his own.
    own, other = scene.files is not None, None if scene.there is None else scene.there.model
    items = scene.whole("items")
    empty = experiment.board(model, rows, do, scene.model.edits, tasks, items, own=own, other=other)
    offered = board_rows.offered(model, own)
    for made in experiment.measured(model, empty, scene.progress, again=scene.again):
        data = figure.scoreboard(made, offered, known)
        yield Rendered(data, _checks(made) if made.whole else ())


def _listed(scene: Scene, name: str) -> list[str]:
    return list(dict.fromkeys(each.strip() for each in scene.text(name).split(",") if each.strip()))


def _checks(made: experiment.Board) -> tuple[Check, ...]:
    what = f"{made.checked} choices of the cells, behind shared keys and values = one whole pass of transformers each"
    return (Check(what, made.error, NEAR, "largest difference, in nats"),)
