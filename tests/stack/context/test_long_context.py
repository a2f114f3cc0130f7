"""Needles and streaming: against whole passes, by hand, and what a mask of one pass has of a cache fed step by step."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.context.needle import Haystack, searched
from explorer.stack.context.streaming import Streaming, StreamingCache, seen
from explorer.stack.embeddings.rope import RopeConfig
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

ROPE = RopeConfig(100.0, 4)
HAY = Haystack((1,), tuple(i % 7 for i in range(24)), (0, 6, 12, 18, 24), (8, 9), (5, 10), (3, 4))


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    config = DecoderConfig(
        n_layers=2, d_model=16, n_heads=4, n_kv_heads=2, d_head=4, d_mlp=24, d_vocab=11, n_ctx=64, rope=ROPE,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Decoder(config).eval().requires_grad_(False)


def test_each_cell_is_a_pass_over_its_whole_prompt(tiny: Decoder) -> None:
    cells = list(searched(tiny, HAY, (12, 24), (0.0, 0.5, 1.0)))
    assert [(cell.length, cell.at) for cell in cells] == [(12, 12), (12, 6), (12, 0), (24, 24), (24, 12), (24, 0)]
    for cell in cells:
        filler = HAY.filler[: cell.length]
        text = (*HAY.first, *filler[: cell.at], *HAY.needle, *filler[cell.at :], *HAY.question, *HAY.answer)
        logp = tiny(torch.tensor(text)[None])[0].log_softmax(-1)[-3:-1]
        torch.testing.assert_close(
            cell.logp, logp.gather(-1, torch.tensor(HAY.answer)[:, None])[:, 0], rtol=0, atol=1e-5
        )
        bare = (*HAY.first, *filler, *HAY.question, *HAY.answer)
        logp = tiny(torch.tensor(bare)[None])[0].log_softmax(-1)[-3:-1]
        expected = logp.gather(-1, torch.tensor(HAY.answer)[:, None])[:, 0]
        torch.testing.assert_close(cell.without, expected, rtol=0, atol=1e-5)
        assert cell.tokens == len(text) - 1
        assert float(cell.profile.sum()) == pytest.approx(1, abs=1e-5)
        assert cell.match == bool((cell.likeliest == torch.tensor(HAY.answer)).all())


@given(st.integers(0, 4), st.integers(1, 9))
@settings(max_examples=10)
def test_one_pass_is_the_cache_fed_step_by_step(sinks: int, window: int) -> None:
    config = DecoderConfig(
        n_layers=2, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=11, n_ctx=64, rope=ROPE,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(1)
        decoder = Decoder(config).eval().requires_grad_(False)
    ids = torch.arange(16)[None] * 5 % 11
    cache = StreamingCache(config, sinks, window, ROPE)
    steps = [decoder(ids[:, t : t + 1], torch.tensor([[t]]), cache) for t in range(16)]
    once = decoder(ids, kernel=Streaming(sinks, window, ROPE))
    torch.testing.assert_close(torch.cat(steps, 1), once, rtol=0, atol=1e-5)
    assert cache.positions[0].shape[1] == min(16, sinks + window)


def test_a_window_as_long_as_the_text_is_plain_attention(tiny: Decoder) -> None:
    ids = torch.arange(20)[None] % 11
    torch.testing.assert_close(tiny(ids, kernel=Streaming(0, 20, ROPE)), tiny(ids), rtol=0, atol=1e-5)
    assert float((tiny(ids, kernel=Streaming(0, 5, ROPE)) - tiny(ids)).abs().max()) > 1e-3


def test_places_of_sinks_are_those_inside_the_cache(tiny: Decoder) -> None:
    """Moved by 1,000 positions but for the sinks, which are read at the same places: nothing changes."""
    ids = torch.arange(20)[None] % 11
    cache, far = (StreamingCache(tiny.config, 1, 4, ROPE) for _ in range(2))
    for t in range(20):
        near = tiny(ids[:, t : t + 1], torch.tensor([[t]]), cache)
        if t == 4:  # full: from here on only the text's positions grow
            far.k, far.v, far.positions = list(cache.k), list(cache.v), list(cache.positions)
        if t > 4:
            there = tiny(ids[:, t : t + 1], torch.tensor([[t]]), far)
            torch.testing.assert_close(near, there, rtol=0, atol=1e-5)
    assert seen(torch.tensor([[9]]), torch.arange(10), 1, 4).int().tolist() == [[1, 0, 0, 0, 0, 0, 1, 1, 1, 1]]
