"""The source drawer shows the code that runs, where it stands, word for word."""

from __future__ import annotations

import inspect
from pkgutil import resolve_name

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.panels import panels
from explorer.places import PACKAGE
from explorer.shell.views.listing import listing, tokens


@pytest.mark.parametrize("name", list(panels()))
def test_the_parts_of_a_view_are_what_its_panel_names(name: str) -> None:
    for view in panels()[name].views:
        parts = listing(view)
        assert len(parts) == len(view.source)
        for source, part in zip(view.source, parts, strict=True):
            text = "".join(piece for _, piece in part["tokens"])
            assert text == inspect.getsource(resolve_name(f"explorer.{source}"))
            lines = (PACKAGE.parent / part["path"]).read_text(encoding="utf-8").splitlines(keepends=True)
            assert "".join(lines[part["line"] - 1 :]).startswith(text)


@given(st.text(max_size=200))
def test_no_character_is_lost(text: str) -> None:
    clean = text.replace("\r\n", "\n").replace("\r", "\n")  # as Python's own reader gives it
    assert "".join(piece for _, piece in tokens(clean)) == clean
