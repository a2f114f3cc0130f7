"""E4M3 against ml_dtypes and against all of its numbers; block scales."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.systems.float8 import LARGEST, finite_values, nearest, quantize, rounded


def test_all_codes_are_the_formulas_numbers() -> None:
    codes = torch.arange(256, dtype=torch.uint8).view(torch.float8_e4m3fn).float()
    known = codes[codes.isfinite()].unique()
    assert torch.equal(known.double(), finite_values().double())
    assert len(known) == 253


def test_ties_go_to_the_even_mantissa_and_halves_of_the_smallest_to_nought() -> None:
    ties = torch.tensor([17.0, 19.0, -17.0, 2**-10, 3 * 2**-10, 500.0])
    assert rounded(ties).float().tolist() == [16.0, 20.0, -16.0, 0.0, 2**-8, LARGEST]
    assert nearest(ties.clamp(-LARGEST, LARGEST)).tolist() == [16.0, 20.0, -16.0, 0.0, 2**-8, LARGEST]


@given(st.lists(st.floats(-600, 600, width=32), min_size=1, max_size=40))
def test_rounding_is_the_nearest_of_all_numbers(numbers: list[float]) -> None:
    x = torch.tensor(numbers)
    assert torch.equal(rounded(x).double(), nearest(x.clamp(-LARGEST, LARGEST)))


def test_rounding_is_ml_dtypes() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    x = torch.randn(4096, generator=torch.Generator().manual_seed(0)) * 60
    x = torch.cat([x.clamp(-LARGEST, LARGEST), x * 1e-4])
    theirs = x.numpy().astype(ml_dtypes.float8_e4m3fn).astype(np.float32)
    assert np.array_equal(rounded(x).float().numpy(), theirs)


@pytest.mark.parametrize("block", [1, 3, 7, None])
def test_each_blocks_largest_is_the_formats_largest(block: int | None) -> None:
    x = torch.randn(2, 7, 5, generator=torch.Generator().manual_seed(0))
    made = quantize(x, block)
    for part, scale in zip(made.numbers.split(block or 7, 1), made.scale.split(block or 7, 1), strict=True):
        assert part.abs().amax((1, 2)).tolist() == [LARGEST, LARGEST]
        assert torch.equal(scale, scale[:, :1].expand_as(scale))
    assert ((made.value - x).abs() <= x.abs() / 16 + made.scale * 2**-10).all()


def test_rows_of_nought_stay_nought() -> None:
    assert not quantize(torch.zeros(3, 4), 2).value.any()
