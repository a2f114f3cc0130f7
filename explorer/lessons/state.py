"""What a step shows, as the page's own link says it: a run, a panel, a view, the selection, the panel's controls.

>>> shown = State.read("?text=Hi&panel=walk&view=river&pos=3", 1)
>>> shown.panel, shown.view, shown.focus, shown.run
('walk', 'river', {'position': 3}, 'text=Hi')
>>> State.read(joined(shown.link, "?do=ablate:1.2"), 1).run
'text=Hi&do=ablate%3A1.2'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl, urlencode

from explorer.errors import ExplorerError
from explorer.lessons.errors import LessonError
from explorer.panels import panels
from explorer.panels.protocol import Panel
from explorer.panels.selection import SELECTION, Scalar

#: What belongs to one panel: another panel in a link lets go of it.
_OF_PANEL = {"view", *(each.link for each in SELECTION)}
_CONTROL = re.compile(r"([a-z_]{1,40})\.([a-z_]{1,40})")
_WHOLE = re.compile(r"\d{1,9}")
HOW = "Take the link from the page's “Share this view”, from its “?” on."


def joined(link: str, change: str) -> str:
    """A link with parts of another over its own; an empty value takes a part away."""
    parts, over = (dict(parse_qsl(each.lstrip("?"), keep_blank_values=True)) for each in (link, change))
    if over.get("panel", parts.get("panel")) != parts.get("panel"):
        parts = {name: value for name, value in parts.items() if name not in _OF_PANEL and "." not in name}
    whole = parts | over
    return "?" + urlencode({name: value for name, value in whole.items() if value or name == "text"})


@cache
def _run_names() -> frozenset[str]:
    from explorer.stack.inference.decoding.sampler_settings import SETTINGS

    return frozenset(["model", "text", "chat", "new", "seed", "order", "force", "do", *(s.link for s in SETTINGS)])


@dataclass(frozen=True)
class State:
    """A state of the page."""

    link: str
    run: str
    """The run's own part of the link; nothing where it is the page's first run."""
    panel: str
    view: str
    """The view that the step is about; the panel's first, if none is named."""
    focus: Mapping[str, Scalar]
    controls: Mapping[str, Scalar]
    """Of the panel."""

    @classmethod
    def read(cls, link: str, line: int) -> State:
        """Read a link. Raises LessonError for a name that the page does not know, or a value that makes no sense."""
        parts = dict(parse_qsl(link.lstrip("?"), keep_blank_values=True))
        panel, view = _panel(parts, line)
        run, focus, controls = {}, {}, {}
        fields = {each.link: each.name for each in SELECTION}
        for name, value in parts.items():
            control = _CONTROL.fullmatch(name)
            if name in _run_names():
                run[name] = value
            elif name in fields:
                if not _WHOLE.fullmatch(value):
                    raise LessonError(line, f"{name}={value[:40]} is not a whole number", HOW)
                focus[fields[name]] = int(value)
            elif control and control[1] == panel.name:
                controls[control[2]] = _setting(panel, control[2], value, line)
            elif name not in ("panel", "view"):
                raise LessonError(line, f"“{name[:40]}” is no part of a link to {panel.name}", HOW)
        _check_run(urlencode(run), line)
        return cls(link, urlencode(run), panel.name, view, focus, controls)


def _panel(parts: Mapping[str, str], line: int) -> tuple[Panel, str]:
    name = parts.get("panel", "")
    if name not in panels():
        named = f"there is no panel “{name[:40]}”" if name else "the link names no panel"
        raise LessonError(line, named, f"The panels are: {', '.join(panels())}.")
    panel = panels()[name]
    views = [each.name for each in panel.views]
    view = parts.get("view") or views[0]
    if view not in views:
        raise LessonError(line, f"{name} has no view “{view[:40]}”", f"Its views are: {', '.join(views)}.")
    return panel, view


def _setting(panel: Panel, name: str, value: str, line: int) -> str:
    if name not in panel.settings:
        known = ", ".join(panel.settings) or "none"
        raise LessonError(line, f"{panel.name} has no control “{name[:40]}”", f"Its controls: {known}.")
    if why := panel.settings[name].refused(value):
        raise LessonError(line, why.rstrip("."), panel.settings[name].meaning)
    return value


def _check_run(query: str, line: int) -> None:
    from explorer.tracing import TraceKey  # not of its module: another thread may be importing the package

    try:
        TraceKey.parse(query)
    except ExplorerError as error:
        raise LessonError(line, error.message.rstrip("."), error.hint) from error
