"""What a guard learns from and is tried on: labelled requests, or answers, in three sets that share no template.

A text is flagged by right where it is a forbidden request, or an answer that helps with one. Harmless are the twins,
the answers to twins and, of answers, refusals. Disguises and requests among others are for the trial alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar, cast, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.corpora.requests import REFUSALS, Twins, requests
from explorer.corpora.requests.answers import HELPING, Pair
from explorer.corpora.requests.in_german import TRIED, in_form
from explorer.experiments.safety.states import Framed, answered, asked

if TYPE_CHECKING:
    from explorer.zoo.model import Model

Item = TypeVar("Item")
Side = Literal["request", "answer"]
SIDES = cast("tuple[Side, ...]", get_args(Side))
#: A request between two harmless ones.
BETWEEN = "between others"
REFUSED = "refusal"
#: Pairs in each form of the trial, as a share of the pairs that are learnt from, and at most (one of each template).
FORMS, MOST = 4, 24


@dataclass(frozen=True)
class Text:
    """A text with what is known of it."""

    request: str
    answer: str
    """Nothing where the request itself is judged."""
    harmful: bool
    template: str
    """Texts of one template are no independent draws."""

    @property
    def judged(self) -> str:
        return self.answer or self.request

    def framed(self, model: Model) -> Framed:
        return answered(model, self.request, self.answer) if self.answer else asked(model, self.request)


@dataclass(frozen=True)
class Texts:
    """The three sets, and what is tried besides, by its name."""

    side: Side
    train: tuple[Text, ...]
    validation: tuple[Text, ...]
    test: tuple[Text, ...]
    forms: dict[str, tuple[Text, ...]]
    parts: tuple[tuple[Text, ...], ...]
    """Of each text of `BETWEEN`, its requests."""


def labels(texts: Sequence[Text]) -> Float[Tensor, " text"]:
    return torch.tensor([float(each.harmful) for each in texts])


def texts(side: Side, pairs: int) -> Texts:
    """`pairs` to learn from, at most all; the others in proportion."""
    made = requests()
    train, validation, test = (
        spread(made.train, pairs), spread(made.validation, pairs // 2), spread(made.test, pairs),
    )  # fmt: skip
    if side == "answer":
        return Texts(side, *(_answers(of, split) for split, of in enumerate((train, validation, test))), {}, ())
    tried = spread(made.test, min(MOST, pairs // FORMS))
    forms = {how: _forms(tried, lambda each, bad, how=how: in_form(each, how, bad)) for how in TRIED[1:]}
    parts = tuple(_parts(tried, at, bad) for bad in (True, False) for at in range(len(tried)))
    forms[BETWEEN] = tuple(
        Text(" ".join(each.request for each in part), "", part[1].harmful, part[1].template) for part in parts
    )
    return Texts(side, *map(_plain, (train, validation, test)), forms, parts)


def spread(some: Sequence[Item], count: int) -> tuple[Item, ...]:
    """So many of them, evenly from the first to the last: all templates before any stands twice.

    >>> [spread(range(6), count) for count in (2, 3, 9)]
    [(0, 3), (0, 2, 4), (0, 1, 2, 3, 4, 5)]
    """
    count = min(count, len(some))
    return tuple(some[at * len(some) // count] for at in range(count))


def _forms(pairs: Sequence[Twins], written: Callable[[Twins, bool], str]) -> tuple[Text, ...]:
    return tuple(Text(written(each, bad), "", bad, each.template) for bad in (True, False) for each in pairs)


def _plain(pairs: Sequence[Twins]) -> tuple[Text, ...]:
    return _forms(pairs, lambda each, bad: each.forbidden if bad else each.harmless)


def _parts(pairs: Sequence[Twins], at: int, bad: bool) -> tuple[Text, ...]:
    """The request between harmless ones of other topics."""
    plain, n = _plain(pairs), len(pairs)
    before, after = (plain[n + (at + step * n // 3) % n] for step in (1, 2))
    return before, plain[at if bad else n + at], after


def _answers(pairs: Sequence[Twins], split: int) -> tuple[Text, ...]:
    """Of each pair an answer that helps with either request, and a refusal of the forbidden one."""
    made, refusals = [], (REFUSALS[:3], REFUSALS[3:4], REFUSALS[4:])[split]
    for at, each in enumerate(pairs):
        known: tuple[Pair, ...] = HELPING[each.topic][split]
        helping, harmless = (form.format(who=each.who, thing=each.thing) for form in known[at % len(known)])
        made += [
            Text(each.forbidden, helping, True, known[at % len(known)][0]),
            Text(each.harmless, harmless, False, known[at % len(known)][0]),
            Text(each.forbidden, refusals[at % len(refusals)], False, REFUSED),
        ]
    return tuple(made)
