"""What a recording is made of: its places, and the files in which their answers lie."""

from __future__ import annotations

from typing import Annotated, TypedDict

from orjson import Fragment

from explorer.shell.envelope.answers import Controls, Selection, SourcePart
from explorer.shell.envelope.lessons import Lesson, Listed, Told
from explorer.shell.envelope.runs import Piece

#: views' answers, as they were kept
Entries = Annotated[list[Fragment], "Entry[]"]


class Step(TypedDict):
    """A place that was recorded, as the list of them says it."""

    link: str
    """What stands after the address: the link of the live page."""
    panel: str
    query: str
    """The run that it was made of; where the panel needs none, what the link says of one."""
    runs: bool
    """Whether the panel needs a run."""
    model: str
    """Its model's title."""
    title: str
    lesson: str
    """Of which it is a step."""
    text: str
    at: str
    """Date on which it was made."""
    file: str
    """Where its answers lie."""
    run: str
    """Where its run lies, which other places show as well; nothing where it needs none."""


class RecordedAnswer(TypedDict):
    """An answer of a place, or of a selection near it."""

    asked: Selection
    focus: Selection
    controls: Controls
    views: dict[str, int]
    """Each view's place among the entries."""


class RecordedFile(TypedDict):
    """The answer of a place. Its run is a file of its own."""

    strings: dict[str, Piece]
    entries: Entries
    answers: list[RecordedAnswer]
    """One: its own."""


class PartFile(TypedDict):
    """Entries that the places of one run and panel share."""

    entries: Entries


class NearFile(TypedDict):
    """The answers of the selections near a place: their entries are its own, or follow those."""

    answers: list[RecordedAnswer]
    parts: list[tuple[int, str]]
    """Of each file of entries the number of its first, and its name."""


class ViewSource(TypedDict):
    """The source of a view, by parts."""

    parts: list[SourcePart]


class LessonFile(TypedDict):
    """A lesson that was recorded whole."""

    lesson: Lesson
    told: dict[str, Told]
    """By step and phase: "0 shown"."""


class Taught(Listed):
    """The same lesson in the list of all."""

    first: str
    """The link that it begins with."""


class Place(TypedDict):
    """How a page of recordings opens."""

    live: str
    """Address of a server that runs anything, if one is named."""
    lessons: list[str]
    """Names of the lessons that were recorded whole."""


class Listing(Place):
    """All places, for a page beside its files."""

    steps: list[Step]


class Options(Place):
    """How a page of one file opens."""

    link: str
    """The link with which it opens, where its address has none."""
    list: str
    """Where all recordings are listed, if anywhere."""
    embed: bool
