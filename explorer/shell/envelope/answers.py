"""What the server answers the page."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from explorer.panels.selection import Scalar
from explorer.shell.envelope.runs import OtherRun, Piece, RunModel, RunSent

#: the selection, and values of a panel's controls, as the page sends them
Selection = Annotated[dict[str, Scalar], "Partial<Focus>"]
Controls = Annotated[dict[str, Scalar], "Controls"]


class Check(TypedDict):
    """A claim with the error that was measured, as it stands above the picture."""

    statement: str
    error: float | None
    tolerance: float
    word: NotRequired[str]
    """What the number is called, where it is no error."""


class Absent(TypedDict):
    """Why a view does not apply, and what to open instead."""

    message: str
    hint: str
    offer: NotRequired[str]
    """A model of the shelf to which it applies."""
    fetch: NotRequired[str]
    """A model that is lacking, and that the page can fetch."""
    recorded: NotRequired[str]
    """The query of the run that a picture of this panel is kept of."""


class Compared(TypedDict):
    """The run that was chosen to be compared with: what is other in it, and what of it can be shown."""

    title: str
    text: str
    fits: bool


class OtherEntry(TypedDict):
    """The same view of the run beside this one: the chosen one, or the unchanged one while interventions are on."""

    data: Annotated[Any, "unknown"]
    """Of the type of this run's."""
    places: list[tuple[int, int, int]]
    """Positions that belong together, in blocks: from where on here, from where on there, how many."""
    shared: int
    """Positions from the start that stand one beside the other."""
    run: NotRequired[OtherRun]
    """Nothing where the view reads none."""
    model: NotRequired[RunModel]
    strings: NotRequired[dict[str, Piece]]
    """The texts of its token ids, where another model's vocabulary has others."""


class Entry(TypedDict):
    """A view's answer, or why there is none."""

    data: NotRequired[Annotated[Any, "unknown"]]
    checks: NotRequired[list[Check]]
    title: NotRequired[str | None]
    about: NotRequired[str | None]
    partial: NotRequired[bool]
    """A part of a measurement that goes on."""
    absent: NotRequired[Absent]
    compared: NotRequired[Compared]
    there: NotRequired[OtherEntry]


class JobAnswer(TypedDict):
    """What a job has found: whole, or a part."""

    entry: Entry
    strings: dict[str, Piece]
    partial: bool
    passing: NotRequired[bool]
    """It holds at its moment alone, and is not kept."""


class Views(TypedDict):
    """Views of a panel, drawn."""

    panel: str
    views: dict[str, Entry]
    controls: Controls
    focus: Selection
    """Where there is a run, with what was left open filled in."""
    asked: NotRequired[Selection]
    """The selection as it was asked for."""
    target: NotRequired[int | None]
    """For programs: the token whose logit is explained; none where there is no run."""
    strings: dict[str, Piece]


class Queued(TypedDict):
    """What an answer of the queue has besides."""

    serial: NotRequired[int]
    """The page takes each once."""
    action: NotRequired[str]
    """What was asked for."""


class Recorded(TypedDict):
    """What a stored run was made of."""

    query: str
    kept: NotRequired[bool]
    """Whether no live one follows."""


class RunAnswer(Views, Queued):
    """A run, and the light views of the panel on screen."""

    kind: Literal["run"]
    run: RunSent
    recorded: NotRequired[Recorded]
    """Of a stored run only."""


class ViewsAnswer(Views, Queued):
    """Some views of a panel."""

    kind: Literal["views"]
    query: str
    pending: NotRequired[list[str]]
    """Heavy views without their whole answer: they are jobs to watch."""


class GoneAnswer(TypedDict):
    """What the views are drawn from is not at hand."""

    kind: Literal["gone"]
    query: str


class RestAnswer(Queued):
    """The panel that the link opens needs no run."""

    kind: Literal["rest"]


class StatusAnswer(Queued):
    """What is going on."""

    kind: Literal["status"]
    stage: str
    done: int
    total: int


class Facts(TypedDict):
    """Of an error's figures, those of which the page makes an offer."""

    tokens: NotRequired[int]
    limit: NotRequired[int]
    repaired: NotRequired[str]
    """A text that can be run."""
    repairs: NotRequired[str]
    """What the button says that runs it."""


class Failure(TypedDict):
    """What went wrong, and what to do."""

    name: str
    message: str
    hint: str
    facts: Annotated[dict[str, str | int | float | bool], "Facts"]


class ErrorAnswer(Failure, Queued):
    """An answer that is an error."""

    kind: Literal["error"]


class JobState(TypedDict):
    """What there is to say of the job of a heavy view."""

    state: Literal["waiting", "running", "done", "failed"]
    version: int
    """Of its answer: it rises with each part."""
    place: NotRequired[int]
    """In the line."""
    stage: NotRequired[str]
    """What is counted."""
    done: NotRequired[int]
    total: NotRequired[int]
    left: NotRequired[float | None]
    """About how many seconds remain."""
    error: NotRequired[Failure]


class JobsAnswer(Queued):
    """News of the jobs that are watched, by view."""

    kind: Literal["jobs"]
    watch: int
    """The page's number for the watch."""
    jobs: dict[str, JobState]


QueueAnswer = RunAnswer | ViewsAnswer | ErrorAnswer | StatusAnswer | JobsAnswer | RestAnswer
Answer = QueueAnswer | GoneAnswer


class SourcePart(TypedDict):
    """One function or class of a view's source."""

    path: str
    line: int
    tokens: list[tuple[str, str]]
    """Pygments' short class of a piece, "" for none, and the piece."""


class SourceAnswer(TypedDict):
    """The source of a view, by parts and as a text."""

    text: str
    parts: list[SourcePart]


class FileAnswer(TypedDict):
    """A file to take away."""

    text: str


class BroughtAnswer(TypedDict):
    """A picture or a text is kept under this name."""

    kind: Literal["brought"]
    name: str


class FetchAnswer(TypedDict):
    """How far a model is that is fetched."""

    kind: Literal["fetch"]
    stage: str
    done: int
    total: int
    over: bool
