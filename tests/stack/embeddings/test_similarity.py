"""Rows compared, by hand and against numpy and torch's own decompositions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.embeddings.similarity import analogy, cosines, lengths, nearest, principal
from explorer.stack.embeddings.under_trained import closeness, repeat_prompt, unused_direction


def random(rows: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, d, generator=torch.Generator().manual_seed(seed))


@given(st.integers(0, 50), st.integers(2, 40), st.integers(1, 9))
def test_cosines_are_torchs(seed: int, rows: int, d: int) -> None:
    table = random(rows, d, seed)
    theirs = torch.nn.functional.cosine_similarity(table.double(), table[:1].double())
    torch.testing.assert_close(cosines(table, table[0]).double(), theirs, atol=1e-5, rtol=0)
    assert bool((cosines(torch.zeros(3, d), table[0]) == 0).all())


def test_nearest_leaves_out_what_it_is_told_to() -> None:
    table = random(30, 4)
    found = nearest(table, table[7], 29, leave_out=[7])
    assert sorted([*found.ids.tolist(), 7]) == list(range(30))
    assert found.cosines.diff().max() <= 0
    assert len(nearest(table, table[7], 99, leave_out=[1, 2]).ids) == 28


def test_an_analogy_by_numpy() -> None:
    table = random(200, 12, 3)
    rows = table.double().numpy()
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    for a, b, c, d in [(0, 1, 2, 3), (5, 6, 7, 5), (9, 9, 9, 10)]:
        scores = unit @ (unit[b] - unit[a] + unit[c])
        found = analogy(table, a, b, c, d, k=4)
        assert found.nearest.ids.tolist() == np.argsort(-scores)[:4].tolist()
        assert found.rank == int((scores > scores[d]).sum()) + 1
        kept = [i for i in range(200) if i not in {a, b, c} or i == d]
        assert found.rank_without_inputs == sum(scores[i] > scores[d] for i in kept) + 1


@pytest.mark.parametrize(("rows", "d"), [(3000, 40), (60, 5), (7, 20)])
def test_principal_components_are_those_of_the_covariance(rows: int, d: int) -> None:
    table = random(rows, d) * torch.linspace(3, 0.2, d) + 2
    found = principal(table, axes=2)
    centred = (table - table.mean(0)).double()
    values, axes = torch.linalg.eigh(centred.T @ centred / rows)
    torch.testing.assert_close(found.variance.double(), values.flip(0)[:2], rtol=1e-3, atol=1e-6)
    assert found.total == pytest.approx(float(values.sum()), rel=1e-5)
    for mine, theirs in zip(found.axes.double(), axes.T.flip(0)[:2], strict=True):
        assert abs(float(mine @ theirs)) == pytest.approx(1, abs=1e-2)
    assert float(found.place(table).mean(0).abs().max()) < 1e-4


def test_closeness_is_the_cosine_from_the_mean() -> None:
    table = random(80, 6) + 1
    direction = torch.tensor([1.0, -2, 0, 0, 3, 1])
    centred = (table - table.mean(0)).double()
    theirs = torch.nn.functional.cosine_similarity(centred, direction.double()[None])
    torch.testing.assert_close(closeness(table, direction).double(), theirs, atol=1e-5, rtol=0)


def test_unused_rows_that_were_trained_are_left_aside() -> None:
    table = random(300, 8)
    together = torch.tensor([4.0, 0, 0, 0, 0, 0, 0, 0])
    table[:5] = together + 0.05 * random(5, 8, 1)
    direction = unused_direction(table, [0, 1, 2, 3, 4, 100, 101])
    assert direction is not None
    torch.testing.assert_close(direction, (table[:5] - table.mean(0)).mean(0))
    assert closeness(table, direction).topk(5).indices.sort().values.tolist() == [0, 1, 2, 3, 4]
    assert unused_direction(table, [100]) is None
    assert unused_direction(torch.eye(20), [0, 1, 2]) is None  # they do not lie together


def test_lengths_and_the_prompt() -> None:
    assert lengths(torch.tensor([[3.0, 4.0]])).tolist() == [5.0]
    assert repeat_prompt([], 3, [], [1], [2]) == [3, 1]
