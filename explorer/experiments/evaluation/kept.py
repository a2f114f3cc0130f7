"""What an evaluation leaves: a line for each item as soon as it is scored, and the whole in lm-eval's result schema.

``samples_<task>_<key>.jsonl`` grows batch by batch; ``results_<task>_<key>.json`` is written at the end. The key is a
hash of all that the numbers depend on (model, task's files, settings, interventions), so that a run goes on only from
its own beginning, and two runs never share a file. A last line that was cut short by a full disk or a stopped process
is left out when the run goes on.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from explorer.corpora.tasks.task import Item, Task
from explorer.errors import BadRequestError, StorageError
from explorer.experiments.evaluation.task_run import Answered, Choice
from explorer.fetching.cache import is_full
from explorer.stack.evaluation.choices import METRICS, mean_error
from explorer.stack.evaluation.perplexity import Number, Surprise, perplexity

#: As JSON has it.
Sample = dict
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
    def key(self) -> str:
        said = [self.model, self.stamp, self.task.name, self.shots, asdict(self.choice), self.interventions]
        said += [[each.prompt, each.choices, each.gold, each.rest] for each in (*self.task.items, *self.task.shots)]
        said += [self.task.description, self.task.target_delimiter, self.task.fewshot_delimiter, self.task.sampler]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:12]


class Kept:
    """The files of one run."""

    def __init__(self, folder: Path, setting: Setting, resume: bool) -> None:
        """Raises BadRequestError where results are there and are not to be gone on from, StorageError."""
        self.folder, self.setting = folder, setting
        self.samples_file = folder / f"samples_{setting.task.name}_{setting.key}.jsonl"
        self.results_file = folder / f"results_{setting.task.name}_{setting.key}.json"
        self.samples: list[Sample] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self.samples_file.exists():
                if not resume:
                    raise BadRequestError(
                        f"{self.samples_file} is there already.", "Go on from it with --resume, or name another --out."
                    )
                self._read()
        except OSError as error:
            raise self._full(error) from error

    @property
    def done(self) -> frozenset[int]:
        """Items that were scored before."""
        return frozenset(int(each["doc_id"]) for each in self.samples)

    def _read(self) -> None:
        whole = list[str]()
        for line in self.samples_file.read_text(encoding="utf-8").splitlines(keepends=True):
            try:
                self.samples.append(json.loads(line))
            except ValueError:  # cut short
                break
            whole.append(line)
        self.samples_file.write_text("".join(whole), encoding="utf-8")

    def add(self, samples: Sequence[Sample]) -> None:
        """Keep some more. Raises StorageError where the disk is full: what was kept before stays."""
        lines = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in samples)
        try:
            with self.samples_file.open("a", encoding="utf-8") as file:
                file.write(lines)
        except OSError as error:
            raise self._full(error) from error
        self.samples += samples

    def finish(self, seconds: float, limit: int | None) -> Results:
        """Write the results, and return them."""
        made = results(self.setting, sorted(self.samples, key=lambda each: each["doc_id"]), seconds, limit)
        text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
        try:
            self.results_file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise self._full(error) from error
        return made

    def _full(self, error: OSError) -> StorageError:
        n = f"{len(self.samples):,} scored items are kept" if self.samples else "nothing was kept"
        why = "its disk is full" if is_full(error) else str(error.strerror)
        return StorageError(
            f"{self.folder} cannot be written: {why}; {n}.",
            "Make room, then go on with --resume, or name another --out.",
        )


# ---- lm-eval's schema ------------------------------------------------------------------------------------------------


def sample(task: Task, answer: Answered) -> Sample:
    """One scored item as lm-eval logs it."""
    item, choices = answer.asked.item, answer.choices
    pairs = [(context, after) for context in answer.asked.contexts for after in answer.asked.continuations]
    responses = [(each.total, each.greedy) for each in (*answer.scored, *answer.alone)]
    made = _sample(item, item.gold if item.rest is None else item.rest, pairs, responses)
    values: Sample = {}
    for metric in task.metrics:
        if metric == "brier_score":
            values[metric] = choices.brier
        elif METRICS[metric] in choices.rules:
            values[metric] = float(choices.right(METRICS[metric]))
    return made | {"metrics": list(values), "tokens": list(choices.tokens)} | values


def sample_of_text(item: Item, read: Surprise) -> Sample:
    """One scored text."""
    total = -sum(read.nats)
    made = _sample(item, item.prompt, [("", item.prompt)], [(total, False)])
    return made | {"metrics": ["word_perplexity", "byte_perplexity", "bits_per_byte"], "tokens": [len(read.nats)]}


def _sample(
    item: Item, target: object, pairs: Sequence[tuple[str, str]], responses: Sequence[tuple[float, bool]]
) -> Sample:
    doc = json.dumps(item.row.doc, indent=2, ensure_ascii=False)
    return {
        "doc_id": item.id,
        "doc": item.row.doc,
        "target": target,
        "arguments": {f"gen_args_{at}": {"arg_0": a, "arg_1": b} for at, (a, b) in enumerate(pairs)},
        "resps": [[[value, greedy]] for value, greedy in responses],
        "filtered_resps": [[value, greedy] for value, greedy in responses],
        "filter": "none",
        "doc_hash": _hash(doc),
        "prompt_hash": _hash(pairs[0][0]),
        "target_hash": _hash(str(target)),
    }


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def results(setting: Setting, samples: Sequence[Sample], seconds: float, limit: int | None) -> Results:
    """The whole, as lm-eval writes it."""
    task = setting.task
    values = _of_texts(samples) if task.kind == "loglikelihood_rolling" else _of_choices(task.metrics, samples)
    higher = {name: not name.endswith(("perplexity", "byte", "score")) for name in values}
    row: Results = {"alias": task.name}
    for name, (value, error) in values.items():
        row |= {f"{name},none": value, f"{name}_stderr,none": error if error == error else "N/A"}
    return {
        "results": {task.name: row},
        "group_subtasks": {task.name: []},
        "configs": {task.name: _config(setting)},
        "versions": {task.name: task.version},
        "n-shot": {task.name: setting.shots},
        "higher_is_better": {task.name: higher},
        "n-samples": {task.name: {"original": len(task.items), "effective": len(samples)}},
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
    }


def _of_choices(metrics: Sequence[str], samples: Sequence[Sample]) -> dict[str, tuple[float, float]]:
    found: dict[str, tuple[float, float]] = {}
    for name in metrics:
        values = [float(each[name]) for each in samples if name in each]
        if values:
            found[name] = (sum(values) / len(values), mean_error(values))
    return found


def _of_texts(samples: Sequence[Sample]) -> dict[str, tuple[float, float]]:
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
        "word_perplexity": both(made.word),
        "byte_perplexity": both(made.byte),
        "bits_per_byte": both(made.bits_per_byte),
    }
