"""Programs that a model writes, and what becomes of them in the sandbox; or a recorded sampling, where none may run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from explorer import places
from explorer.corpora.small_programs import Task, programs
from explorer.experiments.progress import Ticks, unheard
from explorer.fetching.progress import Progress, silent
from explorer.stack.evaluation import sandbox
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing.capturing.capture import stop_ids

if TYPE_CHECKING:
    from explorer.zoo.model import Model

RECORDED = places.assets() / "recorded" / "code_samples.json"
#: Tokens that a program may take, and what the recorded one was sampled with.
NEW, SAMPLES, TEMPERATURE, SEED = 32, 10, 0.6, 0
#: Choices that are counted one by one at most.
MOST_CHOICES = 20_000


@dataclass(frozen=True)
class Sample:
    """One program, and what became of it."""

    written: str
    """What the model went on with, up to the first line that is not of the function."""
    verdict: sandbox.Verdict
    right: int
    message: str
    seconds: float


@dataclass(frozen=True)
class Tried:
    """One task with all its samples."""

    name: str
    prompt: str
    calls: int
    samples: tuple[Sample, ...]

    @property
    def passed(self) -> int:
        return sum(sample.verdict == "passed" for sample in self.samples)


def tried(model: Model, samples: int, temperature: float, seed: int, tell: Ticks = unheard) -> Iterator[Tried]:
    """Task by task."""
    tasks = programs()
    for done, task in enumerate(tasks):
        tell(done, len(tasks))
        yield Tried(
            task.name, task.prompt, len(task.calls),
            tuple(judged(task, text) for text in written(model, task, samples, temperature, seed)),
        )  # fmt: skip
    tell(len(tasks), len(tasks))


def written(model: Model, task: Task, samples: int, temperature: float, seed: int) -> list[str]:
    """What the model goes on with, sample by sample."""
    prompt = model.vocabulary.encode(task.prompt)
    sampler = Sampler(temperature=temperature)
    made = Engine(model.decoder).generate([prompt] * samples, NEW, sampler, seed, stop_ids(model))
    return [own_lines(str(model.tokenizer.decode(each.new_ids, skip_special_tokens=True))) for each in made]


def own_lines(text: str) -> str:
    r"""Up to the first line that begins at the margin: it is no more of the function.

    >>> own_lines(" a + b\n\ndef other():\n    pass")
    ' a + b'
    """
    first, *rest = text.split("\n")
    kept = [first]
    for line in rest:
        if line and not line[0].isspace():
            break
        kept.append(line)
    return "\n".join(kept).rstrip()


def judged(task: Task, text: str) -> Sample:
    made = sandbox.run(task.prompt + text + "\n", task.function, task.calls)
    return Sample(text, made.verdict, made.right, made.message, round(made.seconds, 4))


def mean_over_choices(n: int, c: int, k: int) -> float | None:
    """The part of all choices of k samples with a right one, counted choice by choice; None where they are too many."""
    total = right = 0
    for chosen in combinations(range(n), k):
        total += 1
        right += chosen[0] < c  # the right ones are numbered first
        if total > MOST_CHOICES:
            return None
    return right / total


@dataclass(frozen=True)
class Recording:
    """A sampling that was kept: which model wrote it, how, and what became of it."""

    model: str
    temperature: float
    seed: int
    tasks: tuple[Tried, ...]


def record(progress: Progress = silent) -> Recording:
    """Sample the default model, and keep it for servers on which no program runs:

    python -c "from explorer.experiments.evaluation import code; code.record()"
    """
    from explorer import zoo

    model = zoo.load(zoo.DEFAULT)
    tasks = tuple(tried(model, SAMPLES, TEMPERATURE, SEED, lambda *at: progress("Tasks", *at)))
    made = Recording(model.card.title, TEMPERATURE, SEED, tasks)
    RECORDED.write_text(json.dumps(asdict(made), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return made


def recorded() -> Recording:
    """The sampling that was kept."""
    found = json.loads(RECORDED.read_text(encoding="utf-8"))
    tasks = tuple(
        Tried(each["name"], each["prompt"], each["calls"], tuple(Sample(**sample) for sample in each["samples"]))
        for each in found["tasks"]
    )
    return Recording(found["model"], found["temperature"], found["seed"], tasks)
