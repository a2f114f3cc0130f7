"""Student's interval against printed tables, torch's density, and draws of known mean."""

from __future__ import annotations

import pytest
import torch

from explorer.stack.architectures.paired_interval import paired_interval, quantile, within

#: Of 95 %, both sides, as every table has them.
TABLE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 10: 2.228, 30: 2.042, 120: 1.980}


@pytest.mark.parametrize(("freedom", "expected"), TABLE.items())
def test_quantiles_are_those_of_the_tables(freedom: int, expected: float) -> None:
    assert quantile(freedom) == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 7, 20])
def test_the_finite_sum_is_the_integral_of_the_density(freedom: int) -> None:
    t = torch.linspace(0, 1.7, 20_001, dtype=torch.float64)
    density = torch.distributions.StudentT(float(freedom)).log_prob(t).exp()
    assert within(1.7, freedom) == pytest.approx(2 * float(torch.trapezoid(density, t)), abs=1e-6)


def test_nineteen_of_twenty_intervals_hold_the_true_mean() -> None:
    draws = torch.randn(4000, 5, generator=torch.Generator().manual_seed(0)) * 3 + 7
    made = paired_interval(draws)
    held = ((made.low < 7) & (made.high > 7)).double().mean()
    assert float(held) == pytest.approx(0.95, abs=0.012)


def test_one_difference_has_no_interval() -> None:
    made = paired_interval(torch.tensor([[2.0]]))
    assert made.mean.tolist() == [2.0]
    assert bool(made.low.isnan() & made.high.isnan())
