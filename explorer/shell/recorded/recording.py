"""A recording: what the page would be answered at a link, and at the selections near it, as data.

It is made of the page's own answers, so that the page's own script draws it.
"""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from explorer.errors import BadRequestError, NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.panels.selection import SELECTION, Scalar, sizes_of
from explorer.shell.jobs.order import order_of
from explorer.shell.recorded.link import Link
from explorer.shell.recorded.reach import TARGETS, near
from explorer.shell.views.rendering import absent, require

if TYPE_CHECKING:
    from explorer.panels.protocol import Panel, View
    from explorer.shell.envelope.answers import Entry, JobAnswer, Views
    from explorer.shell.envelope.recordings import RecordedAnswer, RecordedFile
    from explorer.shell.envelope.runs import Piece, RunSent
    from explorer.shell.jobs.jobs import Jobs
    from explorer.shell.recorded.measured import Measured
    from explorer.shell.service import Explorer
    from explorer.shell.views.subjects import Subject

#: bytes, compressed, of a recording's pictures: a first view of them weighs as much as a photograph
BUDGET = 1_500_000
#: seconds that the selections near the link may take
PATIENCE = 30.0


@dataclass(frozen=True)
class Step:
    """A place that is to be recorded, and what is said of it."""

    link: Link
    title: str = ""
    text: str = ""
    lesson: str = ""
    """Of which it is a step."""


@dataclass
class Recording:
    """The answers of a place; views that are the same at several selections are stored once."""

    step: Step
    query: str
    """The run's text form; where the panel needs none, the link's own."""
    run: RunSent | None
    at: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    strings: dict[str, Piece] = field(default_factory=dict)
    packed: list[bytes] = field(default_factory=list)
    """Entries, each as JSON, compressed: all of a site are held until it is written."""
    answers: list[RecordedAnswer] = field(default_factory=list)
    nbytes: int = 0
    """Of the entries, compressed one by one."""
    _places: dict[bytes, int] = field(default_factory=dict, repr=False)

    def add(self, drawn: Views, asked: Mapping[str, Scalar]) -> None:
        """Take an answer of the service; a part of a measurement is none."""
        whole = {name: each for name, each in drawn["views"].items() if not each.get("partial")}
        views = {name: self._place(each) for name, each in whole.items()}
        self.strings.update(drawn["strings"])
        self.answers.append(
            {"asked": dict(asked), "focus": drawn["focus"], "controls": drawn["controls"], "views": views}
        )

    def _place(self, entry: Entry) -> int:
        text = orjson.dumps(entry)
        place = self._places.setdefault(hashlib.sha256(text).digest(), len(self.packed))
        if place == len(self.packed):
            self.packed.append(zlib.compress(text, 1))
            self.nbytes += len(self.packed[-1])
        return place

    def entry(self, place: int) -> Entry:
        """What stands at that place of the entries."""
        return orjson.loads(zlib.decompress(self.packed[place]))

    @property
    def focus(self) -> Mapping[str, Scalar]:
        """The selection of the link, with what it left open filled in."""
        return self.answers[0]["focus"]

    def file(self) -> bytes:
        """Its own answer as JSON: what is seen at once. The run is a file of its own, for all places that show it."""
        own = fragments(self.packed[: self.own])
        file: RecordedFile = {"strings": self.strings, "entries": own, "answers": self.answers[:1]}
        return orjson.dumps(file)

    @property
    def own(self) -> int:
        """How many entries its own answer has; those of the selections near it follow."""
        return 1 + max(self.answers[0]["views"].values(), default=-1)


def fragments(packed: Sequence[bytes]) -> list[orjson.Fragment]:
    """Entries as they were, within other JSON."""
    return [orjson.Fragment(zlib.decompress(each)) for each in packed]


def record(
    explorer: Explorer,
    step: Step,
    subject: Subject | None = None,
    *,
    heavy: Collection[str] = (),
    budget: int = BUDGET,
    patience: float = PATIENCE,
    progress: Progress = silent,
    jobs: Jobs | None = None,
    measured: Measured | None = None,
) -> Recording:
    """Record a place: its run, made if no `subject` is given, and its views.

    `heavy`: names of views that are measured for it, for seconds or minutes; of others only what `jobs` have at hand.
    `measured` has, and keeps, what several places show alike. Raises ExplorerError.
    """
    from explorer.shell.recorded.measured import Measured
    from explorer.shell.service import completed
    from explorer.shell.views.subjects import made
    from explorer.shell.views.summary import summary

    link, panel = step.link, panel_of(step.link)
    query = query_of(link, panel)
    controls = dict(link.controls.get(panel.name, {}))
    views = [view for view in panel.views if not view.heavy or view.name in heavy]
    subject = subject or made(reads(panel, views), completed(query), progress)
    run, ids = summary(*subject.traced) if panel.requires else (None, [])
    query = run["query"] if run else query
    found = Recording(replace(step, link=link.of(query)), query, run)
    light = [view for view in views if not view.heavy]
    first = explorer.draw(panel, light, subject, link.focus, controls, ids, progress)
    measured = measured or Measured(explorer)
    for view in views:
        if view.heavy:
            asked, shown = (query, first["focus"], controls), link.view in (None, view.name)
            _take(first, view, measured.answer(panel, view, subject, asked, progress, shown))
    _at_hand(first, panel, subject, query, controls, jobs)
    found.add(first, link.focus)
    for_selections = [view for view in panel.views if not view.heavy and view.depends]
    _extend(found, explorer, subject, (panel, for_selections, controls), budget, patience)
    return found


def _take(first: Views, view: View, answer: JobAnswer | None) -> None:
    if answer is not None:
        first["views"][view.name] = answer["entry"]
        first["strings"].update(answer["strings"])


def _at_hand(
    first: Views, panel: Panel, subject: Subject, query: str, controls: Mapping[str, Scalar], jobs: Jobs | None
) -> None:
    """Heavy views that are lacking, and whose whole answer is at hand, or that do not apply."""
    for view in panel.views:
        if not view.heavy or view.name in first["views"]:
            continue
        try:
            require(panel, view, subject.model)
        except NotApplicableError as error:
            first["views"][view.name] = absent(error)
            continue
        kept = jobs.at_hand(order_of(panel, view, query, first["focus"], controls)) if jobs else None
        _take(first, view, None if kept is None or kept["partial"] else kept)


def panel_of(link: Link) -> Panel:
    """Raises BadRequestError where there is no such panel."""
    from explorer.panels import panels

    if link.panel not in panels():
        raise BadRequestError(f"There is no panel “{link.panel[:40]}”.", "Copy the link from the page.")
    return panels()[link.panel]


def query_of(link: Link, panel: Panel) -> str:
    """The run of a link, as the page asks for it: where the panel needs none, what the link says of one."""
    from explorer.shell.service import completed

    return completed(link.query) if panel.requires else link.query


def reads(panel: Panel, views: Sequence[View]) -> str:
    """What these views of it are drawn from."""
    found = {panel.reads(view) for view in views}
    return "run" if panel.requires else next((each for each in ("run", "model") if each in found), "nothing")


def _extend(
    made: Recording,
    explorer: Explorer,
    subject: Subject,
    drawn: tuple[Panel, Sequence[View], Mapping[str, Scalar]],
    budget: int,
    patience: float,
) -> None:
    """The selections near it, as far as there is room and time."""
    if made.run is None:
        return
    panel, views, controls = drawn
    until = time.monotonic() + patience
    done: set[tuple[object, ...]] = {_asked(view, made.focus) for view in views}
    for focus in near(made.focus, _sizes(subject, views), _targets(subject, made.focus, views)):
        missing = [view for view in views if _asked(view, focus) not in done]
        done.update(_asked(view, focus) for view in missing)
        if not missing:
            continue
        if made.nbytes > budget or time.monotonic() > until:
            return
        made.add(explorer.draw(panel, missing, subject, focus, controls), focus)


def _asked(view: View, focus: Mapping[str, Scalar]) -> tuple[object, ...]:
    return (view.name, *(focus.get(name) for name in view.depends))


def _sizes(subject: Subject, views: Sequence[View]) -> dict[str, int]:
    """How many there are of what these views depend on."""
    assert subject.run is not None
    sizes = sizes_of(subject.run.dims, len(subject.run.tokens))
    read = {name for view in views for name in view.depends}
    return {each.name: sizes[each.size] for each in SELECTION if each.always and each.name in read}


def _targets(subject: Subject, focus: Mapping[str, Scalar], views: Sequence[View]) -> list[int]:
    """The likeliest next tokens at the position, where a view asks for one."""
    if subject.run is None or not any("target" in view.depends for view in views):
        return []
    return subject.run.likeliest(TARGETS)[0][int(focus["position"] or 0)].tolist()
