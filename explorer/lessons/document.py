"""A lesson as it was read: typed blocks of text, states as links, expressions. Nothing of it is HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from explorer.lessons.expression import Expression
from explorer.lessons.state import State
from explorer.panels.selection import FocusField

InlineKind = Literal["text", "code", "strong", "em", "link", "term", "value"]
BlockKind = Literal["paragraph", "list"]


@dataclass(frozen=True)
class Inline:
    """A stretch of text."""

    kind: InlineKind
    text: str = ""
    """Of text and code; of a value its expression, as it is written."""
    to: str = ""
    """Of a link the state that it leads to; of a term its name in the glossary."""
    parts: tuple[Inline, ...] = ()
    """What is emphasised, or leads somewhere."""


@dataclass(frozen=True)
class Block:
    """A paragraph, or a list with an item a row."""

    kind: BlockKind
    rows: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True)
class Text:
    """Text, and the expressions whose values stand in it."""

    blocks: tuple[Block, ...] = ()
    values: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Choice:
    """An answer that may be chosen, and when it is the right one."""

    label: Text
    right: Expression


@dataclass(frozen=True)
class Ask:
    """A question: one of several answers, or something to pick in the picture."""

    line: int
    question: Text
    choices: tuple[Choice, ...]
    pick: tuple[FocusField, ...]
    answer: Expression | None
    """What must be picked."""
    then: State | None
    """What is shown once there is an answer; the answer is looked up there."""
    right: Text
    otherwise: Text
    claims: tuple[Expression, ...]
    """What must hold once there is an answer."""


@dataclass(frozen=True)
class Step:
    """A step: what it shows, says and asks."""

    line: int
    title: str
    show: State
    text: Text
    claims: tuple[Expression, ...]
    ask: Ask | None

    def values(self, phase: Phase) -> Iterator[Expression]:
        """The expressions whose values its text holds in that phase."""
        if phase == "shown":
            yield from self.text.values
        if self.ask is None:
            return
        if phase == "shown":
            yield from self.ask.question.values
            for choice in self.ask.choices:
                yield from choice.label.values
        if phase == self.ask_phase:
            yield from self.ask.right.values
            yield from self.ask.otherwise.values

    def claimed(self, phase: Phase) -> tuple[Expression, ...]:
        """What must hold in that phase."""
        asked = self.ask.claims if self.ask and phase == self.ask_phase else ()
        return (*(self.claims if phase == "shown" else ()), *asked)

    @property
    def ask_phase(self) -> Phase:
        """When the question's answer is looked up."""
        return "then" if self.ask and self.ask.then else "shown"

    def state(self, phase: Phase) -> State:
        """What the page shows in that phase."""
        return self.ask.then if phase == "then" and self.ask and self.ask.then else self.show


#: Before the answer, and after it where the answer changes what is shown.
Phase = Literal["shown", "then"]


@dataclass(frozen=True)
class Lesson:
    """A lesson."""

    name: str
    title: str
    chapter: str
    minutes: int
    order: int
    learn: str
    """One sentence: what one knows afterwards."""
    steps: tuple[Step, ...]
