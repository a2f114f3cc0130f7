"""A task, run on a model: every item with each choice's log-likelihood, in batches; every text with its windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from explorer.corpora.tasks.task import Item, Task
from explorer.errors import BadRequestError
from explorer.experiments.evaluation.reader import Reader
from explorer.fetching.progress import Progress, silent
from explorer.stack.evaluation.choices import Choices
from explorer.stack.evaluation.encoding import Encode, pair
from explorer.stack.evaluation.few_shot import SEED, Shots
from explorer.stack.evaluation.perplexity import Surprise
from explorer.stack.evaluation.scoring import Request, Scored
from explorer.stack.evaluation.windows import rolling

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Items of a batch: what was measured is kept after each.
BATCH = 32
Order = Literal["as drawn", "reversed"]


@dataclass(frozen=True)
class Choice:
    """What a harness chooses, beside the task itself. As it stands, it is lm-eval's own."""

    num_fewshot: int | None = None
    """None: as the task says."""
    seed: int = SEED
    order: Order = "as drawn"
    bos: bool = False
    """Put the prefix token before every context, whatever the tokenizer does."""
    apart: bool = False
    """Prompt and choice are encoded each by itself, so that white space at the prompt's end stays there."""
    delimiter: str | None = None
    """Between prompt and choice; None: as the task says."""
    in_prompt: bool = False
    """The delimiter stands at the end of the prompt, and the choice begins without it."""
    alone: bool = False
    """Also score every choice without its prompt, as mutual information needs it."""
    cut: bool = False
    """What is longer than the model's context loses its first tokens, as in lm-eval; otherwise it is an error."""


@dataclass(frozen=True)
class Asked:
    """One item as the model met it."""

    item: Item
    contexts: tuple[str, ...]
    """One, or one a choice."""
    continuations: tuple[str, ...]
    examples: tuple[Item, ...]
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class Answered:
    """One item as it was scored."""

    asked: Asked
    scored: tuple[Scored, ...]
    """Choice by choice."""
    alone: tuple[Scored, ...] = ()

    @property
    def choices(self) -> Choices:
        item = self.asked.item
        return Choices(
            item.choices,
            item.gold,
            tuple(each.total for each in self.scored),
            tuple(len(each.logprobs) for each in self.scored),
            tuple(each.total for each in self.alone),
        )


class Assembled:
    """The items of a task as prompts and tokens, with the examples that are drawn for each."""

    def __init__(self, model: Model, task: Task, choice: Choice | None = None) -> None:
        choice = choice or Choice()
        self.task, self.choice = task, choice
        self.encode, self.prefix = encoder(model)
        self.n_ctx = model.dims.n_ctx
        self.shots = task.num_fewshot if choice.num_fewshot is None else choice.num_fewshot
        self.delimiter = task.target_delimiter if choice.delimiter is None else choice.delimiter
        self._shown = replace(task, target_delimiter=self.delimiter)
        self._shots = Shots([_Drawn(each) for each in task.shots], choice.seed, task.sampler)

    def items(self, limit: int | None = None) -> Iterator[Asked]:
        """All items in the task's order: examples are drawn for every one of them, whether or not it is scored."""
        for item in self.task.items[:limit]:
            yield self._asked(item, self._examples(item))

    def _examples(self, item: Item) -> list[Item]:
        if not self.shots:
            return []
        own = _Drawn(item) if self.task.drop_own else None
        drawn = [each.item for each in self._shots.draw(self.shots, own)]
        return drawn[::-1] if self.choice.order == "reversed" else drawn

    def _asked(self, item: Item, examples: Sequence[Item]) -> Asked:
        if item.rest is None:
            head, before = ("", self.delimiter) if self.choice.in_prompt else (self.delimiter, "")
            contexts: tuple[str, ...] = (self._shown.context(item, examples) + before,)
            continuations = tuple(head + each for each in item.choices)
        else:
            contexts = tuple(self._shown.context(replace(item, prompt=each), examples) for each in item.choices)
            continuations = (self.delimiter + item.rest,)
        pairs = [(context, after) for context in contexts for after in continuations]
        return Asked(
            item, contexts, continuations, tuple(examples), tuple(self._request(item, *each) for each in pairs)
        )

    def _request(self, item: Item, context: str, after: str) -> Request:
        try:
            before, ids = pair(self.encode, context, after, self.prefix, apart=self.choice.apart)
        except BadRequestError as error:
            raise BadRequestError(
                f"{item.row.file}, line {item.row.line}, doc_to_choice: {error.message}", error.hint
            ) from error
        if self.choice.bos and before[:1] != [self.prefix]:
            before = [self.prefix, *before]
        if len(before) + len(ids) - 1 > self.n_ctx and not self.choice.cut:
            raise BadRequestError(
                f"{item.row.file}, line {item.row.line}, doc_to_text: the prompt and its choice have "
                f"{len(before) + len(ids):,} tokens, and the model reads {self.n_ctx:,}.",
                "Take fewer examples, or cut it from the left as lm-eval does (--cut).",
            )
        return Request(tuple(before), tuple(ids))

    def alone(self, asked: Asked) -> tuple[Request, ...]:
        """Every choice behind the prefix token alone."""
        after = (
            asked.continuations if len(asked.contexts) == 1 else tuple(self.delimiter + c for c in asked.item.choices)
        )
        return tuple(self._request(asked.item, "", each) for each in after)


@dataclass(frozen=True, eq=False)
class _Drawn:
    """An item among the examples: the same as another whose row says the same, as lm-eval has it."""

    item: Item

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Drawn) and self.item.row.doc == other.item.row.doc

    __hash__ = None  # pyright: ignore[reportAssignmentType]


def encoder(model: Model) -> tuple[Encode, int]:
    """The model's tokenizer as harnesses call it, and the token that stands for no context: BOS, or else EOS."""
    tokenizer = model.tokenizer
    prefix = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    if not isinstance(prefix, int):
        raise BadRequestError(f"{model.card.title} has neither BOS nor EOS.", "Open another model.")
    first = tokenizer.convert_ids_to_tokens(prefix)

    def encode(text: str, special: bool) -> list[int]:
        # a text that writes BOS out already gets no second one
        return list(tokenizer.encode(text, add_special_tokens=special and not text.startswith(str(first))))

    return encode, prefix


def answered(
    assembled: Assembled,
    reader: Reader,
    limit: int | None = None,
    done: frozenset[int] = frozenset(),
    progress: Progress = silent,
) -> Iterator[list[Answered]]:
    """Batch after batch. `done`: places of items that are not scored again."""
    total = min(len(assembled.task.items), limit or len(assembled.task.items))
    batch: list[Asked] = []
    for seen, asked in enumerate(assembled.items(limit), 1):
        if asked.item.id not in done:
            batch.append(asked)
        if len(batch) == BATCH or (seen == total and batch):
            progress("Items", seen - len(batch), total)
            yield _scored(assembled, reader, batch)
            batch = []
    progress("Items", total, total)


def _scored(assembled: Assembled, reader: Reader, batch: Sequence[Asked]) -> list[Answered]:
    of_items = [each.requests for each in batch]
    alone = [assembled.alone(each) if assembled.choice.alone else () for each in batch]
    requests = [one for each in (*of_items, *alone) for one in each]
    found = dict(reader.score(requests))
    at = iter(range(len(requests)))
    scored, without = ([tuple(found[next(at)] for _ in each) for each in asked] for asked in (of_items, alone))
    return [Answered(*each) for each in zip(batch, scored, without, strict=True)]


def surprise(assembled: Assembled, reader: Reader, item: Item, progress: Progress = silent) -> Surprise:
    """A whole text, token by token, in lm-eval's rolling windows."""
    ids = assembled.encode(item.prompt, True)
    windows = list(rolling(ids, assembled.prefix, reader.n_ctx))
    nats: list[float] = []
    for window in windows:
        progress("Tokens", len(nats), len(ids))
        nats += reader.surprises(window.ids, window.targets).tolist()
    return Surprise(tuple(nats), item.prompt)


def fair_coin(choices: Sequence[Item]) -> float:
    """The accuracy of drawing a choice at random: chance."""
    return sum(1 / len(each.choices) for each in choices) / len(choices)
