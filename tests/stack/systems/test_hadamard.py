"""The fast transform against Sylvester's matrix, and what a rotation leaves as it is."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.systems.hadamard import RandomHadamard, spread, walsh_hadamard


def sylvester(size: int) -> torch.Tensor:
    made = torch.ones(1, 1, dtype=torch.float64)
    while len(made) < size:
        made = torch.kron(torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=torch.float64), made)
    return made / size**0.5


@pytest.mark.parametrize("width", [1, 2, 8, 64, 128, 48, 80, 3])
def test_the_fast_transform_is_the_matrix(width: int) -> None:
    matrix = torch.kron(torch.eye(width // spread(width), dtype=torch.float64), sylvester(spread(width)))
    x = torch.randn(3, width, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert (walsh_hadamard(x) - x @ matrix).abs().max() < 1e-12
    assert (matrix @ matrix.T - torch.eye(width)).abs().max() < 1e-12


@given(width=st.integers(1, 96), seed=st.integers(0, 99))
def test_scores_and_lengths_stay(width: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    q, k = torch.randn(2, 4, width, generator=generator, dtype=torch.float64)
    turn = RandomHadamard.drawn(width, generator)
    assert (turn(q) @ turn(k).T - q @ k.T).abs().max() < 1e-10
    assert (turn.undo(turn(q)) - q).abs().max() < 1e-12


def test_an_outlier_is_spread_evenly_and_signs_matter() -> None:
    turn = RandomHadamard.drawn(64, torch.Generator().manual_seed(0))
    one = torch.zeros(64)
    one[17] = 8.0
    assert torch.equal(turn(one).abs(), torch.ones(64))
    assert set(turn.signs.tolist()) == {-1.0, 1.0}
