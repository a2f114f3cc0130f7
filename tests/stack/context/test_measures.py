"""Measures of rankings: by hand, their bounds, and what they do to a better order."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.context.measures import GAINS, Gain, average_precision, dcg, ndcg, recall, reciprocal_rank

relevances = st.lists(st.integers(0, 3), min_size=1, max_size=8)


def test_by_hand() -> None:
    assert dcg([1, 3, 2], 3) == pytest.approx(1 + 3 / math.log2(3) + 2 / 2)
    assert dcg([1, 3, 2], 3, "exponential") == pytest.approx(1 + 7 / math.log2(3) + 3 / 2)
    assert recall([1, 0, 1], 3, 2) == pytest.approx(1 / 3)
    assert reciprocal_rank([0, 0]) == 0
    assert average_precision([1, 0, 1], 4) == pytest.approx((1 + 2 / 3) / 4)
    assert ndcg([0, 0], [0], 2) == average_precision([0]) == 0


@given(relevances, st.sampled_from(GAINS))
def test_the_best_order_has_one_and_no_order_more(found: list[int], gain: Gain) -> None:
    value = ndcg(found, found, 5, gain)
    assert 0 <= value <= 1 + 1e-12
    if any(found):
        assert ndcg(sorted(found, reverse=True), found, 5, gain) == pytest.approx(1)


@given(st.lists(st.integers(0, 1), min_size=1, max_size=8))
def test_with_relevance_of_nought_and_one_the_gains_agree(found: list[int]) -> None:
    assert ndcg(found, found, 5) == pytest.approx(ndcg(found, found, 5, "exponential"))
