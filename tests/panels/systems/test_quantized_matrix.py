"""The panel of one matrix on small models, and its checks on broken mechanisms."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.figures.payload import pack
from explorer.panels.protocol import Check, Rendered, whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.systems import quantized_matrix_views as panel
from explorer.stack.systems.quantization.format import Packed, Scales
from explorer.stack.systems.quantization.gguf_blocks import Simple
from explorer.stack.systems.quantization.integers import Integers


def rendered(name: str, model: str = "six-kinds-dense", layer: int = 2, **controls: Any) -> Rendered:
    made = whole(getattr(panel, name)(Scene(zoo.load(model), None, focus=Focus(layer=layer), controls=controls)))
    pack(made.data)
    return made


def check(made: Rendered, statement: str) -> Check:
    return next(each for each in made.checks if statement in each.statement)


@pytest.mark.parametrize("name", ["q4_k", "q6_k", "q4_0", "q5_1", "int4", "int8_tensor", "int4_affine"])
def test_a_window_is_what_its_codes_say(name: str) -> None:
    made = rendered("cells", format=name)
    data = made.data
    assert data.format == name
    assert all(each.holds for each in made.checks), made.checks
    group = (torch.arange(data.weights.shape[1]) + data.column) // data.group - data.first_group
    low = 0 if data.low is None else data.low[:, group]
    assert torch.allclose(data.levels[data.codes.long()] * data.step[:, group] + low, data.values, atol=1e-6)
    if data.two is not None:
        assert torch.allclose(data.two.d * data.two.part, data.step)


def test_it_begins_at_the_largest_weight_and_goes_where_it_is_told() -> None:
    data = rendered("cells", format="int4").data
    assert float(data.weights.abs().max()) == data.largest
    moved = rendered("cells", format="int4", row=7, column=70).data
    assert (moved.row, moved.column) == (7, 64)
    assert rendered("cells", row="x", column=10**9, format="nothing").data.format == "q4_k"


def test_formats_that_do_not_fit_say_why() -> None:
    data = rendered("cells", role="W_Q").data
    reasons = {each.name: each.reason for each in data.choices}
    assert "192 weights" in reasons["q4_k"]
    assert not reasons["q4_0"]
    assert data.format == "q4_0"


def test_a_mix_stands_in_both_lists_with_its_fall_back() -> None:
    """Q4_K_M is what people choose; on rows of 192 it takes Q5_0, and the lists say so."""
    for view in ("cells", "formats"):
        made = rendered(view, role="W_Q", format="q4_k_m")
        assert all(each.holds for each in made.checks), made.checks
        listed = made.data.choices if view == "cells" else made.data.tried
        mine = next(each for each in listed if each.name == "q4_k_m")
        assert mine.title == "Q4_K_M: Q5_0 here"
        assert not mine.reason
    by_name = {each.name: each for each in made.data.tried}
    assert by_name["q4_k_m"].error == by_name["q5_0"].error
    assert rendered("cells", role="W_Q", format="q4_k_m").data.title == "Q5_0"


def test_experts_of_a_mixture() -> None:
    data = rendered("cells", "six-kinds-moe", role="gate_in", expert=3).data
    assert (data.expert, data.n_experts > 3) == (3, True)


def test_all_formats() -> None:
    made = rendered("formats", role="W_Q")
    assert all(each.holds for each in made.checks)
    by_name = {each.name: each for each in made.data.tried}
    assert "192" in by_name["q4_k"].reason
    assert 0 < by_name["q8_0"].error < by_name["q4_0"].error
    assert by_name["q4_0"].on_normal == pytest.approx(0.0861, rel=0.02)
    assert "bfloat16" in made.note


@pytest.mark.breaks("quantized_matrix.cells", r"Each stored code is as near")
def test_codes_that_are_not_the_nearest_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Integers.encode
    monkeypatch.setattr(Integers, "encode", lambda *at: right(*at) ^ 1)
    assert not check(rendered("cells", format="int4"), "Each stored code").holds


def wasteful(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Integers.coded

    def coded(self: Integers, weight: torch.Tensor, by: Scales, stored: Scales) -> Packed:
        made = right(self, weight, by, stored)
        return Packed(made.format, made.shape, {**made.parts, "spare": torch.zeros(made.shape[0], dtype=torch.uint8)})

    monkeypatch.setattr(Integers, "coded", coded)


@pytest.mark.breaks("quantized_matrix.cells", r"Packed bytes = bytes by the specification$")
def test_bytes_that_are_not_stated_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    wasteful(monkeypatch)
    assert not check(rendered("cells", format="int4"), "Packed bytes").holds


@pytest.mark.breaks("quantized_matrix.formats", r"Packed bytes = bytes by the specifications$")
def test_bytes_of_a_format_that_are_not_stated_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    wasteful(monkeypatch)
    assert not check(rendered("formats"), "Packed bytes").holds


@pytest.mark.breaks("quantized_matrix.cells", r"Values = values that the gguf package reads")
def test_values_that_are_not_ggufs_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Simple.scales

    def scales(self: Simple, stored: Any, out: int) -> Scales:
        made = right(self, stored, out)
        return Scales(made.step * 1.001, made.low, made.stored)

    monkeypatch.setattr(Simple, "scales", scales)
    assert not check(rendered("cells", format="q4_0"), "gguf package").holds
