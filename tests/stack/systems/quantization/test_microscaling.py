"""MX formats and NVFP4 against ml_dtypes' elements and scales."""

from __future__ import annotations

import math

import ml_dtypes
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.systems.quantization.formats import FORMATS

ELEMENTS = {"mxfp4": (ml_dtypes.float4_e2m1fn, 2, 6.0), "mxfp8": (ml_dtypes.float8_e4m3fn, 8, 448.0)}


@pytest.mark.parametrize("name", ["mxfp4", "mxfp8"])
@given(seed=st.integers(0, 999), power=st.floats(-10, 10))
def test_the_specifications_conversion_with_ml_dtypes(name: str, seed: int, power: float) -> None:
    """Each block by the specification's section 6.3, its scale and elements cast by ml_dtypes."""
    dtype, highest, largest = ELEMENTS[name]
    weight = torch.randn(4, 96, generator=torch.Generator().manual_seed(seed)) * 10**power
    made = FORMATS[name].quantize(weight)
    values = []
    for block in weight.numpy().reshape(-1, 32):
        scale = np.float32(2.0 ** (math.floor(math.log2(np.abs(block).max())) - highest))
        stored = scale.astype(ml_dtypes.float8_e8m0fnu)
        assert float(stored.astype(np.float32)) == float(scale)
        elements = np.clip(block / scale, -largest, largest).astype(dtype)
        values.append(elements.astype(np.float32) * stored.astype(np.float32))
    assert np.array_equal(made.dequantize().numpy().reshape(-1, 32), np.stack(values))
    powers = made.parts["power"].numpy().view(ml_dtypes.float8_e8m0fnu).astype(np.float32)
    assert np.array_equal(powers.reshape(-1), [2.0 ** (int(each) - 127) for each in made.parts["power"].flatten()])


def test_nvfp4_with_ml_dtypes() -> None:
    weight = torch.randn(8, 64, generator=torch.Generator().manual_seed(0)) * 0.03
    made = FORMATS["nvfp4"].quantize(weight)
    whole = np.float32(np.abs(weight.numpy()).max() / np.float32(448 * 6))
    assert float(made.parts["whole"]) == pytest.approx(float(whole), rel=1e-6)
    blocks = weight.numpy().reshape(-1, 16)
    scale = (np.abs(blocks).max(1) / 6 / whole).astype(ml_dtypes.float8_e4m3fn)
    step = scale.astype(np.float32)[:, None] * whole
    elements = np.clip(blocks / step, -6, 6).astype(ml_dtypes.float4_e2m1fn).astype(np.float32)
    assert made.parts["step"].flatten().tolist() == scale.view(np.uint8).tolist()
    torch.testing.assert_close(made.dequantize(), torch.from_numpy(elements * step).view(8, 64))


@given(seed=st.integers(0, 999), power=st.floats(-10, 10))
def test_what_is_not_clipped_is_within_half_of_the_widest_step(seed: int, power: float) -> None:
    weight = torch.randn(2, 64, generator=torch.Generator().manual_seed(seed)) * 10**power
    made = FORMATS["mxfp4"].quantize(weight)
    step = made.format.unpack(made)[1].step.repeat_interleave(32, 1)
    error = (made.dequantize() - weight).abs()
    held = weight.abs() <= 6 * step
    assert bool((error[held] <= step[held] * (1 + 1e-6)).all())  # 4 to 6 is the widest gap: 2 steps
    assert bool((error[~held] <= 2 * step[~held]).all())  # below 8 steps, by the scale's rule


def test_blocks_of_nought() -> None:
    for name in ("mxfp4", "mxfp8", "nvfp4"):
        assert not FORMATS[name].quantize(torch.zeros(2, 64)).dequantize().any()
