"""A task, run on a model: every item with each choice's log-likelihood, in batches; every text with its windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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

#: Items of a batch: what was measured is kept after each. Rows of answers that are written at once.
BATCH, ROWS = 32, 16
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


@dataclass(frozen=True)
class Prompted:
    """One item that is answered freely, as the model met it."""

    item: Item
    context: str
    ids: tuple[int, ...]


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
        self._drawn: list[list[Item]] = []

    def items(self, limit: int | None = None) -> Iterator[Asked]:
        """All items in the task's order."""
        for at in range(len(self.task.items[:limit])):
            yield self.asked(at)

    def asked(self, at: int) -> Asked:
        """One item with its choices."""
        return self._asked(self.task.items[at], self.examples(at))

    def prompted(self, at: int) -> Prompted:
        """One item that is answered freely."""
        item, new = self.task.items[at], self.task.free.max_gen_toks
        context = self._shown.context(item, self.examples(at))
        ids = self.encode(context, True) or [self.prefix]
        if self.choice.bos and ids[:1] != [self.prefix]:
            ids = [self.prefix, *ids]
        room = self.n_ctx - new
        if room < 1 or (len(ids) > room and not self.choice.cut):
            raise BadRequestError(
                f"{item.row.file}, line {item.row.line}, doc_to_text: the prompt has {len(ids):,} tokens and its "
                f"answer up to {new:,}, and the model reads {self.n_ctx:,}.",
                "Take fewer examples or a smaller max_gen_toks, or cut it from the left as lm-eval does (--cut).",
            )
        return Prompted(item, context, tuple(ids[-room:]))

    def examples(self, at: int) -> list[Item]:
        """Those of one item: they are drawn for every one before it, whether or not it is scored."""
        while len(self._drawn) <= at:
            self._drawn.append(self._examples(self.task.items[len(self._drawn)]))
        return self._drawn[at]

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


def batches(task: Task, limit: int | None = None) -> list[range]:
    """Places of items that are measured together: the same ones whoever measures them, and whatever is kept already,
    since a batch's numbers depend on what else is in it, in their last bits."""
    total = len(task.items[:limit])
    size = {"loglikelihood_rolling": 1, "generate_until": max(1, ROWS // task.free.repeats)}.get(task.kind, BATCH)
    return [range(at, min(at + size, total)) for at in range(0, total, size)]


def answered(
    assembled: Assembled, reader: Reader, limit: int | None = None, progress: Progress = silent
) -> Iterator[list[Answered]]:
    """Batch after batch."""
    total = len(assembled.task.items[:limit])
    for batch in batches(assembled.task, limit):
        progress("Items", batch.start, total)
        yield scored(assembled, reader, batch)
    progress("Items", total, total)


def scored(assembled: Assembled, reader: Reader, places: Iterable[int]) -> list[Answered]:
    """The choices of some items."""
    batch = [assembled.asked(at) for at in places]
    of_items = [each.requests for each in batch]
    alone = [assembled.alone(each) if assembled.choice.alone else () for each in batch]
    requests = [one for each in (*of_items, *alone) for one in each]
    found = dict(reader.score(requests))
    at = iter(range(len(requests)))
    given, without = ([tuple(found[next(at)] for _ in each) for each in asked] for asked in (of_items, alone))
    return [Answered(*each) for each in zip(batch, given, without, strict=True)]


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
