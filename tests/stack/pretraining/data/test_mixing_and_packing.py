"""Mixing and packing: properties, and nanochat's numbers in kind."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.pretraining.data import mixing, packing

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=40)
WAYS = (packing.greedy_crop, packing.best_fit_crop, packing.greedy_pad, packing.stream)


@pytest.mark.parametrize("way", WAYS)
@given(lengths=LENGTHS, length=st.integers(1, 30))
def test_no_token_stands_twice_and_no_row_is_too_long(way, lengths: list[int], length: int) -> None:
    made = way(lengths, length)
    tokens = [(piece.document, at) for row in made.rows for piece in row for at in range(piece.start, piece.stop)]
    assert len(set(tokens)) == len(tokens) == made.kept
    assert all(0 < sum(piece.tokens for piece in row) <= length for row in made.rows)
    assert all(at < lengths[document] for document, at in tokens)
    assert made.kept + made.cropped == sum(lengths)
    assert {document for document, _ in tokens} == set(range(len(lengths)))


@given(lengths=LENGTHS, length=st.integers(1, 30))
def test_what_each_way_promises(lengths: list[int], length: int) -> None:
    assert packing.stream(lengths, length).cropped == 0
    assert packing.stream(lengths, length).padded < length
    assert packing.greedy_crop(lengths, length).padded < length
    assert packing.greedy_crop(lengths, length).broken == 0
    assert packing.greedy_pad(lengths, length).cropped == sum(max(0, n - length) for n in lengths)


@given(lengths=LENGTHS, length=st.integers(1, 30))
def test_a_mask_leaves_the_pairs_within_documents(lengths: list[int], length: int) -> None:
    for row in packing.best_fit_crop(lengths, length).rows:
        owner = np.repeat([piece.document for piece in row], [piece.tokens for piece in row])
        allowed = np.tril(owner[:, None] == owner[None, :])
        assert packing.blocks(row) == allowed.sum()


def test_best_fit_loses_less_than_greedy_on_long_tailed_lengths() -> None:
    lengths = np.random.default_rng(3).lognormal(6, 1.2, 3000).astype(int).clip(1).tolist()
    greedy, best = packing.greedy_crop(lengths, 2048), packing.best_fit_crop(lengths, 2048)
    assert best.cropped < greedy.cropped
    assert greedy.padded < 2048


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=6), st.floats(0.5, 50))
def test_weights_sum_to_one_and_follow_size(sizes: list[int], temperature: float) -> None:
    found = mixing.weights(sizes, temperature)
    assert sum(found) == pytest.approx(1)
    assert [found[i] for i in np.argsort(sizes, kind="stable")] == sorted(found)


@given(st.lists(st.integers(10, 10**5), min_size=2, max_size=6), st.floats(0.05, 3.9))
def test_nothing_is_read_more_often_than_allowed(sizes: list[int], share: float) -> None:
    tokens = max(1, int(sum(sizes) * share))
    found = mixing.capped(sizes, mixing.weights(sizes, 5), tokens, most=4)
    assert sum(found) == pytest.approx(1)
    assert max(mixing.epochs(sizes, found, tokens)) <= 4 + 1e-6


def test_more_than_there_is_cannot_be_had() -> None:
    with pytest.raises(ValueError, match="fewer than"):
        mixing.capped([10, 10], [0.5, 0.5], tokens=100, most=4)


def test_batches_draw_by_the_shares() -> None:
    shares = mixing.weights([900, 90, 10], 2)
    rows = Counter(source for step in range(400) for source in mixing.drawn(shares, 64, seed=1, step=step))
    for source, share in enumerate(shares):
        spread = (share * (1 - share) / (400 * 64)) ** 0.5
        assert rows[source] / (400 * 64) == pytest.approx(share, abs=4 * spread)
    assert mixing.drawn(shares, 8, 1, 5) == mixing.drawn(shares, 8, 1, 5)
