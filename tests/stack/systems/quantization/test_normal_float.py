"""NF4, FP4 and rows of INT8 against bitsandbytes, byte by byte."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.systems.quantization.format import Packed, grouped
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.normal_float import NF4, powers_of_ten


@pytest.fixture(scope="module")
def bitsandbytes() -> Any:
    return pytest.importorskip("bitsandbytes.functional")


def weights(out: int = 200, d_in: int = 576, seed: int = 0, size: float = 0.05) -> Tensor:
    weight = torch.randn(out, d_in, generator=torch.Generator().manual_seed(seed)) * size
    weight[0, :64] = 0
    return weight


@pytest.mark.parametrize("name", ["nf4", "fp4"])
@pytest.mark.parametrize("weight", [weights(), weights(64, 64, size=1e-6), weights(7, 1536, size=30).sign()])
def test_bytes_and_values_are_those_of_bitsandbytes(bitsandbytes: Any, name: str, weight: Tensor) -> None:
    made = FORMATS[name].quantize(weight)
    packed, state = bitsandbytes.quantize_4bit(weight, blocksize=64, quant_type=name)
    assert torch.equal(made.parts["codes"].flatten(), packed.flatten())
    assert torch.equal(made.parts["absmax"].flatten(), state.absmax)
    assert torch.equal(made.dequantize(), bitsandbytes.dequantize_4bit(packed, state))


def test_double_quantization_holds_bitsandbytes_bytes(bitsandbytes: Any) -> None:
    """Its kernel on this processor looks codes of scales up and now and then takes the second nearest; ours never."""
    weight = weights(1000, 1536)
    packed, state = bitsandbytes.quantize_4bit(weight, blocksize=64, quant_type="nf4", compress_statistics=True)
    made = FORMATS["nf4_dq"].quantize(weight)
    assert torch.equal(made.parts["codes"].flatten(), packed.flatten())
    assert torch.equal(made.parts["unit"], state.state2.absmax)
    assert float(made.parts["mean"]) == float(state.offset)
    assert torch.equal(powers_of_ten(), bitsandbytes.create_dynamic_map())
    theirs = {**made.parts, "absmax": state.absmax.view(1000, 24)}
    assert torch.equal(
        Packed(made.format, made.shape, theirs).dequantize(), bitsandbytes.dequantize_4bit(packed, state)
    )
    apart = made.parts["absmax"].flatten() != state.absmax
    assert int(apart.sum()) < 0.005 * apart.numel()
    exact = grouped(weight, 64).abs().amax(-1).flatten()[apart]
    ours = made.format.unpack(made)[1].step.flatten()[apart]
    his = made.format.unpack(Packed(made.format, made.shape, theirs))[1].step.flatten()[apart]
    assert bool(((ours - exact).abs() <= (his - exact).abs() * (1 + 1e-3)).all())


def test_rows_of_nested_scales_are_the_whole_ones() -> None:
    made = FORMATS["nf4_dq"].quantize(weights(300))
    assert torch.equal(made.rows(40, 77).dequantize(), made.dequantize()[40:77])


def test_double_quantization_is_an_eighth_of_a_bit() -> None:
    assert FORMATS["nf4"].quantize(weights(1024, 1024)).bits_per_weight == 4.5
    assert FORMATS["nf4_dq"].quantize(weights(1024, 1024)).bits_per_weight == pytest.approx(4.127, abs=1e-3)


@given(seed=st.integers(0, 999))
def test_rows_of_int8_are_those_of_bitsandbytes(bitsandbytes: Any, seed: int) -> None:
    """But in the middle of two codes, where either is as near: it multiplies by 127 / max, we divide by the step."""
    weight = weights(20, 192, seed)
    weight[0] = weights(1, 192, seed + 1, 3.0)[0]
    made = FORMATS["int8"].quantize(weight)
    codes, stats, _ = bitsandbytes.int8_vectorwise_quant(weight)
    unit = weight * (127 / stats[:, None])
    middle = (unit - unit.floor() - 0.5).abs() < 1e-4
    ours = made.format.unpack(made)[0] - 128
    assert bool(((ours == codes) | (middle & ((ours - codes).abs() == 1))).all())
    assert torch.allclose(made.parts["step"].flatten() * 127, stats, rtol=1e-6)


def test_the_table_is_made_of_normal_quantiles() -> None:
    from statistics import NormalDist

    far = 1 - (1 / 30 + 1 / 32) / 2
    up = [NormalDist().inv_cdf(0.5 + (far - 0.5) * at / 8) for at in range(9)]
    down = [NormalDist().inv_cdf(0.5 - (far - 0.5) * at / 7) for at in range(1, 8)]
    assert sorted(each / up[-1] for each in up + down) == pytest.approx(NF4, abs=2e-7)
