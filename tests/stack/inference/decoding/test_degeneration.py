"""rep-n and diversity by hand, as numpy counts windows, and their properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.inference.decoding.degeneration import diversity, repetition

IDS = st.lists(st.integers(0, 5), max_size=30)


def test_by_hand() -> None:
    """the cat the cat sat: pairs tc ct tc cs, one of four again; triples all new."""
    ids = [0, 1, 0, 1, 2]
    assert [repetition(ids, n) for n in (1, 2, 3, 4)] == pytest.approx([0.4, 0.25, 0, 0])
    assert diversity(ids) == pytest.approx(0.75)


@given(IDS, st.integers(1, 4))
def test_as_numpy_counts(ids: list[int], n: int) -> None:
    if len(ids) < n:
        assert repetition(ids, n) == 0
        return
    windows = np.lib.stride_tricks.sliding_window_view(np.array(ids), n)
    assert repetition(ids, n) == pytest.approx(1 - len(np.unique(windows, axis=0)) / len(windows))


@given(IDS)
def test_longer_ones_repeat_less_often_and_all_is_a_share(ids: list[int]) -> None:
    assert 0 <= diversity(ids) <= 1
    repeated = [repetition(ids, n) * max(0, len(ids) - n + 1) for n in (2, 3, 4)]
    assert repeated == sorted(repeated, reverse=True)
