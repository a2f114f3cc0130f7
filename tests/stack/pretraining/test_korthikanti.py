"""The published formula: its own example, its sums, and a layer of torch's parts that keeps as much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.experiments.pretraining.gpt_layer import STATISTICS, kept
from explorer.stack.pretraining.korthikanti import PARTS, Layer, rows

GPT3 = Layer(s=2048, b=1, h=12288, a=96, t=8)


def test_gpt3_over_eight_devices() -> None:
    assert [each.bytes / 2**20 for each in rows(GPT3)] == pytest.approx([2736, 552, 342, 312, 102, 48])
    assert 5 * GPT3.a * GPT3.s / GPT3.h == 80


def test_the_parts_add_up() -> None:
    attention, mlp, norms = PARTS[:8], PARTS[8:12], PARTS[12:]
    assert [sum(each.sbh for each in part) for part in (attention, mlp, norms)] == [11, 19, 4]
    assert sum(each.scores for each in PARTS) == 5


@given(st.integers(1, 64), st.integers(1, 4), st.integers(1, 8), st.integers(1, 8))
def test_one_device_shares_nothing(s: int, b: int, a: int, d: int) -> None:
    found = [each.bytes for each in rows(Layer(s, b, a * d, a))]
    assert found[0] == found[1] == found[2]
    assert found[3] == found[4] > found[5]


@pytest.mark.parametrize(("s", "b", "h", "a"), [(32, 2, 64, 4), (16, 1, 32, 2), (24, 3, 48, 8)])
def test_such_a_layer_keeps_as_much(s: int, b: int, h: int, a: int) -> None:
    layer = Layer(s, b, h, a)
    assert kept(layer) == rows(layer)[0].bytes + STATISTICS * s * b
