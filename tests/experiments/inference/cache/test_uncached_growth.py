"""Tokens fed and operations of both ways: counted, by formula, and by hand."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.experiments.inference.cache import uncached_growth as experiment
from explorer.figures.inference.cache import uncached_growth as figure
from explorer.stack.systems.generation_work import cached, uncached
from explorer.stack.transformer.config import DecoderConfig
from explorer.zoo.model import Model

TINY = DecoderConfig(2, 8, 2, 1, 4, 16, 32, 64)


@pytest.fixture(scope="module")
def made() -> experiment.UncachedGrowth:
    from explorer import zoo

    *_, last = experiment.uncached_growth(zoo.load("six-kinds-dense").decoder, 16, rounds=1)
    return last


@pytest.mark.thorough
def test_counts_are_the_formulas(made: experiment.UncachedGrowth) -> None:
    from explorer import zoo

    small: Model = zoo.load("six-kinds-dense")
    assert made.parted == 0
    assert made.lengths == (2, 4, 8, 16)
    assert figure.formula_flops(made, small.decoder.config) == 0
    assert figure.formula_passes(made, small.decoder.config) == 0
    assert len(made.token_passes) == experiment.COUNTED
    for length, (with_cache, without) in zip(made.lengths, made.token_passes, strict=False):
        assert with_cache == cached(small.decoder.config, 1, length - 1).token_passes == length - 1
        assert without == uncached(small.decoder.config, 1, length - 1).token_passes == length * (length - 1) // 2


def test_a_text_is_the_sum_of_its_passes(made: experiment.UncachedGrowth) -> None:
    assert made.places == (1, 2, 3, 4, 6, 8, 12, 15)
    assert list(made.uncached.times) == sorted(made.uncached.times, key=lambda each: each.median)
    for way in (made.cached, made.uncached):  # a part of each pass
        pairs = zip(way.attention, way.times, strict=True)
        assert all(0 < attention.median < whole.median for attention, whole in pairs)
    # Where every pass is timed, nothing lies between.
    places, seconds = range(1, 16), [float(n * n) for n in range(1, 16)]
    assert experiment.text_seconds(places, seconds, 16) == sum(seconds)
    # A straight line is met exactly.
    assert experiment.text_seconds([1, 15], [2.0, 30.0], 16) == pytest.approx(2 * sum(range(1, 16)))


def test_the_clocked_kernel_computes_what_torchs_does() -> None:
    from explorer.stack.transformer.attention import Visibility, sdpa

    q, k, v = torch.randn(3, 1, 2, 5, 4)
    clock = experiment.Clocked()
    assert torch.equal(clock(q, k, v, Visibility(), 0.5).z, sdpa(q, k, v, Visibility(), 0.5).z)
    assert clock.taken() > 0
    assert clock.taken() == 0


def test_by_hand() -> None:
    """A prompt of 2 and an answer of 3: 2 + 1 + 1 with a cache, 2 + 3 + 4 without;
    pairs 2·2, 3·1, 4·1, and 2·2, 3·3, 4·4."""
    pair = 4 * TINY.n_layers * TINY.n_heads * TINY.d_head
    one, other = cached(TINY, 2, 3), uncached(TINY, 2, 3)
    assert (one.token_passes, other.token_passes) == (4, 9)
    assert (one.passes, other.passes) == (3, 3)
    assert (one.attention_flops, other.attention_flops) == ((4 + 3 + 4) * pair, (4 + 9 + 16) * pair)
    assert one.weight_bytes == other.weight_bytes
    assert other.cache_bytes == 0


@given(st.integers(1, 40), st.integers(1, 40))
def test_closed_forms(prompt: int, new: int) -> None:
    made = uncached(TINY, prompt, new)
    assert made.token_passes == new * prompt + new * (new - 1) // 2
    assert cached(TINY, prompt, new).token_passes == prompt + new - 1
    assert cached(TINY, prompt, new).attention_flops <= made.attention_flops


def test_powers_of_long_texts() -> None:
    from explorer.stack.systems.attention_io import power

    lengths = [500, 1000, 2000]
    without = [uncached(TINY, 1, n - 1) for n in lengths]
    assert power(lengths, [each.token_passes for each in without]) == pytest.approx(2, abs=0.01)
    assert power(lengths, [each.attention_flops for each in without]) == pytest.approx(3, abs=0.01)
