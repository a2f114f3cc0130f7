"""A link of the page, by its parts. Twin of `assets/shell/address/link.js`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from explorer.errors import BadRequestError
from explorer.panels.controls import WITH
from explorer.panels.selection import SELECTION, Scalar

#: of a link, beside the selection: what is shown of a run, and is no part of it
SHOWN = ("panel", "view", "with", "embed", "__theme")
FIRST = "walk"
#: parts as older links have them
RENAMED = {"two_runs.with": WITH, "residual_stream.with": "residual_stream.source"}


@dataclass(frozen=True)
class Link:
    """What a link asks for.

    >>> link = Link.read("http://127.0.0.1:7860/?text=Hi&panel=attention&pos=1&positions.factor=4")
    >>> link.query, link.panel, link.focus["position"], link.controls
    ('text=Hi', 'attention', 1, {'positions': {'factor': '4'}})
    """

    query: str = ""
    """The run's own part; nothing is the page's first run."""
    panel: str = FIRST
    view: str | None = None
    focus: Mapping[str, int | None] = field(default_factory=dict)
    controls: Mapping[str, Mapping[str, Scalar]] = field(default_factory=dict)
    """Of each panel."""
    own: Mapping[str, str] = field(default_factory=dict)
    """What is shown of the run, as the link says it."""

    @property
    def text(self) -> str:
        """The link itself, from its "?" on."""
        return "?" + "&".join(filter(None, (self.query, urlencode(self.own))))

    def of(self, query: str) -> Link:
        """The same place of that run."""
        return replace(self, query=query)

    @classmethod
    def read(cls, text: str) -> Link:
        """Read a link, whole or from its "?" on. Raises BadRequestError where a part of the selection is no number."""
        given = urlsplit(text).query if "://" in text else text.strip().removeprefix("?")
        pairs = [
            (RENAMED.get(name, name), value)
            for name, value in parse_qsl(given, keep_blank_values=True)
            if name not in ("embed", "__theme")
        ]
        parts = dict(pairs)
        panel = parts.setdefault("panel", FIRST)
        selected = {each.link for each in SELECTION}
        own = {name: value for name, value in parts.items() if name in SHOWN or name in selected or "." in name}
        controls: dict[str, dict[str, Scalar]] = {}
        for name, value in own.items():
            of, _, control = name.partition(".")
            if control and of != "try":
                controls.setdefault(of, {})[control] = value
        if WITH in own:
            controls.setdefault(panel, {})[WITH] = own[WITH]
        return cls(
            urlencode([pair for pair in pairs if pair[0] not in own]),
            panel,
            parts.get("view"),
            {each.name: _whole(parts, each.link) for each in SELECTION},
            controls,
            own,
        )


def _whole(parts: Mapping[str, str], name: str) -> int | None:
    value = parts.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise BadRequestError(f"“{value[:40]}” is not a {name} of a link.", "Copy the link from the page.")
    return int(value)
