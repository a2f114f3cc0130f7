"""Probes: against scikit-learn, by hand, and on what has nothing to be read."""

from __future__ import annotations

import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from explorer.stack.safety.linear_probes import accuracy, control, logistic, mass_mean


def _texts(n: int = 60, d: int = 8, gap: float = 1.5, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(n) % 2 == 0
    x = torch.randn(n, d, generator=generator) * torch.logspace(-1, 1, d)
    x[y] += gap * torch.logspace(-1, 1, d)
    return x, y


@pytest.mark.parametrize("c", [0.1, 1.0, 10.0])
def test_logistic_regression_is_scikit_learns(c: float) -> None:
    x, y = _texts()
    x = x.double()
    scaler = StandardScaler().fit(x.numpy())
    theirs = LogisticRegression(C=c, tol=1e-10, max_iter=1000).fit(scaler.transform(x.numpy()), y.numpy())
    held = _texts(seed=1)[0].double()
    ours = logistic(x, y, C=c)(held)
    assert torch.allclose(
        ours.double(), torch.tensor(theirs.decision_function(scaler.transform(held.numpy()))), atol=1e-4
    )


def test_a_feature_without_spread_weighs_nothing_and_one_kind_is_refused() -> None:
    flat = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    made = logistic(flat, torch.tensor([False, True]))
    assert bool(made(flat).isfinite().all())
    assert float(made.weight[0]) == 0
    with pytest.raises(ValueError, match="both kinds"):
        logistic(torch.randn(4, 2), torch.ones(4, dtype=torch.bool))


def test_the_mass_mean_by_hand() -> None:
    x = torch.tensor([[0.0, 0.0], [2.0, 0.0], [4.0, 2.0], [6.0, 2.0]])
    probe = mass_mean(x, torch.tensor([False, False, True, True]))
    assert probe.weight.tolist() == [4.0, 2.0]
    assert probe(torch.tensor([[3.0, 1.0]])).item() == 0.0  # the middle between the means
    with pytest.raises(ValueError, match="both kinds"):
        mass_mean(x, torch.tensor([True] * 4))


def test_a_control_task_scores_by_memory_alone() -> None:
    x, y = _texts(40, 60)  # more numbers than texts
    held, held_y = _texts(200, 60, seed=3)
    assert accuracy(logistic(x, y), held, held_y) > 0.9
    known, new = zip(
        *(control(logistic, x, y, held, held_y, torch.Generator().manual_seed(s)) for s in range(8)), strict=True
    )
    assert min(known) > 0.9  # learned by heart
    assert 0.3 < sum(new) / 8 < 0.7
