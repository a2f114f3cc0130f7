"""Which task a panel on pairs of prompts shows: what the link says, else one that suits the model on screen."""

from __future__ import annotations

from explorer.corpora.prompt_pairs import TASKS
from explorer.figures.inside.task_shown import TaskShown
from explorer.panels.scene import Scene


def chosen_task(scene: Scene, otherwise: str | None = None) -> TaskShown:
    """`otherwise`: a name beside the tasks', which is shown where none of them fits."""
    known = tuple(TASKS) if otherwise is None else (*TASKS, otherwise)
    first = None if scene.said("task") else _suits(scene) or otherwise or known[0]
    return TaskShown(name=scene.one_of("task", known, first), instead="")


def refused_task(scene: Scene, task: TaskShown) -> TaskShown:
    """The same with the task that suits the model, where the shown one cannot be had."""
    suits = _suits(scene) if task.name in TASKS else None
    return task if suits in (None, task.name) else TaskShown(name=task.name, instead=suits)


def _suits(scene: Scene) -> str | None:
    from explorer.experiments.inside.prompt_pair import opening_task
    from explorer.tracing.bridge.hooking import RUNNING

    with RUNNING:
        return opening_task(scene.model, scene.decoder)
