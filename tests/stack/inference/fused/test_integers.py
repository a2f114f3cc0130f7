"""Integer products of fixed-point rows: exact against int64, within float32's rounding on rows of any shape."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.inference.fused.integers import multiplies_bytes
from explorer.stack.inference.fused.lanes import TILES, WHOLE
from explorer.stack.inference.fused.products import ROWS
from explorer.stack.inference.fused.row import BLOCK, fixed, room, value
from explorer.stack.inference.fused.step import activate, exp
from explorer.stack.inference.fused.weights import arranged
from explorer.stack.systems.quantization.formats import FORMATS
from tests.stack.inference.fused.test_weights import close, multiplied

#: Formats by the inputs that share a step: 16, 32, 64, a row; MXFP4's and NVFP4's levels are looked up.
GROUPS = ("nvfp4", "q6_k", "mxfp4", "q4_0", "q4_1", "q5_0", "int4_g64", "int8", "int8_affine")
#: Levels that come back with a step of 1 where the largest is among a group's numbers.
EXACT = {
    "q4_0": range(-8, 8),
    "q8_0": range(-127, 128),
    "int8": range(-127, 128),
    "mxfp4": (0, 0.5, 1, 1.5, 2, 3, 4, 6),
}


def fixed_row(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows = fixed(x[None], 1, len(x), *room(1, len(x)))
    return value(rows)[0], rows.sums[0, : len(x) // 16]


@given(pieces=st.integers(1, 5), power=st.integers(-20, 20), outlier=st.integers(0, 6), seed=st.integers(0, 2**20))
@settings(deadline=None, max_examples=60)
def test_a_row_in_fixed_point_is_as_exact_as_its_blocks_largest_number(
    pieces: int, power: int, outlier: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    x = (random.standard_normal(16 * pieces) * 10.0**power).astype(np.float32)
    x[random.integers(len(x))] *= 10**outlier
    x[: 16 * random.integers(pieces + 1)] = 0
    got, sums = fixed_row(x)
    blocks = np.abs(np.pad(x, (0, -len(x) % BLOCK)).reshape(-1, BLOCK)).max(1)
    assert (np.abs(got.astype(np.float64) - x) <= 2.5e-7 * np.repeat(blocks, BLOCK)[: len(x)]).all()
    assert np.allclose(sums, x.reshape(-1, 16).astype(np.float64).sum(1), atol=1e-6 * 16 * np.abs(x).max())


def test_zeros_and_numbers_too_small_for_a_scale_are_zeros() -> None:
    for x in (np.zeros(32, np.float32), np.full(32, 1e-40, np.float32)):
        assert not fixed_row(x)[0].any()


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("width", [32, 96, 256])
def test_sums_of_whole_numbers_are_exact(name: str, width: int) -> None:
    """Digits and codes are whole numbers here: the product is int64's to the last bit, negative codes included."""
    random = np.random.default_rng(width)
    weight = random.choice(np.array(list(EXACT[name]), np.float32), (40, width))
    weight[:, ::32] = max(EXACT[name], key=abs)
    x = random.integers(-127, 128, width)
    x[::32] = 127  # one unit of a block is then 1
    packed = FORMATS[name].quantize(torch.from_numpy(weight))
    assert np.array_equal(packed.dequantize().numpy(), weight)
    want = (2 * weight).astype(np.int64) @ x
    got = multiplied(arranged([packed]), 0, torch.from_numpy(x.astype(np.float32)))
    assert np.array_equal((2 * got[:40]).numpy(), want.astype(np.float32))


@pytest.mark.parametrize("name", [*GROUPS, "nf4", "fp4"])
def test_outliers_and_empty_groups(name: str) -> None:
    """A number 10,000 times as large as its neighbours, beside groups of x and of weights that are all zero."""
    random, fmt = torch.Generator().manual_seed(0), FORMATS[name]
    for width in [each for each in (16, 48, 64, 192, 256) if not fmt.misfit(each)]:
        weight = torch.randn(33, width, generator=random)
        weight[:, width // 2 : width // 2 + width // 4] = 0
        x = torch.randn(width, generator=random)
        x[:: max(1, width // 3)] *= 1e4
        x[-16:] = 0
        packed, blocks = fmt.quantize(weight), torch.nn.functional.pad(x, (0, -width % BLOCK)).view(-1, BLOCK)
        largest = blocks.abs().amax(1).repeat_interleave(BLOCK)[:width]
        assert close(multiplied(arranged([packed]), 0, x), packed, x, 2.5e-7 * largest), width
        assert not multiplied(arranged([packed]), 0, torch.zeros(width)).any()


@pytest.mark.skipif(not multiplies_bytes(), reason="this processor multiplies no bytes")
@pytest.mark.parametrize("name", ["nf4", "fp4"])
def test_levels_in_two_bytes_cost_a_quarter_of_what_float16_rows_would(name: str) -> None:
    """In the root mean square over many sums; the largest error of a single product is in `close`."""
    random = torch.Generator().manual_seed(0)
    packed, x = FORMATS[name].quantize(torch.randn(512, 1536, generator=random)), torch.randn(1536, generator=random)
    weight = packed.dequantize().double()
    want = weight @ x.double()
    off, halved = (
        float((got.double() - want).square().mean().sqrt() / want.square().mean().sqrt())
        for got in (multiplied(arranged([packed]), 0, x), weight @ x.half().double())
    )
    assert 1e-5 < off < 6e-5
    assert off < halved / 3


def test_rows_side_by_side_are_those_one_by_one() -> None:
    """In every kind of matrix, whatever the team."""
    random = torch.Generator().manual_seed(0)
    weight, x = torch.randn(70, 256, generator=random), torch.randn(5, 256, generator=random)
    for matrix in (weight, weight.half(), *(FORMATS[name].quantize(weight) for name in ("q4_1", "nf4", "fp8_e4m3"))):
        weights = arranged([matrix])
        got = multiplied(weights, 0, x, members=2)
        assert torch.equal(got, torch.stack([multiplied(weights, 0, row) for row in x]))


def test_which_formats_have_whole_levels() -> None:
    def codes(name: str) -> str:
        return TILES[int(arranged([FORMATS[name].quantize(torch.randn(32, 256))]).matrices[0, 0]) - len(ROWS)][0]

    found = {name: codes(name) for name in (*GROUPS, "nf4", "fp4", "fp8_e4m3")}
    assert {name for name, kind in found.items() if kind in WHOLE} == set(GROUPS)
    assert found["mxfp4"] == found["nvfp4"] == "whole4"


@pytest.mark.skipif(not multiplies_bytes(), reason="this processor multiplies no bytes")
def test_integers_do_not_round_where_float32_would() -> None:
    """2^24 + 1 is no float32: a sum of products that passes it and comes back is exact in integers alone."""
    weight = torch.full((32, 32), 127.0)
    x = torch.tensor([127.0] * 31 + [1.0])
    packed = FORMATS["q8_0"].quantize(weight)
    assert float(multiplied(arranged([packed]), 0, x)[0]) == 127 * (127 * 31 + 1)


def test_the_exponential_and_the_activations() -> None:
    x = np.linspace(-86, 87, 20_001, dtype=np.float32)
    got = np.array([exp(each) for each in x])
    assert float(np.abs(got / np.exp(x.astype(np.float64)) - 1).max()) < 5e-7
    g, up = torch.linspace(-100, 100, 4001), torch.linspace(1, 2, 4001)
    for silu, want in ((True, torch.nn.functional.silu(g)), (False, torch.nn.functional.gelu(g, approximate="tanh"))):
        made = g.clone().numpy()
        activate(made, up.numpy(), silu)
        assert torch.allclose(torch.from_numpy(made), want * up, rtol=2e-6, atol=2e-7)
