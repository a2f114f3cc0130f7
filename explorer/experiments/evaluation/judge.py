"""A model of the shelf as judge: pairs of answers with known truth, each read in both orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import torch

from explorer.corpora.minimal_pairs import agreement
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.evaluation.judge import Verdict, verdict

if TYPE_CHECKING:
    from explorer.zoo.model import Model

Kind = Literal["sum", "copy", "grammar"]
Marks = Literal["letters", "numbers"]
#: What the two places are called, and what the judge is asked for.
MARKS: dict[Marks, tuple[str, str]] = {"letters": (" A", " B"), "numbers": (" 1", " 2")}
WORDS = ("river", "stone", "candle", "garden", "window", "silver", "market", "winter")


class Question(NamedTuple):
    """Two answers to one question; the first is right."""

    kind: Kind
    question: str
    right: str
    wrong: str


@dataclass(frozen=True)
class Judged:
    """A question with the judge's log-odds."""

    question: Question
    verdict: Verdict
    """x is the right answer."""


def questions(each: int) -> tuple[Question, ...]:
    """So many of each kind, made by rules.

    >>> [question.right for question in questions(1)]
    ['5', 'river', 'The dog near the cars is old.']
    """
    sums = [
        Question("sum", f"What is {a} + {b}?", str(a + b), str(a + b + 1 + at % 3))
        for at, (a, b) in enumerate((2 + at % 7, 3 + at // 2) for at in range(each))
    ]
    copies = [
        Question("copy", f"Write the word “{word}”.", word, WORDS[(at + 3) % len(WORDS)])
        for at, word in ((at, WORDS[at % len(WORDS)]) for at in range(each))
    ]
    # "is old" and "are old": every third pair has these verbs
    pairs = [pair for pair in agreement() if pair.right in (" is", " are")][:each]
    grammar = [
        Question(
            "grammar",
            "Which sentence is correct?",
            f"{pair.prefix}{pair.right} old.",
            f"{pair.prefix}{pair.wrong} old.",
        )
        for pair in pairs
    ]
    return (*sums, *copies, *grammar)


def prompt(question: Question, first: str, second: str, marks: Marks) -> str:
    """What the judge reads; the next token is its verdict."""
    one, other = (mark.strip() for mark in MARKS[marks])
    return (
        f"Question: {question.question}\nAnswer {one}: {first}\nAnswer {other}: {second}\nThe better answer is answer"
    )


def log_odds(model: Model, text: str, marks: Marks) -> float:
    """Of the first place over the second, in nats, by the explorer's own decoder."""
    ids = model.vocabulary.encode(text)
    with torch.inference_mode():
        row = model.decoder(torch.tensor([ids]), last_only=True)[0, -1].double()
    return _between(model, ids, text, marks, row)


def elsewhere(model: Model, text: str, marks: Marks) -> float:
    """The same by transformers."""
    ids = model.vocabulary.encode(text)
    with torch.inference_mode():
        row = model.hf(torch.tensor([ids]), use_cache=False).logits[0, -1].double()
    return _between(model, ids, text, marks, row)


def _between(model: Model, ids: Sequence[int], text: str, marks: Marks, row: torch.Tensor) -> float:
    """Of the first tokens by which the two marks differ; where they begin alike, they are told apart by the next."""
    one, other = (model.vocabulary.encode(text + mark)[len(ids)] for mark in MARKS[marks])
    return float(row[one] - row[other])


def judged(model: Model, asked: Sequence[Question], marks: Marks, tell: Ticks = unheard) -> Iterator[Judged]:
    """Pair by pair, in both orders."""
    for done, question in enumerate(asked):
        tell(done, len(asked))
        right_first = log_odds(model, prompt(question, question.right, question.wrong, marks), marks)
        wrong_first = log_odds(model, prompt(question, question.wrong, question.right, marks), marks)
        yield Judged(question, verdict(right_first, wrong_first))
    tell(len(asked), len(asked))
