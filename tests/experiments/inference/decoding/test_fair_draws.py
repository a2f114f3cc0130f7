"""The identity behind speculative sampling, and counts of draws that would see it broken."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.experiments.inference.decoding import fair_draws
from explorer.experiments.inference.decoding.fair_draws import Fairness, agreement, expected_distance, fairness
from explorer.stack.inference.decoding import speculative_sampling
from explorer.stack.inference.decoding.speculative_sampling import residual

distributions = st.lists(st.integers(0, 20), min_size=9, max_size=9).filter(any)


def normal(weights: list[int]) -> torch.Tensor:
    return torch.tensor(weights, dtype=torch.double) / sum(weights)


@settings(max_examples=30)
@given(p=distributions.map(normal), q=distributions.map(normal))
def test_kept_part_and_replacements_are_p(p: torch.Tensor, q: torch.Tensor) -> None:
    kept = torch.where(q > 0, q * (p / q).clamp(max=1.0), 0.0)
    alpha = torch.minimum(p, q).sum()
    assert float((kept + (1 - alpha) * residual(p, q) - p).abs().max()) < 1e-12


def test_the_mean_distance_of_fair_draws_is_that_of_many() -> None:
    p, random = normal([1, 2, 3, 4, 5, 6, 7, 8, 0]), torch.Generator().manual_seed(0)
    for draws in (7, 40, 1000):
        drawn = (torch.multinomial(p, draws, True, generator=random) for _ in range(2000))
        shares = torch.stack([torch.bincount(each, minlength=9) / draws for each in drawn])
        mean = float((shares - p).abs().sum(1).mean()) / 2
        assert mean == pytest.approx(expected_distance(p, draws), rel=0.03)
    assert expected_distance(torch.tensor([0.0, 1.0]).double(), 10) == 0


def test_fair_draws_are_called_fair_and_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    q, p = normal([5, 3, 2, 0, 0, 0, 0, 0, 0]), normal([2, 3, 5, 0, 0, 0, 0, 0, 0])
    for seed in range(20):
        made = sum((fairness(q, p, 2000, torch.Generator().manual_seed(seed)) for _ in range(3)), Fairness())
        assert made.excess <= made.allowed
        assert (made.positions, made.draws) == (3, 6000)
    monkeypatch.setattr(speculative_sampling, "residual", lambda p, q: p)  # as if replacements were drawn from p itself
    wrong = fairness(q, p, 2000, torch.Generator().manual_seed(0))
    assert wrong.excess > wrong.allowed
    assert fair_draws.RARE > 10_000


def test_agreement_by_hand() -> None:
    """q = (1, 0), p = (.25, .75): a draft is kept with probability .25; of 400 draws 100, with variance 75."""
    q, p = torch.tensor([1.0, 0.0]).double(), torch.tensor([0.25, 0.75]).double()
    one = agreement(q, p, 400, torch.Generator().manual_seed(0))
    assert (one.expected, one.variance, one.overlap) == (100, 75, 0.25)
    assert abs(one.measured - 0.25) < 4 * one.deviation
    both = one + one
    assert (both.positions, both.draws, both.deviation) == (2, 800, pytest.approx(one.deviation / 2**0.5))
