"""Standard errors, paired tests and several comparisons: by hand, and as scipy and statsmodels have them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar
from statsmodels.stats.multitest import multipletests

from explorer.stack.evaluation.paired_tests import bootstrap, flips, items_needed, mcnemar
from explorer.stack.evaluation.several_comparisons import holm
from explorer.stack.evaluation.standard_errors import (
    around,
    clustered_error,
    interval,
    quantile,
    standard_error,
    wilson,
)

PAIRS = torch.tensor([0, 0, 1, 1, 2, 2, 3, 3])
SCORES = torch.tensor([1.0, 1, 0, 0, 1, 0, 1, 1])


def test_errors_worked_out_by_hand() -> None:
    assert standard_error(SCORES) == pytest.approx(0.182981, abs=5e-7)
    # deviations of a pair: 0.75, -1.25, -0.25, 0.75; squares sum to 2.75; times 4/3, root, over 8
    assert clustered_error(SCORES, PAIRS) == pytest.approx(math.sqrt(2.75 * 4 / 3) / 8)
    assert clustered_error(SCORES, PAIRS) == pytest.approx(0.239357, abs=5e-7)


def test_errors_are_those_of_scipy_and_statsmodels() -> None:
    generator = torch.Generator().manual_seed(3)
    scores = torch.rand(60, generator=generator)
    clusters = torch.randint(12, (60,), generator=generator)
    assert standard_error(scores) == pytest.approx(float(stats.sem(scores.double().numpy())))
    fit: Any = OLS(scores.double().numpy(), torch.ones(60).numpy()).fit(
        cov_type="cluster", cov_kwds={"groups": clusters.numpy(), "use_correction": False}
    )
    count = len(clusters.unique())
    assert clustered_error(scores, clusters) == pytest.approx(float(fit.bse[0]) * math.sqrt(count / (count - 1)))


def test_one_item_a_cluster_is_the_plain_error() -> None:
    assert clustered_error(SCORES, torch.arange(8)) == pytest.approx(standard_error(SCORES))


def test_what_is_not_known_is_nan_and_holds_zero() -> None:
    assert math.isnan(standard_error(torch.tensor([1.0])))
    assert math.isnan(clustered_error(SCORES, torch.zeros(8, dtype=torch.long)))
    assert interval(torch.tensor([1.0])).holds_zero
    assert not around(0.3, 0.1).holds_zero
    assert quantile(0.95) == pytest.approx(float(stats.norm.ppf(0.975)))


@pytest.mark.parametrize(("right", "n"), [(0, 12), (12, 12), (5, 8), (150, 300), (1, 1)])
def test_wilsons_interval_is_scipys(right: int, n: int) -> None:
    theirs: Any = stats.binomtest(right, n).proportion_ci(method="wilson")
    mine = wilson(right, n)
    assert (mine.low, mine.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert mine.high > mine.low


@pytest.mark.parametrize("pair", [(7, 3), (0, 0), (12, 2), (5, 5), (1, 30), (0, 6)])
def test_mcnemar_is_statsmodels_and_scipys(pair: tuple[int, int]) -> None:
    first, second = pair
    table: Any = their_mcnemar([[10, first], [second, 20]], exact=True)
    assert mcnemar(first, second) == pytest.approx(float(table.pvalue))
    if first + second:
        assert mcnemar(first, second) == pytest.approx(float(stats.binomtest(first, first + second).pvalue))


def test_flips_name_the_items() -> None:
    made = flips(torch.tensor([1.0, 0, 1, 0]), torch.tensor([0.0, 1, 1, 0]))
    assert made.to_first.tolist() == [True, False, False, False]
    assert made.to_second.tolist() == [False, True, False, False]
    assert (made.both, made.neither, made.only_first, made.only_second) == (1, 1, 1, 1)


def test_the_bootstrap_is_about_scipys() -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.rand(2, 80, generator=generator) > torch.tensor([[0.5], [0.3]])).float()
    ours = bootstrap(first, second, generator)
    theirs: Any = stats.bootstrap(
        ((second - first).numpy(),), lambda x, axis: x.mean(axis=axis), method="percentile", n_resamples=10_000, rng=1
    )
    assert ours.mean == pytest.approx(float((second - first).mean()))
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval), abs=0.013)  # one item of 80


@pytest.mark.parametrize("parts", [(0.07, 0.03), (0.2, 0.1), (0.15, 0.05)])
def test_so_many_items_find_the_difference_in_four_of_five_tests(parts: tuple[float, float]) -> None:
    """The exact power of the exact test, summed over all tables: it is a little stricter than the formula's."""
    first, second = parts
    n = items_needed(first, second)
    assert n is not None
    flipped = first + second
    power = 0.0
    for m in range(n + 1):
        some = float(stats.binom.pmf(m, n, flipped))
        if some > 1e-9:
            power += some * sum(
                float(stats.binom.pmf(k, m, first / flipped)) for k in range(m + 1) if mcnemar(k, m - k) <= 0.05
            )
    assert 0.72 < power < 0.83


def test_fewer_items_are_needed_for_a_larger_difference() -> None:
    needed = [items_needed(0.1 + each, 0.1) for each in (0.02, 0.05, 0.1, 0.2)]
    assert needed == sorted(needed, key=lambda n: -(n or 0))
    assert items_needed(0.1, 0.1) is None


@pytest.mark.thorough
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    theirs: Any = multipletests(p_values, method="holm")
    assert holm(p_values) == pytest.approx(theirs[1].tolist())
    assert all(ours >= plain for ours, plain in zip(holm(p_values), p_values, strict=True))
