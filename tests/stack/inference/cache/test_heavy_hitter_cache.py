"""Heavy hitters: the eviction against a plain reading of the paper, per head; what is refused."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.inference.cache.heavy_hitter_cache import HeavyHitterCache
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder


def plainly(scores: dict[int, float], recent: int, budget: int) -> set[int]:
    """The newest, then the highest sums."""
    newest = max(scores)
    order = sorted(scores, key=lambda p: (p > newest - recent, scores[p]), reverse=True)
    return set(order[:budget])


@given(
    recent=st.integers(1, 4),
    heavy=st.integers(0, 4),
    prompt=st.integers(1, 9),
    steps=st.integers(0, 6),
    seed=st.integers(0, 9999),
)
def test_each_head_keeps_what_the_paper_says(recent: int, heavy: int, prompt: int, steps: int, seed: int) -> None:
    config = DecoderConfig(1, 8, 4, 2, 2, 2, 4, 64)
    cache, random = HeavyHitterCache(config, 1, 99, recent, heavy), torch.Generator().manual_seed(seed)
    kept: list[dict[int, float]] = [{}, {}]
    for start, n in [(0, prompt), *((prompt + i, 1) for i in range(steps))]:
        at = torch.arange(start, start + n)
        k = at.float().view(1, 1, n, 1).expand(1, 2, n, 2)
        held = cache.update(0, k, -k, at[None])
        assert torch.equal(held.k, -held.v)
        pattern = torch.rand(1, 4, n, held.k.shape[2], generator=random)
        # What lies in each slot, read from the keys themselves.
        slots = held.k[0, :, :, 0].long().tolist()
        cache.observe(0, pattern)
        for head in range(2):
            received = pattern[0, 2 * head : 2 * head + 2].sum((0, 1)).tolist()
            for position, more in zip(slots[head], received, strict=True):
                kept[head][position] = kept[head].get(position, 0.0) + more
            stay = plainly(kept[head], recent, recent + heavy)
            kept[head] = {p: s for p, s in kept[head].items() if p in stay}
    for head in range(2):
        assert set(cache.held_positions(0)[0, head].tolist()) == set(kept[head])
    assert cache.seen == prompt + steps
    held_now = min(recent + heavy, prompt + steps)
    assert cache.nbytes == held_now * 2 * (2 * 2 * 4 + 8)  # keys, values; a score and a position


def test_it_writes_with_the_real_attention() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(2)
        decoder = Decoder(DecoderConfig(2, 32, 4, 2, 8, 64, 97, 128)).eval().requires_grad_(False)
    ids = torch.arange(1, 21)[None]
    cache = HeavyHitterCache(decoder.config, 1, 64, recent=3, heavy=3)
    with torch.inference_mode():
        trace, kept = decoder.run_with_cache(ids[:, :12], names_filter="blocks.1.attn.hook_pattern")
        got = decoder(ids[:, :12], None, cache)
        torch.testing.assert_close(got, trace, atol=2e-5, rtol=1e-5)  # the prompt reads all of itself
        sums = kept["blocks.1.attn.hook_pattern"][0].unflatten(0, (2, 2)).sum((1, 2))  # kv_head key
        for head in range(2):
            expected = plainly(dict(enumerate(sums[head].tolist())), 3, 6)
            assert set(cache.held_positions(1)[0, head].tolist()) == expected
        for i in range(12, 20):
            assert decoder(ids[:, i : i + 1], None, cache).isfinite().all()
    assert cache.used == [6, 6]


def test_what_it_refuses() -> None:
    with pytest.raises(NotImplementedError, match="ALiBi"):
        HeavyHitterCache(DecoderConfig(1, 8, 4, 2, 2, 2, 4, 64, positions="alibi"), 1, 9)
    windowed = HeavyHitterCache(DecoderConfig(1, 8, 4, 2, 2, 2, 4, 64, windows=(4,)), 1, 9)
    k = torch.zeros(1, 2, 1, 2)
    windowed.update(0, k, k, torch.tensor([[3]]))
    with pytest.raises(NotImplementedError, match="window of 4"):
        windowed.update(0, k, k, torch.tensor([[4]]))
    with pytest.raises(NotImplementedError, match="undone"):
        windowed.truncate(2)
    windowed.truncate(4)  # nothing to forget
    with pytest.raises(ValueError, match="newest"):
        HeavyHitterCache(DecoderConfig(1, 8, 4, 2, 2, 2, 4, 64), 1, 9, recent=0)
