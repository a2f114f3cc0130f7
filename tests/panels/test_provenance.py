"""Where numbers come from: a view that draws what a maker, a paper or the reference states is tagged QUOTED."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import explorer
from explorer.panels import panels
from explorer.panels.protocol import Panel, View
from explorer.shell.api.payloads import payload_of

#: Fields of payloads that hold what somebody else says.
QUOTING = {"quotation", "quoted", "stated", "stated_active"}
IMPORTED = re.compile(r"""from "(\./[\w/]+\.js)";""")


def words(path: Path, read: set[Path]) -> Iterator[str]:
    """Those of a view's script, and of what it imports of its own panel's."""
    if path in read:
        return
    read.add(path)
    text = path.read_text(encoding="utf-8")
    yield from re.findall(r"\w+", text)
    for name in IMPORTED.findall(text):
        yield from words(path.parent / name, read)


def fields_of(kind: object) -> Iterator[str]:
    """Names of a payload's fields, and of those of what it holds."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        for field in fields(kind):
            yield field.name
            yield from fields_of(hints[field.name])
    for part in get_args(kind):
        yield from fields_of(part)


def quotes(panel: Panel, view: View) -> bool:
    """Whether the view is sent what is quoted, and its script reads it."""
    folder = Path(explorer.__file__).parents[1] / "assets" / "views" / panel.chapter / panel.name
    read = QUOTING.intersection(words(folder / f"{view.name}.js", set()))
    return bool(read and read.intersection(fields_of(payload_of(panel, view.name))))


def test_what_is_quoted_is_tagged_so() -> None:
    quoting = {
        f"{panel.name}.{view.name}": view.provenance
        for panel in panels().values()
        for view in panel.views
        if quotes(panel, view)
    }
    assert {"dimensions.sizes", "memory_calculator.table", "memory_table.table", "moe_cost.sizes"} <= quoting.keys()
    assert not [name for name, tags in quoting.items() if "QUOTED" not in tags]
