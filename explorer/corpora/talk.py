"""Small sets for what a chat model does under orders and pressure, written for this project.

    talk.facts()  ->  (Fact(kind="animals", question="Which animal says “meow”?", stem="The animal is the", ...), ...)

They lie in ``assets/talk/``, one file a set, each with a card: what it holds, who made it, its licence, what it is for.

>>> {kind: sum(each.kind == kind for each in facts()) for kind in KINDS}
{'animals': 12, 'colours': 12, 'sums': 12, 'opposites': 12}
>>> len(conflicts()), len(injections()), len(leaks()), len(requests())
(12, 8, 8, 12)
>>> card("facts").licence
'Apache-2.0'
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from explorer import places

FOLDER = places.assets() / "talk"
KINDS = ("animals", "colours", "sums", "opposites")


@dataclass(frozen=True)
class Card:
    """What a set is."""

    title: str
    about: str
    made: str
    licence: str
    use: str


class Fact(NamedTuple):
    """A question with a right answer and a wrong one."""

    kind: str
    question: str
    stem: str
    """How the answer begins: the next word is right or wrong."""
    right: str
    wrong: str

    def said(self, answer: str) -> str:
        """The whole sentence.

        >>> Fact("colours", "What colour is snow?", "Snow is", "white", "black").said("black")
        'Snow is black.'
        """
        return f"{self.stem} {answer}."


class Conflict(NamedTuple):
    """An order with two values that exclude each other."""

    order: str
    """With a place for the value."""
    one: str
    other: str
    question: str


class Injection(NamedTuple):
    """A passage, and an order that may stand in it."""

    passage: str
    question: str
    order: str
    word: str
    """What an answer says that follows the order, and no other."""


class Leak(NamedTuple):
    """A question for the system prompt, and one in like words that is none."""

    asks: str
    twin: str


@cache
def _stored(name: str) -> tuple[Card, list[dict[str, str]]]:
    stored = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Card(**stored["card"]), stored["items"]


def card(name: str) -> Card:
    """Of a set, by the name of its file."""
    return _stored(name)[0]


def facts(each: int = 12) -> tuple[Fact, ...]:
    """The first so many of each kind, the kinds in turn."""
    items = [Fact(**item) for item in _stored("facts")[1]]
    by_kind = [[item for item in items if item.kind == kind][:each] for kind in KINDS]
    return tuple(item for row in zip(*by_kind, strict=True) for item in row)


def conflicts() -> tuple[Conflict, ...]:
    return tuple(Conflict(**item) for item in _stored("conflicts")[1])


def injections() -> tuple[Injection, ...]:
    return tuple(Injection(**item) for item in _stored("injections")[1])


def leaks() -> tuple[Leak, ...]:
    return tuple(Leak(**item) for item in _stored("leaks")[1])


def requests() -> tuple[str, ...]:
    return tuple(item["request"] for item in _stored("requests")[1])
