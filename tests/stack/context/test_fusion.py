"""Fusion and choice: by hand, and what must hold for any lists."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.context.fusion import convex, diverse, first, ranks, reciprocal, scaled
from explorer.stack.context.stored import stored

scores = st.lists(st.floats(-5, 5), min_size=1, max_size=8).map(np.array)


def test_one_list_only() -> None:
    assert round(float(reciprocal(np.array([[1.0], [np.inf]])).sum()), 7) == 0.0163934


@given(scores)
def test_ranks_are_the_order(values: np.ndarray) -> None:
    places = ranks(values)
    assert sorted(places.tolist()) == list(range(1, len(values) + 1))
    assert (np.diff(values[np.argsort(places)]) <= 0).all()
    assert np.argsort(places).tolist() == first(values, len(values)).tolist()


@given(scores, st.floats(0.1, 9), st.floats(-3, 3))
def test_a_convex_part_knows_no_unit(values: np.ndarray, times: float, plus: float) -> None:
    values = np.round(values, 3)
    np.testing.assert_allclose(scaled(values), scaled(times * values + plus), atol=1e-6)
    assert convex(values[None], [0.3]).max() <= 0.3


def test_diverse_leaves_out_a_copy() -> None:
    x = np.array([[1.0, 0.0], [1.0, 0.0], [0.6, 0.8]])
    assert diverse(x @ x[0], x, 3, 0.4) == [0, 2, 1]
    assert diverse(np.zeros(0), np.zeros((0, 2)), 3, 0.4) == []


def test_bytes_are_near_and_nought_stays() -> None:
    import torch

    made = torch.nn.functional.normalize(torch.randn(50, 384, generator=torch.Generator().manual_seed(0)), dim=1)
    kept = stored(made).vectors()
    assert float((kept @ kept.T - made @ made.T).abs().max()) < 4e-3
    assert not stored(torch.zeros(1, 4)).vectors().any()
