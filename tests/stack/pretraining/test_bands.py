"""Quantile bands against numpy, seed bands against scipy, and properties of both."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from explorer.stack.pretraining.quantile_bands import LEVELS, quantiles
from explorer.stack.pretraining.seed_band import seed_band

NUMBERS = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=60)


@given(NUMBERS)
def test_quantiles_are_numpys(values: list[float]) -> None:
    ours = quantiles(torch.tensor(values)).numpy()
    theirs = np.quantile(np.array(values, dtype=np.float32).astype(np.float64), LEVELS)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@given(NUMBERS, st.integers(0, 2**31 - 1))
def test_quantiles_rise_and_know_no_order(values: list[float], seed: int) -> None:
    made = quantiles(torch.tensor(values))
    mixed = torch.tensor(values)[torch.randperm(len(values), generator=torch.Generator().manual_seed(seed))]
    assert bool((made.diff() >= 0).all())
    assert torch.equal(made, quantiles(mixed))
    assert float(made[0]) == pytest.approx(min(values))


def test_what_is_not_a_number_is_said() -> None:
    assert bool(quantiles(torch.tensor([1.0, math.nan])).isnan().all())
    assert quantiles(torch.tensor([[2.0]])).tolist() == [2.0] * len(LEVELS)
    with pytest.raises(ValueError, match="nothing"):
        quantiles(torch.empty(0))


LOSSES = st.lists(
    st.tuples(st.floats(0, 9, width=32), st.floats(0, 9, width=32)), min_size=2, max_size=8
)  # fmt: skip


@given(LOSSES)
def test_the_interval_is_scipys(losses: list[tuple[float, float]]) -> None:
    first, second = (torch.tensor([[pair[at]] for pair in losses]) for at in (0, 1))
    made = seed_band(first, second)
    d = (second - first).double().numpy()[:, 0]
    n = len(d)
    half = stats.t.ppf(0.975, n - 1) * d.std(ddof=1) / math.sqrt(n)
    assert float(made.high[0] - made.mean[0]) == pytest.approx(half, rel=1e-6, abs=1e-9)
    one = stats.t.ppf(0.975, n - 1) * first.double().numpy()[:, 0].std(ddof=1) * math.sqrt(2)
    assert float(made.by_seeds[0]) == pytest.approx(one, rel=1e-6, abs=1e-9)


def test_what_both_share_cancels() -> None:
    """Seeds that differ by whole nats, and a second kind that is always .1 above: clear, and not seen in two runs."""
    first = torch.tensor([[1.0], [2.0], [3.0]])
    made = seed_band(first, first + torch.tensor([[0.1], [0.11], [0.09]]))
    assert made.clear.tolist() == [True]
    assert made.seen.tolist() == [False]


def test_two_seeds_are_no_verdict() -> None:
    first = torch.tensor([[1.0], [1.0]])
    assert not bool(seed_band(first, first + 1).clear.any())
    alone = seed_band(first[:1], first[:1] + 1)
    assert bool(alone.low.isnan().all())
    assert bool(alone.by_seeds.isnan().all())
    assert not bool(alone.clear.any())


def test_the_band_of_two_runs_holds_as_often_as_it_says() -> None:
    """Losses drawn alike for both: of 4,000 pairs of single runs, 95 % lie within the band of three others."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randn(5, 4000, generator=generator, dtype=torch.float64)
    band = seed_band(drawn[:3], drawn[:3]).by_seeds
    assert float(((drawn[3] - drawn[4]).abs() <= band).double().mean()) == pytest.approx(0.95, abs=0.01)
