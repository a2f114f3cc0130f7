"""A whole evaluation, as the command line runs it: score, keep, go on from what was kept, write the results."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import zoo
from explorer.corpora.tasks.task import Task
from explorer.experiments.evaluation.kept import Kept, Results, Setting, sample, sample_of_text
from explorer.experiments.evaluation.reader import reader
from explorer.experiments.evaluation.task_run import Assembled, Choice, answered, surprise
from explorer.fetching.progress import Progress, silent
from explorer.tracing.changes.interventions import Intervention

if TYPE_CHECKING:
    from explorer.zoo.model import Model


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
    choice = choice or Choice()
    if "acc_mutual_info" in task.metrics:
        choice = replace(choice, alone=True)
    assembled = Assembled(model, task, choice)
    texts = tuple(each.text for each in interventions)
    setting = Setting(model.name, zoo.stamp_of(model.name), task, choice, assembled.shots, texts)
    kept = Kept(out, setting, resume)
    using = reader(model, interventions, progress)
    if task.kind == "loglikelihood_rolling":
        for item in task.items[:limit]:
            if item.id not in kept.done:
                kept.add([sample_of_text(item, surprise(assembled, using, item, progress))])
    else:
        for batch in answered(assembled, using, limit, kept.done, progress):
            kept.add([sample(task, each) for each in batch])
    return kept.finish(time.perf_counter() - began, limit)
