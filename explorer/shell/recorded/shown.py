"""`explorer.show`: a panel of a trace in a notebook's cell, drawn by the page's own script; the same as a file."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import BadRequestError
from explorer.panels.protocol import Check
from explorer.panels.selection import SELECTION, Scalar
from explorer.shell.recorded.document import one_file
from explorer.shell.recorded.link import Link
from explorer.shell.recorded.recording import Recording, Step, panel_of, record

if TYPE_CHECKING:
    from explorer.shell.envelope import answers
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

#: pixels of a notebook's cell
HEIGHT = 760
#: bytes, packed, of the selections that a cell holds beside its own: a notebook keeps all its cells in one file
BUDGET = 400_000
#: what the frame in a cell may do: it is a page of its own, and reaches nothing of the notebook
SANDBOX = "allow-scripts allow-popups allow-downloads"


@dataclass(frozen=True, eq=False)
class Shown:
    """A panel of a trace. Jupyter draws it; `save` writes it as a page of one file, or a view of it as a picture."""

    recording: Recording
    view: str | None = None
    height: int = HEIGHT

    @property
    def checks(self) -> list[Check]:
        """What the panel's views state of this run, each with the error measured."""
        places = self.recording.answers[0]["views"].values()
        found = [self.recording.entry(place).get("checks", ()) for place in places]
        return [_check(each) for checks in found for each in checks]

    @cached_property
    def page(self) -> str:
        """The page: one file that needs nothing else."""
        return one_file(self.recording, embed=True)

    def save(self, path: str | Path) -> Path:
        """Write `.html`, which opens without a network and stays interactive, or `.svg`, which a browser draws.

        Raises BadRequestError for another ending, for `.svg` of no one view, and where there is no browser.
        """
        path = Path(path)
        if path.suffix == ".html":
            text = one_file(self.recording)
        elif path.suffix == ".svg":
            from explorer.shell.recorded.picture import picture

            text = picture(self.page, self._one_view())
        else:
            raise BadRequestError(f"{path.name} has no ending that is known here.", "Take .html or .svg.")
        path.write_text(text, encoding="utf-8")
        return path

    def _one_view(self) -> str:
        names = list(self.recording.answers[0]["views"])
        if self.view is None and len(names) > 1:
            raise BadRequestError("A picture shows one view.", f"Name it with view=, one of {', '.join(names)}.")
        return self.view or names[0]

    def __repr__(self) -> str:
        return f"<{self.recording.step.link.text[1:] or 'a panel'}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        frame = (
            f'<iframe srcdoc="{html.escape(self.page)}" sandbox="{SANDBOX}" title="LLM Internals Explorer" '
            f'style="width: 100%; height: {self.height}px; border: 0"></iframe>'
        )
        return {"text/html": frame, "text/plain": repr(self)}


def _check(said: answers.Check) -> Check:
    """What the page is sent, as it was made: JSON has no NaN."""
    error = math.nan if said["error"] is None else said["error"]
    return Check(said["statement"], error, said["tolerance"], said.get("word", Check.word))


def show(
    trace: Trace,
    panel: str = "walk",
    view: str | None = None,
    *,
    model: Model | None = None,
    controls: Mapping[str, Scalar] | None = None,
    height: int = HEIGHT,
    measure: bool = False,
    **selection: int | None,
) -> Shown:
    """A panel of a trace; see `explorer.show`."""
    from explorer import zoo
    from explorer.shell.service import Explorer
    from explorer.shell.views.subjects import Subject
    from explorer.tracing.capturing.capture import capture
    from explorer.tracing.capturing.changed_weights import under

    known = {each.name: each.link for each in SELECTION}
    for name in selection:
        if name not in known:
            raise BadRequestError(f"“{name}” is no part of a selection.", f"Take {', '.join(known)}.")
    key = trace.key
    chosen: dict[str, Scalar] = {"panel": panel, "view": view}
    chosen |= {known[name]: value for name, value in selection.items()}
    chosen |= {f"{panel}.{name}": value for name, value in (controls or {}).items()}
    own = {name: str(value) for name, value in chosen.items() if value is not None}
    link = Link(key.query(), panel, view, dict(selection), {panel: dict(controls or {})}, own)
    shown = panel_of(link)
    if view is not None and view not in {each.name for each in shown.views}:
        raise BadRequestError(
            f"There is no view “{view[:40]}” in {shown.title}.", f"Take {', '.join(each.name for each in shown.views)}."
        )
    loaded = model or zoo.load(key.model)
    base = capture(loaded, key.without_interventions()) if key.interventions else None
    subject = Subject(under(loaded, key), trace, base) if shown.requires else Subject()
    heavy = {each.name for each in shown.views if measure or each.name == view}
    made = record(Explorer(), Step(link), subject, heavy=heavy, budget=BUDGET)
    return Shown(made, view, height)
