"""The results of a run in lm-eval's schema, from its samples."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from explorer.corpora.tasks.task import Task
from explorer.experiments.evaluation.samples import Sample
from explorer.experiments.evaluation.task_run import Choice
from explorer.stack.evaluation.choices import mean_error
from explorer.stack.evaluation.perplexity import Number, Surprise, perplexity

#: As JSON has it.
Results = dict


@dataclass(frozen=True)
class Setting:
    """All that the numbers depend on."""

    model: str
    stamp: str
    """Of the model's files."""
    task: Task
    choice: Choice
    shots: int
    interventions: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """As a text."""
        task = self.task
        said = [self.model, self.stamp, task.name, self.shots, asdict(self.choice), self.interventions]
        said += [[each.prompt, each.choices, each.gold, each.rest] for each in (*task.items, *task.shots)]
        said += [task.description, task.target_delimiter, task.fewshot_delimiter, task.sampler]
        if task.kind == "generate_until":
            said += [task.free.said]
        return json.dumps(said, ensure_ascii=False, default=str)


def results(setting: Setting, samples: Sequence[Sample], seconds: float, limit: int | None) -> Results:
    """The whole, as lm-eval writes it."""
    task = setting.task
    values = _of_texts(samples) if task.kind == "loglikelihood_rolling" else _of_items(samples)
    metrics = dict.fromkeys(name for name, _ in values)
    higher = {name: not name.endswith(("perplexity", "byte", "score")) for name in metrics}
    row: Results = {"alias": task.name}
    for (name, filtered), (value, error) in values.items():
        row |= {
            f"{name},{filtered}": value,
            f"{name}_stderr,{filtered}": "N/A" if math.isnan(error) else error,
        }
    return {
        "results": {task.name: row},
        "group_subtasks": {task.name: []},
        "configs": {task.name: _config(setting)},
        "versions": {task.name: task.version},
        "n-shot": {task.name: setting.shots},
        "higher_is_better": {task.name: higher},
        "n-samples": {task.name: {"original": len(task.items), "effective": len({each["doc_id"] for each in samples})}},
        "config": {
            "model": "explorer",
            "model_args": {"pretrained": setting.model, "do": ",".join(setting.interventions)},
            "limit": limit,
            "fewshot_seed": setting.choice.seed,
            "choices_of_the_harness": asdict(setting.choice),
        },
        "date": time.time(),
        "total_evaluation_time_seconds": str(seconds),
    }


def _config(setting: Setting) -> Results:
    task = setting.task
    return {
        "task": task.name,
        "output_type": task.kind,
        "description": task.description,
        "target_delimiter": task.target_delimiter,
        "fewshot_delimiter": task.fewshot_delimiter,
        "fewshot_config": {"sampler": task.sampler},
        "num_fewshot": setting.shots,
        "metric_list": [{"metric": each} for each in task.metrics],
        "metadata": dict(task.metadata),
        **task.free.said,
    }


def _of_items(samples: Sequence[Sample]) -> dict[tuple[str, str], tuple[float, float]]:
    """(metric, filter) -> mean and its standard error."""
    found: dict[tuple[str, str], list[float]] = {}
    for each in samples:
        for name in each["metrics"]:
            found.setdefault((name, each["filter"]), []).append(float(each[name]))
    return {key: (sum(values) / len(values), mean_error(values)) for key, values in found.items()}


def _of_texts(samples: Sequence[Sample]) -> dict[tuple[str, str], tuple[float, float]]:
    read = [
        Surprise(
            (-each["resps"][0][0][0],) + (0.0,) * (each["tokens"][0] - 1), each["arguments"]["gen_args_0"]["arg_1"]
        )
        for each in samples
    ]
    made = perplexity(read)

    def both(number: Number) -> tuple[float, float]:
        return number.value, number.error

    return {
        ("word_perplexity", "none"): both(made.word),
        ("byte_perplexity", "none"): both(made.byte),
        ("bits_per_byte", "none"): both(made.bits_per_byte),
    }
