"""The formula of tiled traffic against the meter in the loops, for any length, tile, window and number."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.systems.flash_attention import flash_attention_1, flash_attention_2
from explorer.stack.systems.memory_meter import Ledger
from explorer.stack.systems.standard_attention import standard_attention
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.systems.tile_traffic import Tiles, Traffic


@pytest.mark.thorough
@given(
    n=st.integers(1, 41), rows=st.integers(1, 18), columns=st.integers(1, 18), causal=st.booleans(),
    window=st.none() | st.integers(1, 44), dtype=st.sampled_from([torch.float32, torch.bfloat16]),
)  # fmt: skip
def test_it_is_what_the_loops_count(
    n: int, rows: int, columns: int, causal: bool, window: int | None, dtype: torch.dtype
) -> None:
    window = window if causal else None  # a window of an unmasked head is not one of ours
    q, k, v = torch.randn(3, 1, 1, n, 4, generator=torch.Generator().manual_seed(n)).to(dtype)
    tiles = Tiles(n, 4, rows, columns, causal, window, word=dtype.itemsize)
    for algorithm, formula in (
        (standard_attention, tiles.standard),
        (flash_attention_1, tiles.flash_attention_1),
        (flash_attention_2, tiles.flash_attention_2),
    ):
        ledger = Ledger()
        algorithm(q, k, v, TileMask(causal, window), rows=rows, columns=columns, memory=ledger)
        assert Traffic(ledger.read_bytes, ledger.written_bytes) == formula
        if algorithm is flash_attention_2:
            assert len(ledger.steps) == tiles.count
            keys = [m.bytes for s in ledger.steps for m in s.reads if m.name in "KV"]
            assert sum(keys) == tiles.again


def test_twice_the_rows_half_the_readings() -> None:
    """Without a mask K and V are read once a block of queries; all else is linear in n."""
    again = [Tiles(1024, 64, rows, 16, causal=False).again for rows in (16, 32, 64)]
    assert again == [4 * 2 * 1024 * 1024 * 64 // rows for rows in (16, 32, 64)]
    tiles = Tiles(1024, 64, 16, 16, causal=False)
    assert tiles.flash_attention_2.read - tiles.again == 4 * 1024 * 64


@pytest.mark.parametrize(("n", "rows", "columns"), [(64, 16, 16), (5, 16, 16), (40, 16, 8)])
def test_the_fast_memory_is_that_of_the_largest_tile(n: int, rows: int, columns: int) -> None:
    """By hand: Q and O, K and V, the scores, m and l, float32."""
    r, c = min(n, rows), min(n, columns)
    assert Tiles(n, 64, rows, columns).fast == 4 * (2 * r * 64 + 2 * c * 64 + r * c + 2 * r)
