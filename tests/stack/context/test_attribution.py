"""Attribution: by hand, against scikit-learn, and what Shapley's values must have."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Lasso
from sklearn.preprocessing import StandardScaler

from explorer.stack.context.attribution import (
    ablations,
    contextcite,
    leave_one_out,
    logit_probability,
    shapley,
    statement_share,
    subsets,
)  # fmt: skip


def table(n: int, seed: int, tokens: int = 2) -> torch.Tensor:
    return torch.randn(2**n, tokens, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


def test_three_players_by_hand() -> None:
    """A glove game: players 0 and 1 have a left one, 2 a right one; a pair is worth 1. Known: 1/6, 1/6, 2/3."""
    worth = torch.tensor([[float(bool(s & 3) and bool(s & 4))] for s in range(8)])
    torch.testing.assert_close(shapley(worth).flatten(), torch.tensor([1 / 6, 1 / 6, 2 / 3]))
    assert leave_one_out(worth).flatten().tolist() == [0.0, 0.0, 1.0]


@given(st.integers(1, 5), st.integers(0, 10**6))
def test_shapley_sums_to_all_less_none(n: int, seed: int) -> None:
    values = table(n, seed)
    torch.testing.assert_close(shapley(values).sum(0), values[-1] - values[0])


@given(st.integers(2, 5), st.integers(0, 10**6))
def test_symmetric_sources_get_the_same_and_a_dummy_nothing(n: int, seed: int) -> None:
    size = table(n, seed)[: n + 1]
    rows = subsets(n).sum(1)
    assert float(shapley(size[rows]).std(0, correction=0).max()) < 1e-12  # only the number of sources counts
    alone = table(n - 1, seed)
    kept = torch.arange(2**n) % 2 ** (n - 1)  # the last source changes nothing
    found = shapley(alone[kept])
    assert float(found[-1].abs().max()) == 0
    torch.testing.assert_close(found[:-1], shapley(alone))


@given(st.integers(1, 4), st.integers(0, 10**6))
def test_both_are_linear_and_agree_where_nothing_interacts(n: int, seed: int) -> None:
    one, other = table(n, seed), table(n, seed + 1)
    torch.testing.assert_close(shapley(one + 2 * other), shapley(one) + 2 * shapley(other))
    gains = table(n, seed)[:n]
    additive = subsets(n).double() @ gains
    torch.testing.assert_close(shapley(additive), gains)
    torch.testing.assert_close(leave_one_out(additive), gains)


def test_contextcite_is_scikit_learns_pipeline() -> None:
    masks = ablations(6)
    generator = torch.Generator().manual_seed(0)
    logp = -0.3 * torch.rand(64, 7, generator=generator) - masks[:, :1].float() * 0.4
    made = contextcite(masks, logp)
    x, total = masks.numpy().astype(np.float64), logp.double().sum(1).numpy()
    scaler, lasso = StandardScaler(), Lasso(alpha=0.01, tol=1e-12, max_iter=100_000)
    lasso.fit(scaler.fit_transform(x), (total - np.log1p(-np.exp(total))) / 7)
    weights = np.asarray(lasso.coef_) / np.asarray(scaler.scale_)
    np.testing.assert_allclose(made.weights.numpy(), weights * 7, atol=1e-8)
    np.testing.assert_allclose(made.bias, (lasso.intercept_ - np.asarray(scaler.mean_) @ weights) * 7, atol=1e-8)
    assert (made.weights == 0).any()


def test_the_published_subsets_and_a_probability_near_one() -> None:
    rows = ablations(5, 3)
    assert rows[0].tolist() == np.random.RandomState(0).choice([False, True], 5, p=[0.5, 0.5]).tolist()
    assert float(logit_probability(torch.tensor([[-1e-9]]))[0]) == pytest.approx(np.log(1e9), rel=1e-6)


def test_a_source_that_is_always_there_gets_nothing() -> None:
    masks = torch.tensor([[True, True], [True, False], [True, True], [True, False]])
    made = contextcite(masks, torch.tensor([[-0.1], [-2.0], [-0.1], [-2.0]]))
    assert float(made.weights[0]) == 0
    assert float(made.weights[1]) > 1


@pytest.mark.parametrize("rows", [1, 3, 6])
def test_values_of_some_subsets_are_refused(rows: int) -> None:
    with pytest.raises(ValueError, match="all subsets"):
        shapley(torch.zeros(rows, 1))


def test_faithfulness_is_of_what_was_submitted() -> None:
    assert statement_share(1, 5) == 0.2
    assert np.isnan(statement_share(0, 0))
    with pytest.raises(ValueError, match="cannot be supported"):
        statement_share(2, 1)
