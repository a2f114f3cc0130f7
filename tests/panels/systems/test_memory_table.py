"""The memory table: what the reference says of 70B, counted, and its checks on broken mechanisms."""

from __future__ import annotations

import pytest

from explorer.figures.systems import memory_table as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.systems import memory_table_views as panel
from explorer.stack.systems.quantization import memory_table as counted
from explorer.stack.systems.quantization.formats import FORMATS


def check(made: Rendered, statement: str) -> Check:
    return next(each for each in made.checks if statement in each.statement)


def test_rows_and_verdicts() -> None:
    made = panel.table(Scene())
    assert all(each.holds for each in made.checks), made.checks
    rows = made.data.rows
    assert {row.row for row in rows if row.row} == {
        "FP32", "FP16 / BF16", "INT8", "FP8 (E4M3)", "INT4 / NF4", "GPTQ / AWQ", "GGUF Q4_K_M", "2-bit (QuIP#)",
    }  # fmt: skip
    alone = [row for row in rows if row.row == "INT4 / NF4"]
    assert alone[0].verdict == ("holds", "holds")  # codes alone
    assert alone[1].verdict == ("more", "more")  # 4.5 bits: 38.8 and 39.7 GB
    assert all(row.verdict == ("none", "none") for row in rows if row.quoted is None)


def test_a_format_of_ours_is_in_it() -> None:
    names = {row.name for row in figure.table().rows}
    assert {FORMATS["int3"].title, FORMATS["int2"].title} <= names


def test_the_lattice_packs_what_the_row_says() -> None:
    assert counted.packed_bits(FORMATS["e8"], 1024) == pytest.approx(2 + 16 / 1024)


@pytest.mark.breaks("memory_table.table", r"^Bits of \d+ formulas = bits of packed rows$")
def test_a_formula_without_its_scales(monkeypatch: pytest.MonkeyPatch) -> None:
    bits = figure.known_bits
    monkeypatch.setattr(figure, "known_bits", lambda name, d_in: bits(name, d_in) + 0.5)
    assert not check(panel.table(Scene()), "packed rows").holds


@pytest.mark.breaks("memory_table.table", r"weights by matrix = the memory calculator")
@pytest.mark.breaks("memory_table.table", r"^Q4_K_M of")
def test_a_block_that_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    shorter = tuple(replace(model, n_layers=79) for model in counted.MODELS)
    monkeypatch.setattr(figure, "MODELS", shorter)
    monkeypatch.setattr(panel, "MODELS", shorter)
    made = panel.table(Scene())
    assert not check(made, "memory calculator").holds
    assert not check(made, "Q4_K_M").holds
