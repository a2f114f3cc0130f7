"""The ring: what it holds, a trained window's exactness, sinks, rows of unequal length."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.inference.cache.sliding_window_cache import SlidingWindowCache
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

ONE = DecoderConfig(n_layers=1, d_model=2, n_heads=1, n_kv_heads=1, d_head=2, d_mlp=2, d_vocab=4, n_ctx=64)


def feed(cache: SlidingWindowCache, positions: list[list[int]]) -> tuple[list[list[int]], torch.Tensor]:
    """Write keys that are their positions; returns what could be read."""
    at = torch.tensor(positions)
    k = at[:, None, :, None].expand(-1, 1, -1, 2).float()
    held = cache.update(0, k, -k, at)
    real = held.positions >= 0
    assert torch.equal(held.k[:, 0, :, 0][real], held.positions[real].float())
    assert torch.equal(held.v, -held.k)
    return [sorted(p for p in row if p >= 0) for row in held.positions.tolist()], held.k


@given(
    window=st.integers(1, 6),
    sinks=st.integers(0, 3),
    chunks=st.lists(st.integers(1, 9), min_size=1, max_size=8),
    pad=st.integers(0, 3),
)
def test_it_holds_the_first_and_the_newest(window: int, sinks: int, chunks: list[int], pad: int) -> None:
    cache = SlidingWindowCache(ONE, 2, 99, window, sinks)
    seen = [0, 0]
    kept: list[set[int]] = [set(), set()]
    for i, n in enumerate(chunks):
        short = max(0, n - pad) if i == 0 else n  # the second row's prompt is shorter
        new = [list(range(seen[0], seen[0] + n)), [-1] * (n - short) + list(range(seen[1], seen[1] + short))]
        read, _ = feed(cache, new)
        for row in range(2):
            written = {p for p in new[row] if p >= 0}
            after = {p for p in kept[row] | written if p < sinks or p > max(new[row]) - window}
            # One token reads what is held after it was written; a longer chunk reads itself and all before.
            assert set(read[row]) == (after if n == 1 and new[0] == new[1] else kept[row] | written)
            kept[row] = after
            seen[row] += len(written)
    for row in range(2):
        assert {p for p in cache.held_positions(0)[row, 0].tolist() if p >= 0} == kept[row]
    assert cache.seen == sum(chunks)
    assert cache.nbytes == max(map(len, kept)) * 2 * (2 * 2 * 4 + 8)


def test_a_model_with_a_window_cannot_tell_it_from_a_full_cache() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        decoder = Decoder(DecoderConfig(2, 32, 4, 2, 8, 64, 97, 128, windows=(5, 5))).eval().requires_grad_(False)
    ids = torch.arange(1, 31)[None] * 3
    ring, full = SlidingWindowCache(decoder.config, 1, 64, window=5, sinks=0), ContiguousCache(decoder.config, 1, 64)
    with torch.inference_mode():
        whole = decoder(ids)
        for cache in (ring, full):
            parts = [
                decoder(ids[:, a:b], None, cache) for a, b in ((0, 9), (9, 12), *((i, i + 1) for i in range(12, 30)))
            ]
            torch.testing.assert_close(torch.cat(parts, 1), whole, atol=2e-5, rtol=1e-5)
    assert ring.nbytes == full.nbytes // 30 * 5


def test_what_was_overwritten_cannot_be_rolled_back() -> None:
    cache = SlidingWindowCache(ONE, 1, 99, window=3, sinks=1)
    feed(cache, [[0, 1, 2]])
    cache.truncate(2)
    assert cache.seen == 2
    for p in range(2, 6):
        feed(cache, [[p]])
    with pytest.raises(NotImplementedError, match="overwritten"):
        cache.truncate(4)
    cache.truncate(6)  # nothing to forget
    with pytest.raises(ValueError, match="holds nothing"):
        SlidingWindowCache(ONE, 1, 9, window=0)


def test_a_short_text_needs_no_more_than_its_capacity() -> None:
    cache = SlidingWindowCache(ONE, 1, 6, window=1024, sinks=4)
    assert cache.size == 6
    assert cache.k[0].shape[2] == 6
