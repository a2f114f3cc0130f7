"""What the page opens with: its panels, and the tables that it shares with the server."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from explorer.panels.chapters import Part
from explorer.panels.controls import Kind
from explorer.panels.glossary import TermName
from explorer.panels.protocol import Compares
from explorer.panels.selection import FocusField, SelectionField
from explorer.panels.tags import Provenance, Tag
from explorer.shell.envelope.examples import Example
from explorer.stack.inference.decoding.sampler_settings import NamedOrder, Setting, StageName


class ViewSpec(TypedDict):
    """A view, as its panel declares it."""

    name: str
    title: str
    about: str
    provenance: list[Provenance]
    depends: list[FocusField]
    controls: list[str]
    heavy: bool
    compares: Compares
    """What it needs of a second run to show it; "all" where two runs are its subject, nothing where it shows one."""
    unchanged: bool
    """Whether its answer has the unchanged run's data, too, while interventions are on."""
    reads: Literal["run", "model", "nothing"]


class ControlSpec(TypedDict):
    """A control, as its panel declares it (`panels.controls`)."""

    name: str
    label: str
    """Nothing where the picture itself is pressed."""
    meaning: str
    """A sentence: what it changes."""
    kind: Kind
    ranged: bool
    """Whether it takes any number between its bounds; else the nearest of its choices."""
    default: NotRequired[str | int | float]
    """Nothing where the view decides."""
    choices: NotRequired[list[tuple[str | int | float, str] | tuple[str | int | float, str, str]]]
    """Values, what the page calls them, and what they mean."""
    low: NotRequired[int | float | None]
    high: NotRequired[int | float | None]
    """Nothing where the run bounds it."""
    step: NotRequired[int | float]
    longest: NotRequired[int]
    """Characters of a text."""
    unit: NotRequired[str]


class PanelSpec(TypedDict):
    """A panel with its views."""

    name: str
    title: str
    chapter: str
    chapterTitle: str
    about: str
    requires: list[str]
    also: list[str]
    """Further words by which somebody may look for it."""
    views: list[ViewSpec]


class OpenPanel(PanelSpec):
    """A panel with all that it takes to open it."""

    controls: list[ControlSpec]
    terms: list[TermName]
    """That its sentences may name."""
    script: str
    """Where the module of its views is; nothing where each view has its own."""
    sheet: str
    """Where its stylesheet is, if not beside its views."""


class PanelName(TypedDict):
    """A panel, as the tabs name it."""

    name: str
    title: str


class Chapter(TypedDict):
    """A chapter's tab, and those of its panels."""

    name: str
    title: str
    panels: list[PanelName]


class MapChapter(TypedDict):
    """A chapter on the map; its title and its panels stand in the tabs."""

    name: str
    about: str


class MapPart(TypedDict):
    """A part of the map of the stack."""

    name: Part
    title: str
    about: str
    chapters: list[MapChapter]


class PanelsFile(TypedDict):
    """Panels with their words, and where their chapters stand on the map."""

    panels: list[PanelSpec]
    parts: list[MapPart]


class Opening(TypedDict):
    """The tabs, and the panel that is seen first."""

    chapters: list[Chapter]
    panels: list[OpenPanel]


class OpeningFile(Opening):
    """What the page opens with."""

    stored: str
    """Where a run is that stands there until the live one comes."""
    each: str
    """Where a panel is, NAME being its name."""
    all: str
    """Where the words of all panels are."""


class ModelCard(TypedDict):
    """A model of the shelf, before it is open."""

    name: str
    title: str
    parameters: int
    note: str


class Tables(TypedDict):
    """The tables in the page's head."""

    settings: tuple[Setting, ...]
    """Of the sampler, in the order of the sidebar's sliders."""
    stages: tuple[StageName, ...]
    """The sampler's steps, in the order in which transformers takes them."""
    orders: tuple[NamedOrder, ...]
    selection: tuple[SelectionField, ...]
    tags: tuple[Tag, ...]
    examples: tuple[Example, ...]
    models: list[ModelCard]
