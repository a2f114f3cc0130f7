"""Matrices in a step's order: the product with what the format keeps, bytes, and processors with fewer instructions."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import NotApplicableError
from explorer.stack.inference.fused.embed import embed
from explorer.stack.inference.fused.integers import multiplies_bytes
from explorer.stack.inference.fused.lanes import LANES
from explorer.stack.inference.fused.products import Weights, product
from explorer.stack.inference.fused.row import BLOCK, fixed, room
from explorer.stack.inference.fused.weights import arranged
from explorer.stack.systems.quantization.format import Packed
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.integers import Integers

ROOT = Path(__file__).resolve().parents[4]
TWO_BYTES = ("nf4", "fp4")
SCALAR = sorted(name for name, fmt in FORMATS.items() if fmt.vector == 1)


def multiplied(weights: Weights, layer: int, x: torch.Tensor, members: int = 1) -> torch.Tensor:
    rows = x.numpy().reshape(-1, x.shape[-1])
    count, width = rows.shape
    out = np.full((len(rows), weights.tiles * LANES), np.nan, np.float32)
    for member in range(members):
        product(weights, layer, fixed(rows, count, width, *room(count, width)), out, member, members)
    return torch.from_numpy(out).view(*x.shape[:-1], -1)


def close(got: torch.Tensor, packed: Packed, x: torch.Tensor, more: torch.Tensor | float = 0.0) -> bool:
    """more: by how much each number of x may be off. Levels in two bytes are off by what `fused.integers` says."""
    weight = packed.dequantize().double()
    free = weight.abs() @ (1e-5 * x.double().abs() + more) + 1e-6
    if packed.format.name.startswith(TWO_BYTES) and multiplies_bytes():
        groups, blocks = packed.format.unpack(packed)[1].step, F.pad(x, (0, -len(x) % BLOCK)).view(-1, BLOCK)
        largest = blocks.abs().amax(1).repeat_interleave(BLOCK)[: len(x)].double()
        free += 4.7e-5 * groups.double().repeat_interleave(len(x) // groups.shape[1], 1) @ largest
    return bool(((got[: len(weight)] - weight @ x.double()).abs() <= free).all())


@given(
    name=st.sampled_from(SCALAR), out=st.integers(1, 100), pieces=st.integers(1, 3), members=st.integers(1, 4),
    power=st.integers(-3, 2), seed=st.integers(0, 2**20),
)  # fmt: skip
@settings(deadline=None, max_examples=150)
def test_the_product_is_that_of_the_numbers_that_the_format_keeps(
    name: str, out: int, pieces: int, members: int, power: int, seed: int
) -> None:
    random, fmt = torch.Generator().manual_seed(seed), FORMATS[name]
    d_in = pieces * (fmt.group or 32)
    if fmt.misfit(d_in):  # a format of blocks in blocks
        d_in = pieces * 256
    x = torch.randn(d_in, generator=random)
    packed = [fmt.quantize(torch.randn(out, d_in, generator=random) * 10.0**power) for _ in range(2)]
    weights = arranged(packed)
    for layer in range(2):
        got = multiplied(weights, layer, x, members)
        assert close(got, packed[layer], x)
        assert not got[out:].any()  # rows that only fill a tile


def test_a_float32_table_is_not_copied() -> None:
    table = torch.randn(64, 20)
    weights = arranged([table])
    assert weights.memory.ctypes.data == table.data_ptr()
    assert torch.allclose(multiplied(weights, 0, torch.ones(20)), table.sum(1), atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_rows_of_any_width(dtype: torch.dtype) -> None:
    for width in (1, 16, 63, 64, 100, 192):
        table, x = torch.randn(40, width).to(dtype), torch.randn(3, width)
        table[0, 0] = 2.0**-24  # float16's smallest
        got = multiplied(arranged([table]), 0, x)[:, :40]
        assert torch.allclose(got.double(), x.double() @ table.double().T, atol=1e-6 * width**0.5, rtol=1e-6)


def test_what_a_step_reads() -> None:
    """As many bytes as the format where its codes have 4 or 8 bits and its steps float16; elsewhere more."""
    weight = torch.randn(64, 128)
    for name, same in {"int4": True, "int4_affine": True, "int3": False, "nf4_dq": False}.items():
        packed = FORMATS[name].quantize(weight)
        assert (arranged([packed]).memory.nbytes == packed.nbytes) is same
        assert arranged([packed]).memory.nbytes >= packed.nbytes


def test_groups_that_are_no_whole_pieces_are_refused() -> None:
    packed = Integers("odd", "Odd", 8, 20).quantize(torch.ones(32, 40))
    with pytest.raises(NotApplicableError, match="16 inputs at once"):
        arranged([packed])


PLAIN = """
import torch
from tests.stack.inference.fused.test_weights import FORMATS, SCALAR, arranged, close, multiplied
from explorer.stack.inference.fused.lanes import halves, host
assert not halves() and not host()
for name in SCALAR:
    weight, x = torch.randn(40, 256), torch.randn(256)
    if not FORMATS[name].misfit(256):
        packed = FORMATS[name].quantize(weight)
        assert close(multiplied(arranged([packed]), 0, x), packed, x), name
"""


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux" or os.uname().machine != "x86_64", reason="names that processor")
def test_the_same_on_a_processor_without_wide_registers() -> None:
    told = {**os.environ, "NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "-avx"}
    done = subprocess.run([sys.executable, "-c", PLAIN], capture_output=True, text=True, cwd=ROOT, env=told)
    assert done.returncode == 0, done.stderr[-2000:]


@given(name=st.sampled_from(SCALAR), out=st.integers(1, 70), pieces=st.integers(1, 3), seed=st.integers(0, 2**20))
@settings(deadline=None, max_examples=100)
def test_a_row_is_what_the_format_keeps_of_it(name: str, out: int, pieces: int, seed: int) -> None:
    random, fmt = torch.Generator().manual_seed(seed), FORMATS[name]
    d_in = pieces * 256 if fmt.misfit(pieces * (fmt.group or 32)) else pieces * (fmt.group or 32)
    packed = fmt.quantize(torch.randn(out, d_in, generator=random))
    weights, want = arranged([packed]), packed.dequantize()
    for number in {0, out // 2, out - 1}:
        row = np.full(d_in, np.nan, np.float32)
        embed(weights, number, 2.0, row)
        assert torch.allclose(torch.from_numpy(row), 2 * want[number], rtol=1e-6, atol=1e-6 * float(want.abs().max()))
