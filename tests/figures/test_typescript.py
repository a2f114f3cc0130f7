"""The types that the page's JavaScript is held against are those of the payloads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from explorer.figures import typescript

FILE = Path(__file__).resolve().parents[2] / "assets" / "types.d.ts"


def test_the_file_holds_the_types_of_the_payloads() -> None:
    assert FILE.read_text(encoding="utf-8") == typescript.text(), "run `python -m explorer types`"


@dataclass(frozen=True)
class Odd:
    when: complex


@dataclass(frozen=True)
class Unsaid:
    parts: list[Any]


def test_what_has_no_type_in_javascript_is_refused() -> None:
    with pytest.raises(TypeError, match="complex"):
        typescript.declaration(Odd)
    with pytest.raises(TypeError, match="Any"):
        typescript.declaration(Unsaid)
