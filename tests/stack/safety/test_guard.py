"""The guard's fit as scikit-learn finds it; what its worked properties are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from explorer.stack.safety.guard import fitted, loss


def _texts(n: int, d: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    y = (torch.arange(n) % 2).float()
    return torch.randn(n, d, generator=generator) * 3 + 0.7 * y[:, None], y


@pytest.mark.parametrize(("n", "d"), [(80, 5), (30, 60)])
@pytest.mark.parametrize("l2", [0.001, 0.1])
def test_it_is_scikit_learns(n: int, d: int, l2: float) -> None:
    x, y = _texts(n, d)
    z = StandardScaler().fit_transform(x.double().numpy())
    theirs = LogisticRegression(C=1 / (l2 * n), tol=1e-10, max_iter=10_000).fit(z, y.numpy())
    ours = fitted(x, y, l2)
    np.testing.assert_allclose(ours.score(x).numpy(), theirs.decision_function(z), atol=2e-4)
    assert ours.steps < 20


def test_it_is_at_the_bottom_of_its_objective() -> None:
    x, y = _texts(40, 3)
    ours = fitted(x, y, l2=0.05)
    scale = x.double().std(0, correction=0)

    def objective(w: torch.Tensor, b: torch.Tensor) -> float:
        return loss(x.double() @ w + b, y) + 0.05 / 2 * float((w * scale).square().sum())

    best = objective(ours.w, ours.b)
    for at in range(3):
        for step in (-1e-3, 1e-3):
            moved = ours.w.clone()
            moved[at] += step
            assert objective(moved, ours.b) > best
    assert objective(ours.w, ours.b + 1e-3) > best


@given(st.integers(0, 50), st.floats(0.1, 10.0), st.floats(-5.0, 5.0))
def test_unit_and_origin_of_a_coordinate_change_nothing(seed: int, unit: float, origin: float) -> None:
    x, y = _texts(20, 4, seed)
    moved = x.double() * unit + origin
    torch.testing.assert_close(
        fitted(x, y, 0.1).score(x), fitted(moved.float(), y, 0.1).score(moved), atol=1e-3, rtol=1e-3
    )


def test_one_kind_alone_teaches_nothing() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        fitted(torch.zeros(3, 2), torch.ones(3))
