"""Views of the page's panels for programs: the payloads that the page draws from, with their checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.errors import BadRequestError, NotApplicableError
from explorer.panels.controls import WITH
from explorer.shell.api.measurements import MEASUREMENTS, Measurement
from explorer.shell.api.reading import link
from explorer.shell.api.requests import PanelRequest
from explorer.shell.api.results import ControlSaid, Panels, PanelSaid, ViewSaid
from explorer.shell.api.turns import turn
from explorer.shell.at_work import EXPLORER
from explorer.shell.jobs.line import ITSELF, Gone
from explorer.shell.jobs.order import find, order_of
from explorer.shell.trainings import ready
from explorer.shell.views.checkpoints import models_in
from explorer.shell.views.other_run import chosen
from explorer.shell.views.rendering import absent, require
from explorer.shell.views.subjects import at_hand, made, second_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.panels.protocol import Panel, View
    from explorer.panels.selection import Scalar
    from explorer.shell.envelope.answers import Entry
    from explorer.shell.envelope.programs import Drawn
    from explorer.tracing import TraceKey
    from explorer.zoo.model import Model


def panels_said() -> Panels:
    """List all panels and what their views need."""
    from explorer.panels import panels

    return Panels(panels=[panel_said(panel) for panel in panels().values()])


def panel_said(panel: Panel) -> PanelSaid:
    """A panel, with what its views need."""
    views = [
        ViewSaid(
            name=view.name, title=view.title, about=view.about, heavy=view.heavy, requires=panel.reads(view),
            reads=list(view.depends), controls=list(view.controls), provenance=list(view.provenance),
        )
        for view in panel.views
    ]  # fmt: skip
    controls = [
        ControlSaid(name=each.name, meaning=each.meaning, takes=each.takes, default=each.default, unit=each.unit)
        for each in panel.controls
    ]
    return PanelSaid(
        name=panel.name, title=panel.title, chapter=panel.chapter, about=panel.about, controls=controls, views=views
    )


def check_controls(panel: Panel, controls: Mapping[str, Scalar]) -> None:
    """Raises BadRequestError for a control that the panel does not have, and for a value that it does not take."""
    for name, said in controls.items():
        if name == WITH:
            continue
        if name not in panel.settings:
            known = ", ".join(panel.settings) or "none"
            raise BadRequestError(f"{panel.name} has no control “{name[:40]}”.", f"Its controls: {known}.")
        if said is not None and (why := panel.settings[name].refused(said)):
            raise BadRequestError(why, panel.settings[name].meaning)


def asked_for(panel: Panel, request: PanelRequest) -> list[View]:
    """The views that a request names; without any, all light ones. Raises BadRequestError for a name that is none."""
    if request.views:
        return [find(panel.name, name)[1] for name in dict.fromkeys(request.views)]
    found = [view for view in panel.views if not view.heavy]
    if not found:
        raise BadRequestError(
            "All views of this panel take seconds to measure.",
            f"Name in “views” those that you want: {', '.join(view.name for view in panel.views)}.",
        )
    return found


def subject_key(panel: Panel, views: list[View], request: PanelRequest) -> TraceKey:
    """The run that is asked for; where no view reads one, its model is enough."""
    reads = {panel.reads(view) for view in views}
    return request.key(next((each for each in ("run", "model") if each in reads), "nothing"))


async def draw(panel: Panel, request: PanelRequest, gone: Gone = None, visitor: str = ITSELF) -> Drawn | Measurement:
    """The views: whole, or as a measurement that has begun."""
    views = asked_for(panel, request)
    check_controls(panel, request.controls)
    key = subject_key(panel, views, request)
    query = key.query()
    await ready(models_in(query, request.controls), gone, visitor)
    light, heavy = [v.name for v in views if not v.heavy], [v for v in views if v.heavy]
    said: Drawn = {
        "panel": panel.name, "key": query, "link": "", "focus": dict(request.focus), "target": None, "views": {},
        "strings": {},
    }  # fmt: skip
    if light:
        made = await turn(
            lambda progress: EXPLORER.views(query, panel.name, light, request.focus, request.controls, progress),
            gone,
            visitor,
            _one_run(panel, [v for v in views if not v.heavy], query, request),
        )
        said["focus"], said["target"], said["strings"] = made["focus"], made.get("target"), made["strings"]
        said["views"].update(made["views"])
    selection = {name: value for name, value in said["focus"].items() if isinstance(value, int)}
    said["link"] = panel_link(key, panel.name, selection)
    if not heavy:
        return said
    orders = []
    for view in heavy:
        if (why := await _absent(panel, view, key, gone, visitor)) is not None:
            said["views"][view.name] = why
        else:
            orders.append(order_of(panel, view, query, request.focus, request.controls))
    if not orders:
        return said
    measurement = Measurement(orders, said, visitor)
    MEASUREMENTS[measurement.name] = measurement
    return measurement


def _one_run(panel: Panel, views: list[View], query: str, request: PanelRequest) -> str:
    """The run that the views read; nothing where they read none, or another beside it."""
    if second_query(panel.second, request.controls) or chosen(views, request.controls):
        return ""
    return query if any(panel.reads(view) == "run" for view in views) else ""


async def _absent(panel: Panel, view: View, key: TraceKey, gone: Gone, visitor: str) -> Entry | None:
    """The same, in turn where a model must be opened for it."""
    reads = "nothing" if panel.reads(view) == "nothing" else "model"
    if (known := at_hand(reads, key.query())) is not None:
        return not_here(panel, view, known.model)
    return await turn(lambda progress: not_here(panel, view, made(reads, key.query(), progress).model), gone, visitor)


def not_here(panel: Panel, view: View, model: Model | None) -> Entry | None:
    """Why the view does not apply to the model."""
    try:
        require(panel, view, model)
    except NotApplicableError as error:
        return absent(error)
    return None


def panel_link(key: TraceKey, panel: str, selection: dict[str, int]) -> str:
    """Where the page shows it, with the selection as links write it."""
    from explorer.panels.selection import SELECTION

    return link(key, panel, **{each.link: selection.get(each.name) for each in SELECTION})
