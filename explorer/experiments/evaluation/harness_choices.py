"""One model, one set of items, and what a harness chooses otherwise: every accuracy, and the items that change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from explorer.corpora.tasks.task import Task
from explorer.errors import NotApplicableError
from explorer.experiments.evaluation.one_item import whole_pass_error
from explorer.experiments.evaluation.reader import Shared
from explorer.experiments.evaluation.task_run import Answered, Assembled, Choice, answered
from explorer.fetching.progress import Progress, silent
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.zoo.model import Model

Variant = Literal[
    "lm-eval", "BOS first", "no delimiter", "new line", "space kept", "other examples", "reversed", "no examples"
]
#: Another seed than lm-eval's 1234.
OTHER_SEED = 1
#: Items of each variant that transformers reads as well.
CHECKED = 1


@dataclass(frozen=True)
class Table:
    """Every variant over the same items, as far as they are measured."""

    task: Task
    shots: int
    found: dict[Variant, tuple[Answered, ...]]
    total: int


def variants(shots: int) -> dict[Variant, Choice]:
    """What is changed, one thing at a time. Without examples there is nothing to draw or turn round."""
    plain = Choice(num_fewshot=shots, alone=True)
    made: dict[Variant, Choice] = {
        "lm-eval": plain,
        "BOS first": replace(plain, bos=True),
        "no delimiter": replace(plain, delimiter=""),
        "new line": replace(plain, delimiter="\n"),
        "space kept": replace(plain, in_prompt=True, apart=True),
    }
    if shots:
        made["other examples"] = replace(plain, seed=OTHER_SEED)
        if shots > 1:
            made["reversed"] = replace(plain, order="reversed")
        made["no examples"] = replace(plain, num_fewshot=0)
    return made


def compared(model: Model, task: Task, items: int, shots: int, progress: Progress = silent) -> Iterator[Table]:
    """Variant after variant. Raises NotApplicableError for a task without choices."""
    if task.kind != "multiple_choice":
        raise NotApplicableError(f"The task “{task.name}” has no choices.", "Choose another task.")
    reader, known = Shared(model), variants(shots)
    made = Table(task, shots, {}, len(known))
    for at, (name, choice) in enumerate(known.items()):
        found: list[Answered] = []
        for batch in answered(Assembled(model, task, choice), reader, items):
            found += batch
            progress("Items", at * items + len(found), len(known) * items)
        made = replace(made, found={**made.found, name: tuple(found)})
        yield made


def whole_passes_error(model: Model, made: Table) -> tuple[int, float]:
    """How many choices transformers has read whole, and the largest gap: some items of each variant."""
    some = [each for found in made.found.values() for each in found[:CHECKED]]
    return sum(len(each.scored) for each in some), worst(whole_pass_error(model, each) for each in some)
