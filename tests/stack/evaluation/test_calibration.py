"""Calibration error by hand and as torchmetrics has it; the temperature as a search finds it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from sklearn.calibration import calibration_curve
from torchmetrics.functional.classification import binary_calibration_error, multiclass_calibration_error

from explorer.stack.evaluation.calibration import ece, fitted_temperature, nll, reliability, selective

CONFIDENCE = torch.tensor([0.95, 0.85, 0.75, 0.65, 0.55, 0.9, 0.8, 0.3], dtype=torch.float64)
CORRECT = torch.tensor([1.0, 1, 0, 1, 0, 1, 1, 0])


@pytest.mark.parametrize(
    ("bins", "edge", "error"),
    [(10, "right", 0.25625), (10, "left", 0.30625), (5, "right", 0.16875), (5, "left", 0.21875)],
)
def test_the_edge_rule_is_part_of_the_number(bins: int, edge: Literal["left", "right"], error: float) -> None:
    assert ece(CONFIDENCE, CORRECT, bins, edge) == pytest.approx(error, abs=1e-12)


@pytest.mark.parametrize("bins", [5, 15, 40])
def test_it_is_torchmetrics(bins: int) -> None:
    generator = torch.Generator().manual_seed(bins)
    logits = 2 * torch.randn(500, 7, generator=generator)
    target = torch.randint(7, (500,), generator=generator)
    confidence, guess = logits.softmax(-1).max(-1)
    ours = ece(confidence, (guess == target).float(), bins)
    theirs: Any = multiclass_calibration_error(logits, target, num_classes=7, n_bins=bins, norm="l1")
    assert ours == pytest.approx(float(theirs), abs=1e-5)
    binary: Any = binary_calibration_error(confidence, (guess == target).long(), n_bins=bins, norm="l1")
    assert ours == pytest.approx(float(binary), abs=1e-5)


def test_a_bin_is_scikit_learns() -> None:
    generator = torch.Generator().manual_seed(1)
    confidence = torch.rand(300, generator=generator, dtype=torch.float64)
    correct = (torch.rand(300, generator=generator) < confidence).float()
    made = reliability(confidence, correct, 10)
    accuracy, mean = calibration_curve(correct.numpy(), confidence.numpy(), n_bins=10)
    held = made.count > 0
    np.testing.assert_allclose(made.accuracy[held], accuracy)
    np.testing.assert_allclose(made.confidence[held], mean)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30), st.integers(1, 20))
def test_every_prediction_is_in_one_bin(items: list[tuple[float, bool]], bins: int) -> None:
    confidence = torch.tensor([p for p, _ in items], dtype=torch.float64)
    correct = torch.tensor([float(right) for _, right in items])
    for edge in ("right", "left"):
        made = reliability(confidence, correct, bins, edge)
        assert int(made.count.sum()) == len(items)
        assert 0 <= made.ece <= 1


def test_one_bin_is_the_gap_of_the_means() -> None:
    assert ece(CONFIDENCE, CORRECT, 1) == pytest.approx(abs(float(CONFIDENCE.mean()) - 5 / 8))


def test_the_temperature_is_the_one_of_least_loss() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(400, 9, generator=generator, dtype=torch.float64)
    target = torch.distributions.Categorical(logits=logits).sample()
    for scale in (0.2, 1.0, 5.0):
        found = fitted_temperature(scale * logits, target)
        theirs: Any = minimize_scalar(lambda t: nll(scale * logits, target, t), bounds=(0.01, 50), method="bounded")  # noqa: B023
        assert found == pytest.approx(float(theirs.x), rel=1e-3)
        assert nll(scale * logits, target, found) <= nll(scale * logits, target) + 1e-12


def test_leaving_the_least_sure_out() -> None:
    made = selective(CONFIDENCE, CORRECT)
    assert made.order.tolist() == [0, 5, 1, 6, 2, 3, 4, 7]
    assert made.accuracy.tolist() == pytest.approx([1, 1, 1, 1, 4 / 5, 5 / 6, 5 / 7, 5 / 8])
