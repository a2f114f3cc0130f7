"""Whole evaluations, as the command line runs them: measure, keep, go on from what was kept, write the results.

A cell is one model on one task. Its items are measured in batches, here or by other processes (`workers`), and
whoever measures a batch gets the same numbers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import zoo
from explorer.corpora.tasks.task import Task
from explorer.experiments.evaluation import free_run, samples
from explorer.experiments.evaluation.kept import Kept
from explorer.experiments.evaluation.reader import reader
from explorer.experiments.evaluation.results import Results, Setting
from explorer.experiments.evaluation.samples import Sample
from explorer.experiments.evaluation.task_run import Assembled, Choice, batches, scored, surprise
from explorer.fetching.progress import Progress, silent
from explorer.tracing.changes.interventions import Intervention
from explorer.tracing.key import read_interventions

if TYPE_CHECKING:
    from explorer.zoo.model import Model


@dataclass(frozen=True)
class Cell:
    """What is measured."""

    model: str
    task: Task
    choice: Choice = field(default_factory=Choice)
    do: tuple[str, ...] = ()
    """Interventions, as a link writes them."""
    limit: int | None = None

    @property
    def shots(self) -> int:
        return self.task.num_fewshot if self.choice.num_fewshot is None else self.choice.num_fewshot


class Measuring:
    """What measures the batches of a cell. Raises BadRequestError, NotApplicableError."""

    def __init__(
        self, model: Model, task: Task, choice: Choice, interventions: tuple[Intervention, ...], progress: Progress
    ) -> None:
        free_run.check_programs(task)
        self.task, self.progress = task, progress
        self.assembled = Assembled(model, task, wanted(task, choice))
        self.reader = reader(model, interventions, progress)

    def batch(self, places: Sequence[int]) -> list[Sample]:
        """Some items. Raises BadRequestError for one that cannot be measured."""
        if self.task.kind == "loglikelihood_rolling":
            items = [self.task.items[at] for at in places]
            read = (surprise(self.assembled, self.reader, item, self.progress) for item in items)
            return [samples.of_text(item, each) for item, each in zip(items, read, strict=True)]
        if self.task.kind == "generate_until":
            found = free_run.written(self.assembled, self.reader, places, self.progress)
            return [one for each in found for one in free_run.samples(self.task, each)]
        return [samples.of_choices(self.task, each) for each in scored(self.assembled, self.reader, places)]


def wanted(task: Task, choice: Choice) -> Choice:
    """With what the task's own metrics need."""
    return replace(choice, alone=True) if "acc_mutual_info" in task.metrics else choice


def evaluate(
    model: Model,
    task: Task,
    out: Path,
    choice: Choice | None = None,
    interventions: tuple[Intervention, ...] = (),
    limit: int | None = None,
    resume: bool = False,
    progress: Progress = silent,
) -> Results:
    """The results in lm-eval's schema; they and every item lie in `out`.

    Raises BadRequestError (an item that cannot be scored, results that are there already), StorageError: what was
    scored before stays, and `resume` goes on from it.
    """
    began = time.perf_counter()
    do = tuple(each.text for each in interventions)
    cell = Cell(model.name, task, choice or Choice(), do, limit)
    measuring = Measuring(model, task, cell.choice, interventions, progress)
    kept = Kept(out, setting(cell), resume)
    total = len(task.items[:limit])
    for batch in left(cell, kept):
        progress("Items", batch.start, total)
        keep(kept, measuring.batch(batch))
    progress("Items", total, total)
    return kept.finish(time.perf_counter() - began, limit)


def evaluate_cell(cell: Cell, out: Path, resume: bool = False, progress: Progress = silent) -> Results:
    """The same of a cell, whose model is loaded."""
    model, do = zoo.load(cell.model, progress), read_interventions(list(cell.do))
    return evaluate(model, cell.task, out, cell.choice, do, cell.limit, resume, progress)


def setting(cell: Cell) -> Setting:
    """What a cell's files are named by."""
    stamp = zoo.stamp_of(cell.model)
    return Setting(cell.model, stamp, cell.task, wanted(cell.task, cell.choice), cell.shots, cell.do)


def left(cell: Cell, kept: Kept) -> Iterator[range]:
    """Batches with an item that is not measured."""
    return (batch for batch in batches(cell.task, cell.limit) if not kept.done.issuperset(batch))


def keep(kept: Kept, found: Sequence[Sample]) -> None:
    """What is not there yet of a batch that was measured whole."""
    kept.add([each for each in found if each["doc_id"] not in kept.done])
