"""Twins trained with and without filtered lines: what each knows, and what the filter let through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from explorer.experiments.safety.filtered import TOPICS, Kind, Known
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import paired_interval
from explorer.stack.evaluation.standard_errors import Interval, wilson
from explorer.stack.pretraining.data.toxicity import Reading
from explorer.stack.pretraining.seed_band import LEAST


@dataclass(frozen=True, kw_only=True)
class FilterKnown:
    """What the twin of one seed knows of one topic."""

    twin: str
    seed: int
    right: int
    n: int
    low: float
    high: float
    """Of the part that is right (Wilson)."""
    nats: float


@dataclass(frozen=True, kw_only=True)
class FilterDifference:
    """The filtered twin less the whole one, the mean over seeds with Student's interval."""

    right: float
    right_low: float
    right_high: float
    nats: float
    nats_low: float
    nats_high: float
    clear: bool
    """Whether the interval of the nats leaves out nought."""


@dataclass(frozen=True, kw_only=True)
class FilterTopic:
    """One topic."""

    name: str
    question: str
    known: tuple[FilterKnown, ...]
    difference: FilterDifference | None
    """Once there are enough seeds."""


@dataclass(frozen=True, kw_only=True)
class FilterTwins(Payload):
    """Both twins of every seed."""

    topics: tuple[FilterTopic, ...]
    seeds: int
    done: int
    chance: float
    """Nats of a value, were all as likely."""


@dataclass(frozen=True, kw_only=True)
class FilterKind:
    """Lines of one kind."""

    name: str
    meant: bool
    removed: int
    kept: int
    example: str


@dataclass(frozen=True, kw_only=True)
class FilterShare:
    """A part with its interval (Wilson)."""

    part: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, kw_only=True)
class FilterWord:
    """A piece of one's own line, and whether it is a listed word."""

    text: str
    listed: bool


@dataclass(frozen=True, kw_only=True)
class FilterPassed(Payload):
    """The filter held against the rule that made the text."""

    kinds: tuple[FilterKind, ...]
    listed: tuple[str, ...]
    precision: FilterShare
    """Of removed lines, those that tell a hiding place."""
    recall: FilterShare
    """Of lines that tell one, those removed."""
    own: tuple[FilterWord, ...]
    kept: bool


def twins(found: Sequence[Known], seeds: int, values: int) -> FilterTwins:
    return FilterTwins(
        topics=tuple(
            _topic(
                topic.name, topic.questions(topic.people(1))[0], [each for each in found if each.topic == topic.name]
            )
            for topic in TOPICS
        ),
        seeds=seeds,
        done=len({each.seed for each in found}),
        chance=float(torch.tensor(float(values)).log()),
    )


def _topic(name: str, question: str, found: Sequence[Known]) -> FilterTopic:
    return FilterTopic(
        name=name, question=question, known=tuple(_known(each) for each in found), difference=_difference(found)
    )


def _known(each: Known) -> FilterKnown:
    made = wilson(each.right, each.n)
    return FilterKnown(
        twin=each.twin, seed=each.seed, right=each.right, n=each.n, low=made.low, high=made.high, nats=each.nats
    )


def _difference(found: Sequence[Known]) -> FilterDifference | None:
    whole, filtered = ([each for each in found if each.twin == twin] for twin in ("whole", "filtered"))
    if len(whole) < LEAST or len(whole) != len(filtered):
        return None
    right = paired_interval(torch.tensor([b.right / b.n - a.right / a.n for a, b in zip(whole, filtered, strict=True)]))
    nats = paired_interval(torch.tensor([b.nats - a.nats for a, b in zip(whole, filtered, strict=True)]))
    return FilterDifference(
        right=float(right.mean), right_low=float(right.low), right_high=float(right.high), nats=float(nats.mean),
        nats_low=float(nats.low), nats_high=float(nats.high), clear=bool((nats.low > 0) | (nats.high < 0)),
    )  # fmt: skip


def passed(kinds: Sequence[Kind], listed: Sequence[str], text: str, read: Reading) -> FilterPassed:
    removed = sum(each.removed for each in kinds)
    meant = sum(each.removed + each.kept for each in kinds if each.meant)
    right = sum(each.removed for each in kinds if each.meant)
    return FilterPassed(
        kinds=tuple(
            FilterKind(name=each.name, meant=each.meant, removed=each.removed, kept=each.kept, example=each.example)
            for each in kinds
        ),
        listed=tuple(listed),
        precision=_share(wilson(right, removed), removed),
        recall=_share(wilson(right, meant), meant),
        own=_words(text, read),
        kept=read.verdict.kept,
    )


def _share(made: Interval, n: int) -> FilterShare:
    return FilterShare(part=made.mean, low=made.low, high=made.high, n=n)


def _words(text: str, read: Reading) -> tuple[FilterWord, ...]:
    made, at = list[FilterWord](), 0
    for each in read.flagged:
        made += [FilterWord(text=text[at : each.start], listed=False),
                 FilterWord(text=text[each.start : each.stop], listed=True)]  # fmt: skip
        at = each.stop
    return tuple(each for each in (*made, FilterWord(text=text[at:], listed=False)) if each.text)
