"""Free answers of a task: written by the model, cut out by each of the task's pipelines, and compared; or run, where
they are programs.

Sample r of item i draws with the seed (s, i, r), so that an answer depends neither on the batch that it is written in
nor on who writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from explorer.corpora.tasks.task import Free, Item, Task
from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.evaluation.reader import Reader, Writing
from explorer.experiments.evaluation.samples import Sample, logged
from explorer.experiments.evaluation.task_run import Assembled, Prompted
from explorer.fetching.progress import Progress, silent
from explorer.stack.evaluation import sandbox
from explorer.stack.evaluation.filters import PatternSlow, Pipeline, applied
from explorer.stack.evaluation.pass_at_k import pass_all_k, pass_at_k
from explorer.stack.inference.decoding.sampling import Sampler

#: Seeds of one item's samples lie apart by more than there are samples.
APART = 1 << 10


@dataclass(frozen=True)
class Written:
    """One item with the model's answers."""

    prompted: Prompted
    texts: tuple[str, ...]
    """Sample by sample, each up to where it ends."""


def check_programs(task: Task) -> None:
    """Raises NotApplicableError for a task of programs where none can be shut in."""
    if any(each.tested for each in task.items[:1]) and (reason := sandbox.refusal()):
        raise NotApplicableError(f"The task “{task.name}” runs programs. {reason}", "Run it in a Linux container.")


def written(assembled: Assembled, reader: Reader, places: Sequence[int], progress: Progress = silent) -> list[Written]:
    """The answers to some items."""
    free, seed = assembled.task.free, assembled.choice.seed
    asked = [assembled.prompted(at) for at in places]
    rows = [each.ids for each in asked for _ in range(free.repeats)]
    seeds = [(seed << 32) + at * APART + sample for at in places for sample in range(free.repeats)]
    texts = iter(reader.write(rows, way(free), seeds, progress))
    return [Written(each, tuple(next(texts) for _ in range(free.repeats))) for each in asked]


def way(free: Free) -> Writing:
    sampler = Sampler(temperature=free.temperature, top_k=free.top_k, top_p=free.top_p)
    return Writing(sampler if free.temperature else Sampler(temperature=0), free.max_gen_toks, free.until)


# ---- what an answer is worth -----------------------------------------------------------------------------------------


def samples(task: Task, answer: Written) -> list[Sample]:
    """The item as lm-eval logs it: a line for each pipeline. Raises BadRequestError for a pattern that does not end."""
    return [_sample(task, answer, each) for each in task.free.pipelines]


def _sample(task: Task, answer: Written, pipeline: Pipeline) -> Sample:
    item, free = answer.prompted.item, task.free
    try:
        left = applied(pipeline.steps, answer.texts, item.prompt)
    except PatternSlow as error:
        raise _slow(free, "filter_list", error) from error
    target = item.choices[0] if len(item.choices) == 1 else list(item.choices)
    made = logged(item, target, [(answer.prompted.context, dict(_said(free)))], [list(answer.texts)])
    values = _of_programs(task, item, left) if item.tested else _compared(task, item, left[0])
    return made | {"filtered_resps": [left[0]] if pipeline.one else [left], "filter": pipeline.name} | values


def _said(free: Free) -> Sample:
    said = free.said.get("generation_kwargs")
    return said if isinstance(said, dict) else {}


def _compared(task: Task, item: Item, answer: str) -> Sample:
    if "exact_match" not in task.metrics:
        return {"metrics": []}
    try:
        right = task.free.matching.matches(answer, item.choices)
    except PatternSlow as error:
        raise _slow(task.free, "metric_list", error) from error
    return {"metrics": ["exact_match"], "exact_match": float(right)}


def _of_programs(task: Task, item: Item, programs: Sequence[str]) -> Sample:
    assert item.tested is not None
    outcomes = [sandbox.run(each + "\n", item.tested.function, item.tested.calls) for each in programs]
    n, c = len(outcomes), sum(each.passed for each in outcomes)
    values: Sample = {}
    if "pass_at_k" in task.metrics:
        values |= {f"pass@{k}": pass_at_k(n, c, k) for k in task.free.ks["pass_at_k"]}
    if "pass_all_k" in task.metrics:
        values |= {f"pass^{k}": pass_all_k(n, c, k) for k in task.free.ks["pass_all_k"]}
    verdicts = [
        {name: value for name, value in asdict(each).items() if name in ("verdict", "right", "message")}
        for each in outcomes
    ]
    return {"metrics": list(values), "verdicts": verdicts} | values


def _slow(free: Free, field: str, error: PatternSlow) -> BadRequestError:
    where = free.where.get(field, field)
    return BadRequestError(f"{where}: {error}.", "Write the pattern so that no two parts of it match the same text.")
