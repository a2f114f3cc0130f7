"""n-grams of ids: held against Kneser and Ney's models in dictionaries, which read one word at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.pretraining.data.kneser_ney import EOS, UNK, KneserNey
from explorer.stack.pretraining.data.token_grams import ORDER, TokenGrams


@pytest.mark.parametrize("order", [2, 3])
def test_every_probability_is_that_of_kneser_and_ney(order: int) -> None:
    drawn = np.random.default_rng(0).zipf(1.5, 3000) % 20
    names = {word: at + 2 for at, word in enumerate(sorted(set(drawn.tolist())))}
    text = [names[each] for each in drawn.tolist()]
    d_vocab = len(names) + 2  # 0 begins the text, and stands for what it lacks; 1 ends it
    ours = TokenGrams.of(np.array([0, *text, 1]), d_vocab)
    theirs = KneserNey.of([[str(each) for each in text]], order)
    for context in [(5, 7), (2, 3), (9, 2), (20, 4)]:
        p = ours.after(context, order)
        words = [UNK, EOS, *(str(each) for each in range(2, d_vocab))]
        known = tuple(map(str, context))[-(order - 1) :]
        expected = [10 ** theirs.after(known, word).log10 for word in words]
        np.testing.assert_allclose(p, expected, rtol=1e-12)


def test_counts_by_hand() -> None:
    grams = TokenGrams.of(np.array([3, 1, 2, 1, 2, 0]), d_vocab=4)
    one, two, three = grams.raw
    assert dict(zip(one[0].tolist(), one[1].tolist(), strict=True)) == {0: 1, 1: 2, 2: 2, 3: 1}
    assert dict(zip(two[0].tolist(), two[1].tolist(), strict=True)) == {3 * 4 + 1: 1, 4 + 2: 2, 2 * 4 + 1: 1, 2 * 4: 1}
    assert three[1].sum() == 4


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=3, max_size=60), st.lists(st.integers(0, 5), max_size=4))
def test_probabilities_sum_to_one(text: list[int], context: list[int]) -> None:
    grams = TokenGrams.of(np.array(text), 6)
    for order in range(1, ORDER + 1):
        p = grams.after(context, order)
        assert p.min() > 0
        assert p.sum() == pytest.approx(1)
