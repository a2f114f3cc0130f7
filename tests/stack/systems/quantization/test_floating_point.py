"""Numbers of few bits against torch's types and ml_dtypes, code by code; FP8 formats of weights."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.systems.quantization.floating_point import BF16, E2M1, E4M3, E5M2, FP16, FloatingPoint
from explorer.stack.systems.quantization.formats import FORMATS

TORCHS = [E4M3, E5M2, FP16, BF16]


@pytest.mark.parametrize("element", TORCHS)
def test_every_bit_pattern_is_torchs_number(element: FloatingPoint) -> None:
    assert element.dtype is not None
    whole = torch.uint8 if element.bits == 8 else torch.uint16
    theirs = torch.arange(2**element.bits).to(whole).view(element.dtype).float()
    finite = theirs.isfinite()
    assert torch.equal(element.levels.isfinite(), finite)
    assert torch.equal(element.levels[finite], theirs[finite])
    assert element.largest == torch.finfo(element.dtype).max


def test_every_bit_pattern_of_four_bits_is_ml_dtypes_number() -> None:
    theirs = np.arange(16, dtype=np.uint8).view(ml_dtypes.float4_e2m1fn).astype(np.float32)
    assert E2M1.levels.tolist() == theirs.tolist()


@pytest.mark.parametrize("element", TORCHS)
@given(seed=st.integers(0, 999), power=st.floats(-8, 8))
def test_the_cast_goes_to_the_nearest_of_all_numbers(element: FloatingPoint, seed: int, power: float) -> None:
    x = torch.randn(64, generator=torch.Generator().manual_seed(seed)) * 10**power
    assert torch.equal(element.encode(x), element.nearest(x))


@pytest.mark.parametrize("element", [E2M1, E4M3, E5M2])
def test_of_two_as_near_the_even_code_is_taken(element: FloatingPoint) -> None:
    sizes = element.sizes
    middles = (sizes[1:] + sizes[:-1]) / 2
    expected = [low + low % 2 for low in range(len(middles))]
    assert element.encode(middles).tolist() == element.nearest(middles).tolist() == expected
    assert [code & (2 ** (element.bits - 1) - 1) for code in element.encode(-middles).tolist()] == expected


def test_rounding_to_four_bits_is_ml_dtypes() -> None:
    x = torch.randn(4096, generator=torch.Generator().manual_seed(0)) * 3
    theirs = x.clamp(-6, 6).numpy().astype(ml_dtypes.float4_e2m1fn).view(np.uint8)
    assert E2M1.encode(x).tolist() == theirs.tolist()


@pytest.mark.parametrize(("name", "bound"), [("fp8_e4m3", 2**-4), ("fp8_e4m3_g64", 2**-4), ("fp8_e5m2", 2**-3)])
@given(seed=st.integers(0, 999), power=st.floats(-20, 20))
def test_an_error_is_a_share_of_the_weight(name: str, bound: float, seed: int, power: float) -> None:
    weight = torch.randn(3, 128, generator=torch.Generator().manual_seed(seed)) * 10**power
    made = FORMATS[name].quantize(weight)
    scales = made.format.unpack(made)[1]
    subnormal = scales.step.repeat_interleave(128 // scales.step.shape[1], 1) * 2**-9
    error = (made.dequantize() - weight).abs()
    assert bool((error <= torch.maximum(weight.abs() * bound, subnormal / 2) * (1 + 1e-5)).all())


def test_sixteen_bits_are_torchs_cast() -> None:
    weight = torch.randn(5, 37, generator=torch.Generator().manual_seed(0))
    assert torch.equal(FORMATS["fp16"].quantize(weight).dequantize(), weight.half().float())
    assert torch.equal(FORMATS["bf16"].quantize(weight).dequantize(), weight.bfloat16().float())
    assert FORMATS["fp16"].quantize(torch.tensor([[1e6, -1e6]])).dequantize().tolist() == [[65504.0, -65504.0]]
