"""Number formats: the scale of numbers and the errors on a small model, whole and broken."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.experiments.systems import number_formats as experiment
from explorer.figures.systems import number_formats as figure
from explorer.panels.protocol import Check, Rendered
from explorer.stack.systems.quantization import bits as byte_code
from explorer.stack.systems.quantization.floating_point import FloatingPoint
from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.gguf_blocks import Blocks
from explorer.stack.systems.quantization.integers import Integers
from explorer.stack.systems.quantization.normal_float import NF4, Table

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "WEIGHTS", 1 << 16)


def test_every_format_of_single_weights_has_a_line(view: View) -> None:
    (made,) = view("number_formats.grid")
    assert all(check.holds for check in made.checks), made.checks
    data = made.data
    assert [each.name for each in data.formats] == [name for name, form in FORMATS.items() if form.vector == 1]
    assert data.vectors == (FORMATS["e8"].title,)
    nf4 = next(each for each in data.formats if each.name == "nf4")
    assert nf4.levels.tolist() == pytest.approx(NF4)
    assert nf4.values[-1] == 1  # 1.6 is past the group's end
    for each in data.formats:
        assert sum(part.count for part in each.fields) == (1 if each.name == "ternary" else each.bits)
        assert each.codes.shape == each.values.shape == data.numbers.shape
        assert int(each.codes.max()) < 2 ** math.ceil(each.bits)


def test_a_scale_that_is_a_power_of_two_clips(view: View) -> None:
    (made,) = view("number_formats.grid", largest=0.98)
    mxfp4 = next(each for each in made.data.formats if each.name == "mxfp4")
    assert float(mxfp4.levels.max()) == 0.75
    assert mxfp4.step == 0.125


@pytest.mark.parametrize(("largest", "scale"), [("x", None), (99, "log"), (-3, "cubic"), (math.nan, 5)])
def test_a_link_may_say_anything(view: View, largest: object, scale: object) -> None:
    (made,) = view("number_formats.grid", largest=largest, scale=scale)
    assert made.data.largest in (1.0, 0.5)
    assert all(check.holds for check in made.checks)
    assert made.data.logarithmic == (scale == "log")


def test_errors_come_format_by_format(view: View) -> None:
    shown = view("number_formats.errors", role="W_V")
    assert [len(part.data.points) for part in shown] == list(range(1, len(FORMATS) + 2))
    made = shown[-1]
    assert all(check.holds for check in made.checks), made.checks
    assert len(made.checks) == 3
    data = made.data
    assert data.role == "W_V"
    assert "bfloat16" in data.baseline
    by_name = {each.name: each for each in data.points}
    assert by_name["bf16"].real == 0  # as it was trained
    assert by_name["bf16"].normal > 0.001
    assert by_name["bf16"].own
    assert not by_name["bf16"].best  # as they were stored: no format could stand beside it
    assert not any(each.own for each in data.points if each.bits is not None and each.bits < 16)
    mix = by_name["q4_k_m"]  # rows of 192 fall back: Q5_0 and Q8_0 in place of Q4_K and Q6_K
    assert by_name["q4_k"].bits is None
    assert by_name["q5_0"].bits <= mix.bits <= by_name["q8_0"].bits
    front = sorted((each for each in data.points if each.best), key=lambda each: each.bits)
    assert [each.real for each in front] == sorted((each.real for each in front), reverse=True)
    assert view("number_formats.errors", role="nonsense")[-1].data.role == "all"


@pytest.mark.breaks("number_formats.grid", "^Each value is the nearest")
def test_rounding_down_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Integers.encode
    monkeypatch.setattr(Integers, "encode", lambda self, w, scales: own(self, w - scales.step.abs().mean() / 2, scales))
    assert not check("number_formats.grid", "nearest").holds


@pytest.mark.breaks("number_formats.grid", "^Numbers of FP16, BF16, E4M3 and E5M2 by formula")
def test_another_bias_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (figure.FP16, figure.BF16, figure.E4M3, figure.E5M2):
        monkeypatch.delitem(each.__dict__, "levels", raising=False)
    monkeypatch.setattr(FloatingPoint, "bias", property(lambda self: 2 ** (self.exponent - 1)))
    assert figure.patterns_apart()[0] > 100_000
    assert not check("number_formats.grid", "by formula").holds
    for each in (figure.FP16, figure.BF16, figure.E4M3, figure.E5M2):
        each.__dict__.pop("levels", None)


@pytest.mark.breaks("number_formats.errors", "^Bits of the packed arrays")
def test_codes_that_are_not_packed_are_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(byte_code, "pack", lambda codes, bits: codes.to(torch.uint8))
    monkeypatch.setattr(byte_code, "unpack", lambda packed, bits, count: packed.int())
    found = check("number_formats.errors", "Bits of the packed", role="W_V")
    assert not found.holds
    assert found.error > 3


@pytest.mark.breaks("number_formats.errors", "^On N\\(0, 1\\) the error of each format")
def test_a_format_that_keeps_the_weights_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[int, Tensor] = {}

    def keeping(own: Callable[..., Any]) -> Callable[..., Any]:
        def quantize(self: Format, weight: Tensor, importance: Tensor | None = None) -> object:
            packed = own(self, weight, importance)
            kept[id(packed)] = weight
            packed.__class__.dequantize = lambda self: kept[id(self)] * 0.99999  # type: ignore[method-assign]
            return packed

        return quantize

    monkeypatch.setattr("explorer.stack.systems.quantization.format.Packed.dequantize", lambda self: None)
    for each in (Table, Blocks, Format):
        monkeypatch.setattr(each, "quantize", keeping(each.quantize))
    assert not check("number_formats.errors", "Shannon", role="W_V").holds


@pytest.mark.breaks("number_formats.errors", "^Error of .* on N\\(0, 1\\) = error in bitsandbytes")
def test_a_table_with_a_wrong_level_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    bent = Table("nf4", "NF4", (*NF4[:9], 0.2, *NF4[10:]))
    monkeypatch.setitem(FORMATS, "nf4", bent)
    assert not check("number_formats.errors", "= error in", role="W_V").holds
