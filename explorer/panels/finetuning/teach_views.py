"""Teach it: the lesson that the controls describe."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import taught_checks
from explorer.experiments.finetuning.lesson import OWN, Lesson, check_base, own_pairs
from explorer.experiments.finetuning.teaching import Taught, taught
from explorer.figures.finetuning import teach as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Nats of the mean loss, and of one token's log-probability: float32 in another order.
NEAR, SAME = 1e-3, 5e-3


def lesson(scene: Scene) -> Iterator[Rendered[figure.LessonMade]]:
    told, ask = described(scene), scene.text("ask").strip()
    if not ask:
        raise NotApplicableError("There is no prompt to ask.", "Write one.")
    check_base(scene.model)
    model = scene.model.original  # an adapter that is on is not taught on
    lessons = taught(
        model, model.plain_decoder, told, ask, name=scene.text("name").strip(), anew=scene.again,
        progress=scene.progress,
    )  # fmt: skip
    for made in lessons:
        yield Rendered(figure.lesson(made), _checks(made) if made.done else ())


def described(scene: Scene) -> Lesson:
    """The lesson of the controls. Raises BadRequestError for pairs that are none."""
    task = scene.one_of("task")
    return Lesson(
        base=scene.model.name,
        task=task,
        pairs=own_pairs(scene.text("pairs")) if task == OWN else (),
        method=scene.one_of("method"),
        matrices=scene.one_of("matrices"),
        r=scene.whole("rank"),
        alpha=scene.whole("alpha"),
        rate=scene.real("rate"),
        steps=scene.whole("steps"),
        rows=scene.whole("rows"),
        seed=scene.whole("seed"),
    )


def _checks(made: Taught) -> tuple[Check, ...]:
    found: list[Check] = []
    if made.record.losses:
        theirs = taught_checks.loss_of_transformers(made.model, made.first)
        found.append(
            Check(
                "Loss of the first batch, before any step = that of the base model by transformers, each conversation "
                "by itself",
                abs(made.record.losses[0] - theirs), NEAR, "nats",
            )
        )  # fmt: skip
    if made.name is not None:
        ids = torch.tensor(made.course.held[0].ids)
        found.append(
            Check(
                "The adapter’s file, read again and merged into the matrices = the adapter beside them",
                taught_checks.merged_beside(made, made.name, ids), SAME, "nats",
            )
        )  # fmt: skip
    return tuple(found)
