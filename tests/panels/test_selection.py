"""The table of the selection's fields is the selection's own."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest

from explorer.panels.selection import SELECTION, Focus, FocusField, Size

SIZES: dict[Size, int] = {"tokens": 5, "n_layers": 3, "n_heads": 2, "d_vocab": 100, "n_experts": 0, "references": 3}


def test_each_field_has_a_row() -> None:
    names = [each.name for each in SELECTION]
    assert names == [each.name for each in fields(Focus)] == list(get_args(FocusField))
    assert len({each.link for each in SELECTION}) == len(SELECTION)
    assert {each.size for each in SELECTION} == set(get_args(Size))


@pytest.mark.parametrize("row", SELECTION, ids=lambda row: row.name)
def test_a_value_stays_inside(row) -> None:
    size = SIZES[row.size]
    assert row.inside(-3, SIZES) == row.inside(0, SIZES) == 0
    assert row.inside(1000, SIZES) == (size - 1 if size else 1000)
    assert row.among(0, SIZES) == bool(size)
    assert not any(row.among(each, SIZES) for each in (None, -1, size, 1000))


def test_what_is_always_selected_is_so_where_nothing_was_chosen() -> None:
    nothing = Focus()
    assert [each.always for each in SELECTION] == [getattr(nothing, each.name) is not None for each in SELECTION]
