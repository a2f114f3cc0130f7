"""Quoted numbers hold together, stand in one place, and are what every view and sum reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

import explorer
from explorer.figures.architectures.moe_cost import GPUS
from explorer.figures.inference.serving.serving_asked import PRESETS
from explorer.figures.systems import tile_questions
from explorer.stack.inference.serving.cards import CARDS
from explorer.stack.systems import accelerators, overlap
from explorer.stack.systems.accelerators import ACCELERATORS

CODE = Path(explorer.__file__).parent
ASSETS = CODE.parent / "assets"
TABLE = Path(accelerators.__file__)
#: Tables of published models, whose sizes happen to be as large.
PUBLISHED = {"published_models.py", "published_positions.py", "published_trainings.py"}
#: Tables of code points, and of token ids.
CHARACTERS = {"characters.py", "tokenization_checks.py"}
#: Rooms in which a number can be one of a device.
ROOMS = ("stack", "experiments", "figures", "panels", "lessons", "bench")
#: Numbers of a device that differ by no more are the same one, said otherwise.
NEAR = 1e-3
#: How a card, or the machine, is called.
NAMES = re.compile(r"\b(RTX ?\d{4}|L40S?|[ABHV]\d00|GB200|MI\d{3}X?|[Mm][1-5] (Max|Pro|Ultra))\b")


def number(text: str) -> float:
    return float(text.split()[0].replace(",", ""))


@pytest.mark.parametrize("name", ACCELERATORS)
def test_every_number_names_its_document(name: str) -> None:
    one = ACCELERATORS[name]
    quoted = one.quoted()
    assert one.key == name
    assert len(quoted) >= (9 if one.chip else 3)
    for each in quoted.values():
        assert each.value > 0
        assert each.said[0].isdigit()
        assert each.document.address.startswith("https://")
        assert each.document.title


@pytest.mark.parametrize("name", ACCELERATORS)
def test_values_are_what_is_said(name: str) -> None:
    one = ACCELERATORS[name]
    quoted, powers = one.quoted(), {"GB": 2**30, "MiB": 2**20, "MB": 2**20, "KiB": 2**10, "KB": 2**10}
    bandwidths = {"GB/s": 1e9, "TB/s": 1e12}
    assert one.bandwidth.value == pytest.approx(number(one.bandwidth.said) * bandwidths[one.bandwidth.said.split()[1]])
    for part in ("sold", "memory", "fast", "l2"):
        if part in quoted:
            unit = quoted[part].said.split()[1].rstrip(",")
            assert quoted[part].value == number(quoted[part].said) * powers[unit]
    for part in ("bf16", "fp8", "fp32", "exponentials"):
        if part in quoted:
            halved = 2 if "half" in quoted[part].said else 1
            assert quoted[part].value == pytest.approx(number(quoted[part].said) * 1e12 / halved)
    if {"bf16", "fp8"} <= quoted.keys():
        assert quoted["fp8"].value == pytest.approx(2 * quoted["bf16"].value, rel=1e-3)


@pytest.mark.parametrize("name", ACCELERATORS)
def test_what_is_reported_is_most_of_what_is_sold(name: str) -> None:
    """More than that many GB of 10^9 bytes, for makers mean GiB; but never more than those."""
    one = ACCELERATORS[name]
    shared = "three quarters" in one.memory.said
    assert one.memory.value <= one.sold.value * (0.75 if shared else 1)
    assert shared or one.memory.value > number(one.sold.said) * 1e9
    assert shared or one.memory.value >= 0.93 * one.sold.value


def test_a_device_without_the_units() -> None:
    with pytest.raises(ValueError, match="no matrix units for fp8"):
        ACCELERATORS["a100_80"].machine("fp8")
    with pytest.raises(ValueError, match="no matrix units for bf16"):
        ACCELERATORS["m3_max"].machine("bf16")
    with pytest.raises(ValueError, match="not all throughputs are known"):
        overlap.Throughputs.of(ACCELERATORS["a100_80"])


def test_every_view_has_the_tables_numbers() -> None:
    for key, card in CARDS.items():
        known = ACCELERATORS[key]
        assert (card.title, card.memory, card.bandwidth) == (known.name, known.memory.value, known.bandwidth.value)
        assert card.flops == (None if known.bf16 is None else known.bf16.value)
    for gpu in GPUS:
        if gpu.card is not None:
            assert (gpu.name, gpu.memory) == (CARDS[gpu.card].title, CARDS[gpu.card].memory)
            assert gpu.sold == ACCELERATORS[gpu.card].sold.said
            assert number(gpu.sold) == gpu.step  # what older links call it
        else:
            assert (gpu.memory, gpu.sold) == (gpu.step * 1e9, "")
    assert all(one.memory < two.memory and one.step < two.step for one, two in pairwise(GPUS))
    assert all(CARDS[str(each.controls["card"])].title in each.title for each in PRESETS)
    chip = tile_questions.DEVICE.chip
    assert chip is not None
    assert (chip.fast.value, chip.processors.value) == (164 * 1024, 108)


def constants(path: Path) -> Iterator[tuple[int, object]]:
    """Numbers and texts of a file, but for what is told of the code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in told:
            yield node.lineno, node.value


def written_with(what: re.Pattern[str]) -> list[Path]:
    """The files that have it somewhere, in code or in what is told of it."""
    return [path for path in sorted(CODE.rglob("*.py")) if path != TABLE and what.search(path.read_text("utf-8"))]


#: On which cards somebody trained or measured, the planner's choice among cards, and what the reference says of them.
ABOUT_CARDS = {"published_run_rows.py", "clusters.py", "planner.py", "flash_claims.py", "parallel_claims.py",
               "precision_claims.py", "serving_claims.py"}  # fmt: skip


def test_cards_are_named_in_one_file() -> None:
    elsewhere = [
        f"{path.relative_to(CODE)}:{line}: {value}"
        for path in written_with(NAMES)
        if path.name not in ABOUT_CARDS
        for line, value in constants(path)
        if isinstance(value, str) and NAMES.search(value)
    ]
    assert not elsewhere
    named = {path.name: NAMES.findall(path.read_text(encoding="utf-8")) for path in (ASSETS / "views").rglob("*.js")}
    assert not {name: found for name, found in named.items() if found}
    assert all(NAMES.search(each.name) for each in ACCELERATORS.values())


def rates() -> list[float]:
    """Peaks, bandwidths and sizes of memory, in any unit: those with so many digits that no other number has them."""
    parts = ("bf16", "fp8", "fp32", "exponentials", "bandwidth", "memory")
    every = [one.quoted().get(part) for one in ACCELERATORS.values() for part in parts]
    values = [each.value / scale for each in every if each for scale in (1, 1e3, 1e6, 1e9, 1e12, 2**20)]
    return [
        each for each in values if each >= 1e11 or (each >= 300 and each % 4096 and len(f"{each:.9g}".strip("0.")) >= 3)
    ]


def test_their_numbers_stand_nowhere_else() -> None:
    """Nor nearly: 989 where the table has 989.5. Sizes of published models happen to be as large."""
    known = rates()
    assert any(abs(989 / each - 1) < NEAR for each in known)
    elsewhere = [
        f"{path.relative_to(CODE)}:{line}: {value}"
        for room in ROOMS
        for path in sorted((CODE / room).rglob("*.py"))
        if path != TABLE and path.name not in PUBLISHED | CHARACTERS
        for line, value in constants(path)
        if isinstance(value, int | float) and any(abs(value / each - 1) < NEAR for each in known)
    ]
    assert not elsewhere


def shifted(path: Path) -> Iterator[int]:
    """Lines that write a number in powers of two into a text."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FormattedValue):
            parts = ast.walk(node.value)
            if any(isinstance(each, ast.BinOp) and isinstance(each.op, ast.RShift) for each in parts):
                yield node.lineno


def test_the_interface_counts_memory_in_powers_of_a_thousand() -> None:
    """GB, MB and kB: a document's own words stand in the table alone."""
    binary = re.compile(r"\b(KB|[KMGT]iB)\b")
    said = [
        f"{path.relative_to(CODE)}:{line}: {value}"
        for path in written_with(binary)
        for line, value in constants(path)
        if isinstance(value, str) and binary.search(value)
    ]
    assert not said
    shifting = written_with(re.compile(">>"))
    assert not [f"{path.relative_to(CODE)}:{line}" for path in shifting for line in shifted(path)]
