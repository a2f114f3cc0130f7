"""The cache: logits equal to recomputing everything, ragged rows, rollback, beams, true bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.inference.cache.heavy_hitter_cache import HeavyHitterCache
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.cache.quantized_cache import QuantizedCache
from explorer.stack.inference.cache.sliding_window_cache import SlidingWindowCache
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache, KVCache
from explorer.zoo.model import Model
from tests.tiers import spread

EXACT: dict[str, Callable[..., KVCache]] = {
    "contiguous": ContiguousCache,
    "paged": partial(PagedCache.for_batch, block_size=4),
    "window": partial(SlidingWindowCache, window=60, sinks=4),
    "heavy hitters": partial(HeavyHitterCache, recent=32, heavy=32),
    "all in the residual": partial(QuantizedCache, residual=64),
}


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = DecoderConfig(
            n_layers=2, d_model=32, n_heads=4, n_kv_heads=2, d_head=8, d_mlp=64, d_vocab=97, n_ctx=128
        )
        return Decoder(config).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def whole(model: Model) -> tuple[torch.Tensor, torch.Tensor]:
    """40 tokens and the real model's logits from one pass over them."""
    text = "Once upon a time there lived a king who had three daughters, and the youngest was so beautiful that the sun"
    ids = torch.tensor([model.tokenizer(text * 2)["input_ids"][:40]])
    with torch.inference_mode():
        return ids, model.decoder(ids)


@pytest.mark.parametrize("policy", spread(["contiguous", "paged", "window"], 1))
def test_nothing_is_lost_on_the_real_model(model: Model, whole: tuple[torch.Tensor, torch.Tensor], policy: str) -> None:
    ids, logits = whole
    cache = EXACT[policy](model.decoder.config, 1, 64)
    assert isinstance(cache, KVCache)
    with torch.inference_mode():  # two chunks and then single tokens
        got = [model.decoder(ids[:, a:b], None, cache) for a, b in ((0, 20), (20, 37), (37, 38), (38, 39), (39, 40))]
    assert (torch.cat(got, 1) - logits).abs().max() < 5e-4  # of logits up to 20
    assert cache.seen == 40
    dims = model.dims
    assert cache.nbytes >= 2 * dims.n_layers * dims.n_kv_heads * dims.d_head * 40 * 4


@pytest.mark.parametrize("policy", EXACT)
def test_ragged_rows_say_what_they_say_alone(tiny: Decoder, policy: str) -> None:
    rows = [[5, 6, 7, 8, 9], [11, 12], [3]]
    ids = torch.tensor([[0] * (5 - len(row)) + row for row in rows])
    positions = torch.tensor([[-1] * (5 - len(row)) + list(range(len(row))) for row in rows])
    cache = EXACT[policy](tiny.config, 3, 16)
    with torch.inference_mode():
        got = [tiny(ids, positions, cache, last_only=True)]
        for step in range(4):
            now = torch.tensor([[20 + step], [40 + step], [60 + step]])
            got.append(tiny(now, torch.tensor([[len(row) + step] for row in rows]), cache, last_only=True))
        for i, row in enumerate(rows):
            full = torch.tensor([[*row, *(20 * (i + 1) + step for step in range(4))]])
            alone = tiny(full)[0, len(row) - 1 :]
            torch.testing.assert_close(torch.stack([g[i, 0] for g in got]), alone, atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("policy", ["contiguous", "paged", "window", "all in the residual"])
def test_rejected_drafts_leave_no_trace(tiny: Decoder, policy: str) -> None:
    ids = torch.arange(1, 13)[None]
    cache = EXACT[policy](tiny.config, 1, 32)
    with torch.inference_mode():
        tiny(ids[:, :6], None, cache)
        tiny(torch.tensor([[90, 91, 92]]), None, cache)  # drafts
        cache.truncate(7)  # the first of them was accepted
        assert cache.seen == 7
        after = torch.cat([tiny(ids[:, i : i + 1], None, cache) for i in range(7, 12)], 1)
        whole = tiny(torch.cat([ids[:, :6], torch.tensor([[90]]), ids[:, 7:]], 1))
    torch.testing.assert_close(after, whole[:, 7:], atol=2e-5, rtol=1e-5)


def test_ragged_rows_can_be_cut_at_one_position(tiny: Decoder) -> None:
    ids, positions = torch.tensor([[1, 2, 3, 4], [0, 0, 5, 6]]), torch.tensor([[0, 1, 2, 3], [-1, -1, 0, 1]])
    cache = ContiguousCache(tiny.config, 2, 8)
    with torch.inference_mode():
        tiny(ids, positions, cache)
        cache.truncate(1)
        assert cache.positions[:, :4].tolist() == [[0, -1, -1, -1], [-1, -1, 0, -1]]
        assert cache.seen == 3
        got = tiny(torch.tensor([[7], [8]]), torch.tensor([[1], [1]]), cache)
        for row, text in enumerate(([1, 7], [5, 8])):
            torch.testing.assert_close(got[row, 0], tiny(torch.tensor([text]))[0, -1], atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize("policy", EXACT)
def test_beams_take_their_past_with_them(tiny: Decoder, policy: str) -> None:
    cache = EXACT[policy](tiny.config, 2, 32)
    with torch.inference_mode():
        tiny(torch.tensor([[1, 2, 3], [4, 5, 6]]), None, cache)
        cache.reorder(torch.tensor([1, 1]))
        swapped = tiny(torch.tensor([[7], [8]]), None, cache)
        cache.reorder(torch.tensor([1, 0, 1]))  # and from two beams to three
        spread = tiny(torch.tensor([[9], [9], [10]]), None, cache)
        texts = [[4, 5, 6, 7], [4, 5, 6, 8]], [[4, 5, 6, 8, 9], [4, 5, 6, 7, 9], [4, 5, 6, 8, 10]]
        for got, expected in zip((swapped, spread), texts, strict=True):
            torch.testing.assert_close(got[:, 0], tiny(torch.tensor(expected))[:, -1], atol=2e-5, rtol=1e-5)


@given(
    layers=st.integers(1, 3),
    kv=st.integers(1, 3),
    d=st.sampled_from([2, 6, 8]),
    batch=st.integers(1, 3),
    chunks=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    half=st.booleans(),
)
def test_bytes_are_the_formula(layers: int, kv: int, d: int, batch: int, chunks: list[int], half: bool) -> None:
    config: Any = DecoderConfig(layers, kv * d, kv, kv, d, 4, 5, 64)
    cache = ContiguousCache(config, batch, 32, torch.bfloat16 if half else torch.float32)
    seen = 0
    for n in chunks:
        for layer in range(layers):
            kept = torch.randn(batch, kv, n, d)
            held = cache.update(layer, kept, -kept, torch.arange(seen, seen + n).expand(batch, n))
            assert held.k.dtype == torch.float32
        seen += n
    size = 2 if half else 4
    assert cache.nbytes == batch * seen * (2 * layers * kv * d * size + 8)  # a position is an int64
    assert cache.allocated_nbytes == cache.nbytes // seen * 32
    assert cache.keys.untyped_storage().nbytes() == 2 * layers * batch * kv * 32 * d * size


def test_nothing_is_copied(tiny: Decoder) -> None:
    cache = ContiguousCache(tiny.config, 1, 8)
    k = torch.randn(1, 2, 3, 8)
    held = cache.update(0, k, k, torch.arange(3)[None])
    assert held.k.data_ptr() == cache.k[0].data_ptr()
    assert torch.equal(held.k, k)
    start, end = cache.claim(torch.tensor([[3]]))  # as a fused decoder does it
    assert (start, end, cache.seen) == (3, 4, 4)


def test_a_full_cache_says_so(tiny: Decoder) -> None:
    cache = ContiguousCache(tiny.config, 1, 4)
    with pytest.raises(ValueError, match="4 tokens cannot hold 5"):
        tiny(torch.arange(5)[None], None, cache)


def test_gradients_stop_at_the_cache(tiny: Decoder) -> None:
    k = torch.ones(1, 2, 1, 8, requires_grad=True)
    for make in EXACT.values():
        cache = make(tiny.config, 1, 8)
        held = cache.update(0, k, k, torch.zeros(1, 1, dtype=torch.long))
        assert not held.k[:, :, :1].requires_grad or held.k is not k
