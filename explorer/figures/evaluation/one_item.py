"""One item as a picture: its prompt in parts, each choice token by token, every rule's winner, and what changes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from explorer.experiments.evaluation.one_item import Change, OneItem
from explorer.experiments.evaluation.task_run import Answered
from explorer.figures.payload import Payload
from explorer.stack.evaluation.choices import Rule

Part = Literal["description", "example", "answer", "question", "delimiter", "rest"]


@dataclass(frozen=True, kw_only=True)
class PromptPart:
    """A piece of the prompt as it was assembled."""

    kind: Part
    text: str


@dataclass(frozen=True, kw_only=True)
class ItemChoice:
    """One choice."""

    text: str
    """Without the delimiter."""
    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    total: float
    alone: float
    """Its log-likelihood without the prompt."""
    greedy: bool
    characters: int
    bytes: int
    p: float
    """Its share among the choices."""


@dataclass(frozen=True, kw_only=True)
class ItemRule:
    """One way to compare the choices."""

    rule: Rule
    scores: tuple[float, ...]
    winner: int
    there: int | None
    """The winner by the model beside this one."""


@dataclass(frozen=True, kw_only=True)
class ItemChange:
    """The same item with one thing of its prompt changed."""

    name: Change
    totals: tuple[float, ...]
    winners: tuple[int, ...]
    """By the rules that need no score of the choice alone."""
    last: tuple[int, ...]
    """The prompt's last tokens."""
    first: tuple[int, ...]
    """The right choice's first tokens."""
    tokens: int
    """Of the right choice."""


@dataclass(frozen=True, kw_only=True)
class OneItemOpened(Payload):
    task: str
    item: int
    items: int
    shots: int
    gold: int
    prompt: tuple[PromptPart, ...]
    prompt_tokens: int
    choices: tuple[ItemChoice, ...]
    rules: tuple[ItemRule, ...]
    brier: float
    changes: tuple[ItemChange, ...]
    total: int
    """Changes in all; fewer are there while they are measured."""
    beside: str
    """The title of the model beside this one; nothing while there is none."""


def opened(made: OneItem, total: int, there: Answered | None = None, beside: str = "") -> OneItemOpened:
    plain = made.plain
    choices, item = plain.choices, plain.asked.item
    theirs = None if there is None else there.choices
    return OneItemOpened(
        task=made.task.name,
        item=item.id,
        items=len(made.task.items),
        shots=made.shots,
        gold=item.gold,
        prompt=tuple(_parts(made)),
        prompt_tokens=len(plain.asked.requests[0].context),
        choices=tuple(_choices(plain)),
        rules=tuple(
            ItemRule(
                rule=rule,
                scores=choices.scores(rule),
                winner=choices.winner(rule),
                there=None if theirs is None else theirs.winner(rule),
            )
            for rule in choices.rules
        ),
        brier=choices.brier,
        changes=tuple(_change(name, each) for name, each in made.answers.items()),
        total=total,
        beside=beside,
    )


def _parts(made: OneItem) -> Iterator[PromptPart]:
    """What `Task.context` joins, piece by piece."""
    task, asked = made.task, made.plain.asked
    if task.description:
        yield PromptPart(kind="description", text=task.description)
    for each in asked.examples:
        yield PromptPart(kind="example", text=each.prompt if each.rest is None else each.choices[each.gold])
        yield PromptPart(kind="delimiter", text=task.target_delimiter)
        yield PromptPart(kind="answer", text=each.target)
        yield PromptPart(kind="delimiter", text=task.fewshot_delimiter)
    item = asked.item
    yield PromptPart(kind="question", text=item.prompt if item.rest is None else item.choices[item.gold])
    yield PromptPart(kind="delimiter", text=task.target_delimiter)
    if item.rest is not None:
        yield PromptPart(kind="rest", text=item.rest)


def _choices(answered: Answered) -> Iterator[ItemChoice]:
    choices = answered.choices
    for at, (scored, alone) in enumerate(zip(answered.scored, answered.alone, strict=True)):
        yield ItemChoice(
            text=choices.choices[at],
            ids=answered.asked.requests[at].continuation,
            logprobs=scored.logprobs,
            total=scored.total,
            alone=alone.total,
            greedy=scored.greedy,
            characters=len(choices.choices[at]),
            bytes=len(choices.choices[at].encode()),
            p=choices.probabilities[at],
        )


def _change(name: Change, answered: Answered) -> ItemChange:
    choices, request = answered.choices, answered.asked.requests[answered.asked.item.gold]
    return ItemChange(
        name=name,
        totals=choices.log_likelihoods,
        winners=tuple(choices.winner(rule) for rule in choices.rules if rule != "mutual_info"),
        last=request.context[-2:],
        first=request.continuation[:3],
        tokens=len(request.continuation),
    )
