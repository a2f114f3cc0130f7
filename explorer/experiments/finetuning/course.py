"""What is taught: conversations of a set of instructions in a model's own template, packed into rows, and the held-out
ones, whose answers are written and compared letter by letter.

A step sees `rows` rows of `length` tokens, several conversations in each, none of which reads another. The rows of a
step follow from the seed and the step alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import torch

from explorer.corpora.instructions import Pair
from explorer.errors import NotApplicableError
from explorer.stack.evaluation.exact_match import Matching
from explorer.stack.finetuning.conversations import Example, Rows, example, packed, padded, told
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.pretraining.batches import Trainable
from explorer.stack.tokenization.chat_template import turn
from explorer.stack.tokenization.tokenizer import Tokenizer
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.chat import ChatTemplate
from explorer.zoo.model import Model


@runtime_checkable
class Speaks(Protocol):
    """How a model is spoken to."""

    def example(self, pair: Pair) -> Example:
        """A request and its answer in tokens."""
        ...

    def asked(self, made: Example) -> list[int]:
        """What stands before the answer."""
        ...

    def said(self, made: Example) -> tuple[list[int], int]:
        """The answer without the mark that ends it, and that mark."""
        ...

    def decode(self, ids: list[int]) -> str:
        """Tokens as text."""
        ...


@dataclass(frozen=True)
class Speech:
    """How a model is spoken to: its template, and the explorer's own tokenizer on its vocabulary."""

    template: ChatTemplate
    tokenizer: Tokenizer

    @classmethod
    def of(cls, model: Model, tokenizer: Tokenizer) -> Speech:
        """Raises NotApplicableError for a model without a template."""
        if (template := ChatTemplate.of(model.tokenizer)) is None:
            raise NotApplicableError("This model has no chat template.", "Choose one that follows chat.")
        return cls(template, tokenizer)

    def example(self, pair: Pair) -> Example:
        """A request and its answer in tokens."""
        turns = [turn("user", pair.request), turn("assistant", pair.answer)]
        return example(self.tokenizer, told(self.template.source, turns, self.template.variables))

    def asked(self, made: Example) -> list[int]:
        """What stands before the answer."""
        return list(made.ids[: made.learnt.index(True)])

    def said(self, made: Example) -> tuple[list[int], int]:
        """The answer without the mark that ends it, and that mark."""
        answer = [token for token, yes in zip(made.ids, made.learnt, strict=True) if yes]
        marks = set(self.tokenizer.specials.values())
        end = next(at for at, token in enumerate(answer) if token in marks)
        return answer[:end], answer[end]

    def decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids)


@dataclass(frozen=True)
class InstructionCourse:
    """One set of instructions, as the training loop takes it."""

    speech: Speaks
    train: Sequence[Pair]
    held_out: Sequence[Pair]
    rows: int = 4
    length: int = 256
    seed: int = 0
    measured: int = 16
    """Held-out conversations whose loss is measured while training."""

    @cached_property
    def packed(self) -> Rows:
        """All of the training set."""
        return packed([self.speech.example(each) for each in self.train], self.length)

    @cached_property
    def held(self) -> tuple[Example, ...]:
        return tuple(self.speech.example(each) for each in self.held_out)

    def batch(self, step: int) -> Rows:
        """Every row once, in an order of the epoch's own, before any row again."""
        whole = self.packed
        assert whole.document is not None
        order: list[int] = []
        epoch, skipped = divmod(step * self.rows, len(whole.ids))
        while len(order) < skipped + self.rows:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            order += torch.randperm(len(whole.ids), generator=generator).tolist()
            epoch += 1
        chosen = order[skipped : skipped + self.rows]
        return Rows(whole.ids[chosen], whole.learnt[chosen], whole.document[chosen])

    @torch.no_grad()
    def losses(self, model: Trainable[Rows], everything: bool = False) -> dict[str, float]:
        """Of the held-out answers, by tokens."""
        chosen = self.held if everything else self.held[: self.measured]
        total = count = 0.0
        for first in range(0, len(chosen), 8):
            rows = padded(chosen[first : first + 8])
            total += float(model.loss(rows).parts["lm"]) * rows.tokens
            count += rows.tokens
        return {"held out": total / count}

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        """Nothing: exact match needs the answers written, which `exact` does."""
        return {}


@dataclass(frozen=True)
class Answered:
    """A held-out request, what was to be said, and what the model says."""

    pair: Pair
    said: str

    @property
    def exact(self) -> bool:
        return Matching().matches(self.said, (self.pair.answer,))


@torch.no_grad()
def answered(
    decoder: Decoder, course: InstructionCourse, items: int, *, at_once: int = 8, tick: Callable[[], None] | None = None
) -> list[Answered]:
    """What a decoder says to held-out requests, the likeliest token each time. tick: called at each token."""
    speech, found = course.speech, list[Answered]()
    engine = Engine(decoder)
    on_token = None if tick is None else lambda _: tick()
    for first in range(0, min(items, len(course.held)), at_once):
        some = course.held[first : min(first + at_once, items)]
        answers = [speech.said(each) for each in some]
        longest = max(len(ids) for ids, _ in answers) + 8
        made = engine.generate(
            [speech.asked(each) for each in some], longest, stop_ids={end for _, end in answers}, on_token=on_token
        )
        for pair, each, (_, end) in zip(course.held_out[first:], made, answers, strict=False):
            new = each.new_ids[:-1] if each.new_ids[-1:] == [end] else each.new_ids
            found.append(Answered(pair, speech.decode(list(new))))
    return found


def share_exact(answers: Sequence[Answered]) -> float:
    return sum(each.exact for each in answers) / len(answers)
