"""A lesson, as the page gets it: its text in typed blocks, and what its steps say of the run."""

from __future__ import annotations

from typing import Literal, TypedDict

from explorer.lessons.document import BlockKind, InlineKind
from explorer.lessons.value import Kind, Plain
from explorer.panels.glossary import TermName
from explorer.panels.selection import FocusField


class Inline(TypedDict):
    """A stretch of text."""

    kind: InlineKind
    text: str
    """Of text and code; of a value its expression, as it is written."""
    to: str
    """Of a link the page's own link; of a term its name in the glossary."""
    parts: list[Inline]
    """What is emphasised, or leads somewhere."""


class Block(TypedDict):
    """A paragraph, or a list with an item a row."""

    kind: BlockKind
    rows: list[list[Inline]]


class Value(TypedDict):
    """What a fact says, and how it is written."""

    kind: Kind
    value: Plain


class Ask(TypedDict):
    """A question: one of several answers, or something to pick in the picture."""

    question: list[Block]
    choices: list[list[Block]]
    pick: list[FocusField]
    then: str | None
    """What is shown once there is an answer."""
    right: list[Block]
    otherwise: list[Block]


class Step(TypedDict):
    """A step: what it shows, says and asks."""

    title: str
    link: str
    panel: str
    view: str
    text: list[Block]
    tells: bool
    """Whether it says anything of its run."""
    ask: Ask | None


class Titled(TypedDict):
    """A lesson's name, and what is said of it."""

    name: str
    title: str
    chapter: str
    chapterTitle: str
    minutes: int
    learn: str
    """One sentence: what one knows afterwards."""


class Listed(Titled):
    """A lesson in the list of them."""

    steps: int


class Course(TypedDict):
    """Lessons in an order, for one kind of reader."""

    name: str
    title: str
    audience: str
    about: str
    """One sentence: what one can do afterwards."""
    lessons: list[str]
    """Their names."""


class LessonList(TypedDict):
    """What there is to read."""

    lessons: list[Listed]
    courses: list[Course]


class Lesson(Titled):
    """A lesson."""

    steps: list[Step]
    terms: list[TermName]
    """That its sentences name."""


class Claimed(TypedDict):
    """A claim, and whether the run bears it out."""

    source: str
    holds: bool


class Told(TypedDict):
    """What a step says of its run."""

    values: dict[str, Value]
    """By the expression as the text has it."""
    claims: list[Claimed]
    right: int | None
    """Which choice is right."""
    picked: dict[str, int] | None
    """What must be picked."""


class LessonAnswer(TypedDict):
    """The lesson that was asked for."""

    kind: Literal["lesson"]
    lesson: Lesson


class ToldAnswer(TypedDict):
    """What the step that was asked for says."""

    kind: Literal["told"]
    told: Told
