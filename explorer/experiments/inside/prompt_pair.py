"""Two prompts of equal length on the model on screen: a task's, or this run's and one that a person has changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.corpora.prompt_pairs import TASKS, Task, fitted
from explorer.errors import NotApplicableError
from explorer.stack.frontier.carried import Contrast, Recorded, recorded

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Tokens of a prompt whose every cell is patched.
MOST = 64
#: How much greater the answer's lead must be behind the clean prompt than behind the changed one, in logits, for the
#: model to tell the two apart: shares of a smaller difference say little.
TOLD = 0.5


@dataclass(frozen=True, eq=False)
class Pair:
    """Both texts as token ids, and which answer counts."""

    clean: Int[Tensor, " pos"]
    corrupt: Int[Tensor, " pos"]
    metric: Contrast

    @property
    def first(self) -> int:
        """The first position at which they differ: what lies before it is the same in both runs."""
        return int((self.clean != self.corrupt).nonzero()[0])

    @property
    def answers(self) -> tuple[int, ...]:
        return _tuple(self.metric.token)

    @property
    def rivals(self) -> tuple[int, ...]:
        return _tuple(self.metric.rival)


@dataclass(frozen=True, eq=False)
class Runs:
    """A pair as the model reads it. `score` is of the clean answer over the corrupt one, in logits."""

    pair: Pair
    clean: Recorded
    corrupt: Recorded

    @property
    def scores(self) -> tuple[float, float]:
        """Of the clean and of the corrupt run."""
        both = self.pair.metric(torch.stack([self.clean.logits, self.corrupt.logits]))
        return float(both[0]), float(both[1])


def of_task(model: Model, task: Task, item: int) -> Pair:
    """A task's pair, the first at 0. Raises NotApplicableError where the tokenizer has none."""
    found = next(islice(fitted(task, model.vocabulary.encode, item), 1), None)
    if found is None:
        raise NotApplicableError(
            f"This model’s tokenizer does not fit the task “{TASKS[task]}”: its answers are several tokens each.",
            "Choose another task.",
        )
    encode = model.vocabulary.encode
    clean, corrupt = (torch.tensor(encode(text)) for text in (found.pair.clean, found.pair.corrupt))
    return Pair(clean, corrupt, Contrast(found.answers, found.rivals))


def of_texts(decoder: Decoder, clean: Sequence[int], corrupt: Sequence[int]) -> Pair:
    """Two texts of one's own. The answers are what the model says to either; to both the same: its second to the clean.

    Raises NotApplicableError where no position of one belongs to the same position of the other.
    """
    if len(clean) != len(corrupt):
        raise NotApplicableError(
            f"The changed prompt has {len(corrupt)} tokens and this run’s {len(clean)}: a position of one must be that "
            "of the other.",
            "Replace words by others of as many tokens.",
        )
    if list(clean) == list(corrupt):
        raise NotApplicableError("Both prompts are the same.", "Change a word of it.")
    ids = [torch.tensor(list(each)) for each in (clean, corrupt)]
    with torch.no_grad():
        said = [decoder(each[None], last_only=True)[0, -1] for each in ids]
    answer, second = said[0].topk(2).indices.tolist()
    rival = int(said[1].argmax())
    return Pair(ids[0], ids[1], Contrast((answer,), (second if rival == answer else rival,)))


def run_both(decoder: Decoder, pair: Pair) -> Runs:
    """Raises NotApplicableError for prompts that are too long to patch everywhere."""
    if len(pair.clean) > MOST:
        raise NotApplicableError(
            f"Each of {len(pair.clean)} positions is patched in each block; up to {MOST} are.", "Shorten the prompt."
        )
    return Runs(pair, recorded(decoder, pair.clean), recorded(decoder, pair.corrupt))


def opening_task(model: Model, decoder: Decoder) -> Task | None:
    """The first task whose example 0 fits the tokenizer and is told apart by the model; of those that fit the one that
    it tells apart best, if none is; None where none fits."""
    if model not in _OPENING:
        _OPENING[model] = _opening_task(model, decoder)
    return _OPENING[model]


_OPENING: WeakKeyDictionary[Model, Task | None] = WeakKeyDictionary()


def _opening_task(model: Model, decoder: Decoder) -> Task | None:
    told: dict[Task, float] = {}
    for task in TASKS:
        try:
            clean, corrupt = run_both(decoder, of_task(model, task, 0)).scores
        except NotApplicableError:
            continue
        told[task] = clean - corrupt
        if told[task] >= TOLD:
            return task
    return max(told, key=lambda task: told[task], default=None)


def _tuple(tokens: int | tuple[int, ...] | None) -> tuple[int, ...]:
    return () if tokens is None else (tokens,) if isinstance(tokens, int) else tokens
