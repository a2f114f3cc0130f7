"""The ROC as scikit-learn draws it, the area as scipy counts it, its intervals by simulation, DeLong's by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from sklearn.metrics import roc_auc_score, roc_curve

from explorer.stack.safety.roc import area, area_interval, difference, reached, roc, threshold_for

SCORES = st.lists(st.integers(0, 6).map(float), min_size=1, max_size=25)


@given(SCORES, SCORES)
def test_area_and_curve_are_scikit_learns(harmful: list[float], harmless: list[float]) -> None:
    one, other = torch.tensor(harmful), torch.tensor(harmless)
    truth, scores = [1] * len(harmful) + [0] * len(harmless), harmful + harmless
    assert area(one, other) == pytest.approx(roc_auc_score(truth, scores))
    false, true, _ = roc_curve(truth, scores, drop_intermediate=False)
    made = roc(one, other)
    np.testing.assert_allclose(made.false_rate.numpy(), false)
    np.testing.assert_allclose(made.true_rate.numpy(), true)


def test_the_area_is_mann_whitneys_share_of_pairs() -> None:
    generator = torch.Generator().manual_seed(0)
    one, other = torch.randn(30, generator=generator) + 1, torch.randn(40, generator=generator)
    u = mannwhitneyu(one.numpy(), other.numpy()).statistic
    assert area(one, other) == pytest.approx(u / (30 * 40))


def test_the_interval_keeps_a_width_where_all_pairs_are_in_order() -> None:
    made = area_interval(torch.tensor([2.0, 3.0, 4.0]), torch.tensor([0.0, 1.0]))
    assert made.mean == made.high == 1
    assert 0.3 < made.low < 0.9


def test_the_interval_holds_the_true_area_about_as_often_as_it_says() -> None:
    generator = torch.Generator().manual_seed(1)
    true = float(torch.distributions.Normal(0, 1).cdf(torch.tensor(1.5 / 2**0.5)))
    held = 0
    for _ in range(300):
        made = area_interval(torch.randn(20, generator=generator) + 1.5, torch.randn(20, generator=generator))
        held += made.low <= true <= made.high
    assert 0.92 < held / 300 <= 1


def test_delong_by_hand() -> None:
    harmful = torch.tensor([3.0, 2.0]), torch.tensor([3.0, 0.5])
    harmless = torch.tensor([1.0, 0.0]), torch.tensor([1.0, 0.0])
    made = difference(harmful, harmless)
    # Areas 1 and 3/4. Placements of the harmful: (1, 1) and (1, 1/2); of the harmless: (1, 1) and (1/2, 1).
    assert made.mean == pytest.approx(0.25)
    half = 1.959964 * ((0.125 + 0.125) / 2) ** 0.5
    assert made.high - made.mean == pytest.approx(half, abs=1e-6)


def test_delongs_error_is_that_of_many_draws() -> None:
    generator = torch.Generator().manual_seed(2)
    found, halves = [], []
    for _ in range(300):
        one, other = torch.randn(2, 25, generator=generator), torch.randn(2, 25, generator=generator)
        one[1] = 0.8 * one[0] + 0.6 * one[1]  # the two scores err together
        made = difference((one[0] + 1, one[1] + 1), (other[0], other[1]))
        found.append(made.mean)
        halves.append((made.high - made.mean) / 1.959964)
    assert np.std(found) == pytest.approx(np.mean(halves), rel=0.15)


@given(st.lists(st.integers(0, 9).map(float), min_size=1, max_size=40), st.sampled_from([0.0, 0.01, 0.05, 0.25, 1.0]))
def test_no_more_harmless_texts_are_flagged_than_stated(scores: list[float], rate: float) -> None:
    harmless = torch.tensor(scores)
    threshold = threshold_for(harmless, rate)
    assert float(reached(harmless, torch.tensor([threshold]))[0]) <= rate + 1e-9
