"""Worked examples before an item: accuracy by their number, order and draw; and the loss of answer after answer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import torch

from explorer.corpora.tasks.task import Item, Task
from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.evaluation.one_item import whole_pass_error
from explorer.experiments.evaluation.reader import Shared
from explorer.experiments.evaluation.task_run import Answered, Assembled, Choice, answered, encoder
from explorer.fetching.progress import Progress, silent
from explorer.stack.evaluation.encoding import pair
from explorer.stack.evaluation.scoring import Request, surprises
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.zoo.model import Model

Arm = Literal["as drawn", "reversed", "second draw", "third draw"]
ARMS: dict[Arm, Choice] = {
    "as drawn": Choice(),
    "reversed": Choice(order="reversed"),
    "second draw": Choice(seed=1),
    "third draw": Choice(seed=2),
}
COUNTS = (0, 1, 2, 4, 8, 16)
#: Items of each point that transformers reads as well.
CHECKED = 1


@dataclass(frozen=True)
class Point:
    """All items behind so many examples."""

    shots: int
    arm: Arm
    found: tuple[Answered, ...]


@dataclass(frozen=True)
class Curve:
    """As far as it is measured."""

    task: Task
    points: tuple[Point, ...]
    total: int
    stopped: str = ""
    """Why more examples are not measured."""

    @property
    def whole(self) -> bool:
        return bool(self.stopped) or len(self.points) == self.total


def plan(most: int) -> list[tuple[int, Arm]]:
    """Without examples there is nothing to draw, and one example has no order.

    >>> plan(1)
    [(0, 'as drawn'), (1, 'as drawn'), (1, 'second draw'), (1, 'third draw')]
    """
    counts = [n for n in COUNTS if n <= most]
    return [(n, arm) for n in counts for arm in ARMS if arm == "as drawn" or n > (arm == "reversed")]


def curve(model: Model, task: Task, items: int, most: int, progress: Progress = silent) -> Iterator[Curve]:
    """Point after point. An item is never among its own examples."""
    _check_choices(task)
    reader, todo = Shared(model), plan(most)
    apart = replace(task, drop_own=True)
    made = Curve(task, (), len(todo))
    for at, (n, arm) in enumerate(todo):
        found: list[Answered] = []
        try:
            for batch in answered(Assembled(model, apart, replace(ARMS[arm], num_fewshot=n)), reader, items):
                found += batch
                progress("Items", at * items + len(found), len(todo) * items)
        except BadRequestError as error:
            if not n:
                raise
            yield replace(made, stopped=f"{n} examples are not measured. {error.message}")
            return
        made = replace(made, points=(*made.points, Point(n, arm, tuple(found))))
        yield made


def whole_passes_error(model: Model, made: Curve) -> tuple[int, float]:
    """How many choices transformers has read whole, and the largest gap in nats."""
    some = [each for point in made.points for each in point.found[:CHECKED]]
    return sum(len(each.scored) for each in some), worst(whole_pass_error(model, each) for each in some)


@dataclass(frozen=True, eq=False)
class Sequence:
    """Examples of a task one after another in one prompt."""

    examples: tuple[Item, ...]
    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    """Places of each answer's tokens."""
    here: tuple[float, ...]
    """-log p of each answer behind all that stands before it, in nats."""
    alone: tuple[float, ...]
    """The same behind its own question only."""


def sequences(
    model: Model, task: Task, count: int, length: int, seed: int, progress: Progress = silent
) -> Iterator[Sequence]:
    """Each with other examples. Raises NotApplicableError for what is longer than the model's context."""
    _check_choices(task)
    for at in range(count):
        progress("Sequences", at, count)
        drawn = random.Random(f"{seed} {at}").sample(task.items, min(length, len(task.items)))  # noqa: S311 - examples
        yield _read(model, task, drawn)
    progress("Sequences", count, count)


def _read(model: Model, task: Task, drawn: list[Item]) -> Sequence:
    ids, spans = _laid_out(model, task, drawn)
    if len(ids) > model.dims.n_ctx:
        raise NotApplicableError(
            f"{len(drawn)} examples have {len(ids):,} tokens, and the model reads {model.dims.n_ctx:,}.",
            "Take fewer examples, or another task.",
        )
    nats = surprises(model.decoder, ids[:-1], ids[1:]).tolist()
    encode, prefix = encoder(model)
    first = task.description
    pairs = [
        pair(encode, first + _question(each), task.target_delimiter + each.target, prefix, special=False)
        for each in drawn
    ]
    scored = dict(Shared(model).score([Request((prefix, *before), tuple(after)) for before, after in pairs]))
    here = tuple(sum(nats[start - 1 : end - 1]) for start, end in spans)
    return Sequence(tuple(drawn), tuple(ids), tuple(spans), here, tuple(-scored[at].total for at in range(len(drawn))))


def _laid_out(model: Model, task: Task, drawn: list[Item]) -> tuple[list[int], list[tuple[int, int]]]:
    """The tokens of all, behind the prefix token, and where each answer lies."""
    encode, prefix = encoder(model)
    text, spans = task.description, list[tuple[int, int]]()
    for each in drawn:
        text += _question(each)
        before = len(encode(text.rstrip(), False))
        text += task.target_delimiter + each.target
        spans.append((before + 1, len(encode(text, False)) + 1))
        text += task.fewshot_delimiter
    return [prefix, *encode(text.rstrip(), False)], spans


def _question(item: Item) -> str:
    return item.prompt if item.rest is None else item.choices[item.gold]


@torch.inference_mode()
def elsewhere_error(model: Model, read: Sequence) -> float:
    """Each answer's loss in the sequence against one pass of transformers: largest gap, in nats."""
    ids = torch.tensor([read.ids])
    logp = model.hf(ids, use_cache=False).logits[0, :-1].double().log_softmax(-1)
    nats = -logp.gather(-1, ids[0, 1:, None])[:, 0]
    sums = (float(nats[start - 1 : end - 1].sum()) for start, end in read.spans)
    return worst(abs(a - b) for a, b in zip(sums, read.here, strict=True))


def _check_choices(task: Task) -> None:
    if task.kind != "multiple_choice":
        raise NotApplicableError(f"The task “{task.name}” has no choices.", "Choose another task.")
