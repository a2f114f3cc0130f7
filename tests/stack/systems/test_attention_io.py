"""The closed forms against the meter on the running code, exactly; and the power of d."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.experiments.systems.attention_io import counted
from explorer.stack.systems import attention_io as io
from explorer.stack.systems.attention_io import Shape


@pytest.mark.parametrize("kernel", io.KERNELS)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("rows", "columns"), [(16, 16), (8, 32), (32, 8), (64, 64), (1, 64)])
def test_counts_equal_the_closed_form(kernel: io.Kernel, causal: bool, rows: int, columns: int) -> None:
    shape = Shape(64, 16, rows, columns, causal)
    assert io.KERNELS[kernel](shape) == counted(kernel, shape)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(1, 70), st.booleans(), st.sampled_from(list(io.KERNELS)))
def test_and_where_tiles_are_cut_short(n: int, rows: int, columns: int, causal: bool, kernel: io.Kernel) -> None:
    shape = Shape(n, 4, rows, columns, causal)
    assert io.KERNELS[kernel](shape) == counted(kernel, shape)


@pytest.mark.parametrize("kernel", io.KERNELS)
def test_and_in_half_precision(kernel: io.Kernel) -> None:
    shape = Shape(48, 16, 16, 8, True, bytes_each=2)
    assert io.KERNELS[kernel](shape) == counted(kernel, shape)


def test_doubling_d_at_one_fast_memory_quadruples_the_traffic() -> None:
    dims, memory, n = (16, 32, 64, 128), 16384, 512
    cases: dict[io.Kernel, Literal["keys", "queries"]] = {"flash_1": "keys", "flash_2": "queries"}
    for kernel, stays in cases.items():
        moved = [counted(kernel, Shape(n, d, *io.paper_tile(memory, d, stays))).bytes for d in dims]
        assert io.power(dims, moved) == pytest.approx(2, abs=0.2), kernel
        assert moved[3] / moved[2] > 3.5
    assert io.power(dims, [io.by_paper(n, d, memory) for d in dims]) == pytest.approx(2)
    assert io.power(dims, [io.by_reference(n, d, memory) for d in dims]) == pytest.approx(1)


def test_growth_in_n_and_m() -> None:
    lengths = (1024, 2048, 4096, 8192)
    assert io.power(lengths, [io.flash_1(Shape(n, 64, 64, 64)).bytes for n in lengths]) == pytest.approx(2, abs=0.02)
    assert io.power(lengths, [io.flash_1(Shape(n, 64, 64, 64)).extra for n in lengths]) == pytest.approx(1)
    assert io.power(lengths, [io.standard(Shape(n, 64, 64, 64)).extra for n in lengths]) == pytest.approx(2)
    memories = (8192, 16384, 32768)
    moved = [io.flash_1(Shape(16384, 64, *io.paper_tile(m, 64))).bytes for m in memories]
    assert io.power(memories, moved) == pytest.approx(-1, abs=0.05)


def test_a_shape_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Shape(0, 64, 16, 16)
