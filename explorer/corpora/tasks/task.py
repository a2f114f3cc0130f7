"""A task, and its items as a model meets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from explorer.corpora.tasks.template import Template
from explorer.stack.evaluation.exact_match import Matching
from explorer.stack.evaluation.filters import Pipeline
from explorer.stack.evaluation.sandbox import Call

Kind = Literal["multiple_choice", "loglikelihood_rolling", "generate_until"]
Doc = Mapping[str, object]


@dataclass(frozen=True)
class Row:
    """One line of a file of items."""

    file: str
    line: int
    doc: Doc


@dataclass(frozen=True)
class Tested:
    """The function that a program must define, and what it must return."""

    function: str
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Item:
    """What a model is asked: which of the choices follows the prompt; or, where each has a prompt of its own, after
    which of them `rest` is likeliest; or a free answer, of which `choices` are those that count as right."""

    id: int
    row: Row
    prompt: str
    """Without examples."""
    choices: tuple[str, ...]
    gold: int
    rest: str | None = None
    """The continuation of all, where the choices are the contexts."""
    tested: Tested | None = None
    """Where the answer is a program."""

    @property
    def target(self) -> str:
        """The right answer, as an example shows it."""
        return self.choices[self.gold] if self.rest is None else self.rest


@dataclass(frozen=True)
class Free:
    """How a free answer is written, and how it is read."""

    until: tuple[str, ...] = ()
    """Texts before which an answer ends."""
    max_gen_toks: int = 256
    temperature: float = 0.0
    """0: the likeliest token each time."""
    top_k: int = 0
    top_p: float = 1.0
    repeats: int = 1
    """Samples of each item."""
    pipelines: tuple[Pipeline, ...] = (Pipeline("none", ()),)
    matching: Matching = field(default_factory=Matching)
    ks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Of `pass_at_k` and `pass_all_k`: the numbers of samples that are asked about."""
    said: Mapping[str, object] = field(default_factory=dict)
    """The fields of the task's file that all this was read from."""
    where: Mapping[str, str] = field(default_factory=dict)
    """File and line of each of them, as a sentence names it."""


@dataclass(frozen=True)
class Task:
    """A task as its file describes it, with its items."""

    name: str
    folder: Path
    kind: Kind
    items: tuple[Item, ...]
    shots: tuple[Item, ...] = ()
    """Where examples are drawn from."""
    drop_own: bool = False
    """The item itself may be among `shots`, and is left out."""
    description: str = ""
    target_delimiter: str = " "
    fewshot_delimiter: str = "\n\n"
    sampler: Literal["default", "first_n"] = "default"
    num_fewshot: int = 0
    metrics: tuple[str, ...] = ("acc", "acc_norm")
    free: Free = Free()
    """Of a task with free answers."""
    version: str = "1.0"
    metadata: Mapping[str, object] = field(default_factory=dict)

    @property
    def documents(self) -> tuple[str, ...]:
        """Of a task that scores whole texts."""
        return tuple(each.prompt for each in self.items)

    def context(self, item: Item, examples: Sequence[Item]) -> str:
        """The prompt as it is assembled: description, examples with their answers, then the item's own question."""
        return self.description + "".join(map(self._shown, examples)) + item.prompt

    def _shown(self, example: Item) -> str:
        question = example.prompt if example.rest is None else example.choices[example.gold]
        return question + self.target_delimiter + example.target + self.fewshot_delimiter


@dataclass(frozen=True)
class Columns:
    """How an item is made of a row: each is a column's name or a template."""

    text: Template | str
    target: Template | str | int
    choices: Template | str | tuple[str, ...] | None
    metrics: tuple[str, ...] = ()
    """What is made of the answers."""
