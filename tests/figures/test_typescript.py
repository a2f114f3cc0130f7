"""The types that the page's JavaScript is held against are those of the payloads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from explorer.figures import typescript

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "types"


def test_the_files_hold_the_types_of_the_payloads() -> None:
    written = {path.name.removesuffix(".d.ts"): path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert written == typescript.texts(), "run `python -m explorer types`"


def test_each_type_stands_once_in_the_file_of_its_chapter() -> None:
    said = {name: re.findall(r"^export interface (\w+)", text, re.M) for name, text in typescript.texts().items()}
    assert "AttentionHead" in said["overview"]
    assert "Fp8Errors" in said["systems"]
    assert said["shared"][:3] == ["Floats", "Ints", "Bools"]
    assert len(every := [each for names in said.values() for each in names]) == len(set(every))


def test_a_file_takes_what_it_names_of_others() -> None:
    assert 'import type { Floats, Ints } from "./shared";' in typescript.texts()["tokenization"]


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
