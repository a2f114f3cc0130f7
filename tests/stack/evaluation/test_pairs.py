"""Elo, Bradley-Terry and a judge in both orders: by hand, and as choix and statsmodels have them."""

from __future__ import annotations

import math
from typing import Any

import choix
import numpy as np
import pytest
import statsmodels.api as sm
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.evaluation import judge
from explorer.stack.evaluation.bradley_terry import POINTS, bootstrap, bradley_terry, design, style
from explorer.stack.evaluation.elo import START, Game, course, elo, expected

SEVEN_THREE = [Game(0, 1, 1.0)] * 7 + [Game(0, 1, 0.0)] * 3


def games(players: int, count: int, seed: int = 0, ties: bool = False) -> list[Game]:
    """Drawn from strengths 0, 0.5, 1, ..."""
    generator = torch.Generator().manual_seed(seed)
    made = []
    for _ in range(count):
        first, second = torch.randperm(players, generator=generator)[:2].tolist()
        won = float(torch.rand(1, generator=generator)) < 1 / (1 + math.exp(0.5 * (second - first)))
        tie = ties and float(torch.rand(1, generator=generator)) < 0.2
        made.append(Game(first, second, 0.5 if tie else float(won)))
    return made


def test_elo_by_hand() -> None:
    assert elo([Game(0, 1, 1.0)], 2) == [1002.0, 998.0]
    assert elo([Game(0, 1, 0.5)], 2) == [1000.0, 1000.0]
    assert expected(1200.0, 1000.0) == pytest.approx(1 / (1 + 10**-0.5))
    wins, losses = [Game(0, 1, 1.0)] * 10, [Game(0, 1, 0.0)] * 10
    alternating = [game for both in zip(wins, losses, strict=True) for game in both]
    found = [elo(order, 2)[0] for order in (wins + losses, losses + wins, alternating)]
    assert found == pytest.approx([997.9268, 1002.0732, 999.7921], abs=5e-5)


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.0, 0.5, 1.0])), max_size=20))
def test_what_one_gains_the_other_loses(played: list[tuple[int, float]]) -> None:
    order = [Game(who, (who + 1) % 3, score) for who, score in played]
    assert sum(elo(order, 3)) == pytest.approx(3 * START)
    assert len(list(course(order, 3))) == len(order)


def test_bradley_terry_by_hand() -> None:
    made = bradley_terry(SEVEN_THREE, 2)
    assert made.ratings[0] - made.ratings[1] == pytest.approx(147.1907, abs=5e-5)
    assert made.error_between(0, 1) == pytest.approx(POINTS / math.sqrt(10 * 0.7 * 0.3))
    assert made.error_between(0, 1) == pytest.approx(119.877, abs=5e-4)


def test_strengths_are_those_of_choix() -> None:
    played = games(5, 400)
    data = [(first, second) if score == 1 else (second, first) for first, second, score in played]
    theirs = choix.opt_pairwise(5, data)
    np.testing.assert_allclose(bradley_terry(played, 5).theta, theirs - theirs.mean(), atol=1e-4)


def test_a_ridge_is_that_of_choix() -> None:
    """choix's alpha multiplies the whole sum of squares."""
    played = [Game(0, 1, 1.0), Game(1, 2, 1.0), Game(0, 2, 1.0)]  # has no likeliest strengths without one
    theirs = choix.opt_pairwise(3, [(0, 1), (1, 2), (0, 2)], alpha=0.1)
    np.testing.assert_allclose(bradley_terry(played, 3, ridge=0.2).theta, theirs - theirs.mean(), atol=1e-4)


@pytest.mark.parametrize("features", [False, True])
def test_strengths_and_errors_are_those_of_a_logistic_regression(features: bool) -> None:
    played, generator = games(4, 300, seed=2), torch.Generator().manual_seed(5)
    rows, score = design(played, 4)
    columns = rows[:, 1:] - 0.0
    fit: Any = sm.Logit(score.numpy(), columns.numpy()).fit(disp=0, cov_type="HC0")
    made = bradley_terry(played, 4)
    np.testing.assert_allclose((made.theta - made.theta[0])[1:], fit.params, atol=1e-6)
    np.testing.assert_allclose([made.error_between(0, at) / POINTS for at in (1, 2, 3)], fit.bse, rtol=1e-6)
    if features:
        lengths = torch.randn(300, 1, generator=generator, dtype=torch.float64)
        with_style = bradley_terry(played, 4, features=lengths)
        wide = torch.cat([columns, lengths], 1).numpy()
        theirs: Any = sm.Logit(score.numpy(), wide).fit(disp=0)
        # a ridge of one half against three hundred games moves the coefficient by less than a hundredth of itself
        assert float(with_style.style[0]) == pytest.approx(float(theirs.params[-1]), abs=0.01)


def test_a_tie_is_half_a_win_for_each() -> None:
    halves = bradley_terry([Game(0, 1, 0.5)] * 4, 2)
    assert halves.ratings == pytest.approx([START, START])
    tied = bradley_terry([*SEVEN_THREE, *[Game(0, 1, 0.5)] * 10], 2)
    assert tied.ratings[0] - tied.ratings[1] == pytest.approx(POINTS * math.log(12 / 8))


def test_the_order_is_no_part_of_the_number() -> None:
    played = games(3, 60, ties=True)
    np.testing.assert_allclose(bradley_terry(played, 3).theta, bradley_terry(played[::-1], 3).theta, atol=1e-9)


def test_style_takes_what_length_explains() -> None:
    """The longer answer always wins, and both models are as good."""
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randint(5, 60, (2, 400, 1), generator=generator).float()
    first = first + 25  # the first model writes longer
    gap = (first - second)[:, 0]
    won = torch.rand(400, generator=generator) < (gap / 20).sigmoid()
    played = [Game(0, 1, float(each)) for each in won]
    plain = bradley_terry(played, 2)
    controlled = bradley_terry(played, 2, features=style(first, second))
    assert plain.ratings[0] - plain.ratings[1] > 100
    assert controlled.style[0] > 0.5
    raw = ((first - second) / (first + second + 1)).double()
    at_equal = controlled.theta[0] - controlled.theta[1] - controlled.style[0] * raw.mean() / raw.std()
    assert abs(float(at_equal)) * POINTS < 60


def test_the_bootstrap_is_as_wide_as_the_sandwich() -> None:
    played = games(3, 300, seed=4)
    made = bradley_terry(played, 3)
    drawn = bootstrap(played, 3, torch.Generator().manual_seed(0), draws=200)
    np.testing.assert_allclose(drawn.std(0), made.errors, rtol=0.2)
    np.testing.assert_allclose(drawn.mean(0), made.ratings, atol=8)


def test_a_judge_that_always_says_first_gives_half() -> None:
    assert judge.score([judge.verdict(3.0, 3.0)] * 7) == 0.5
    assert judge.score([judge.verdict(-2.0, -1.0)] * 7) == 0.5


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_preference_and_bias_add_up(first: float, second: float) -> None:
    made = judge.verdict(first, second)
    assert made.bias + made.preference == pytest.approx(first, abs=1e-9)
    assert judge.verdict(second, first).preference == pytest.approx(-made.preference, abs=1e-9)
    opposite = {"x": "y", "y": "x", "tie": "tie"}
    assert judge.verdict(second, first).winner == opposite[made.winner]


def test_the_last_mark_counts() -> None:
    text = "A first look says [[A]]. But then: [[B]]"
    assert (judge.first_mark(text), judge.last_mark(text)) == ("A", "B")
    assert judge.last_mark("none") is None


def test_the_free_constant_does_not_spoil_the_error_of_a_difference() -> None:
    """With the last player's strength held at zero the curvature has an inverse: no rounded zero is inverted."""
    for seed in range(60):
        drawn = games(4, 500, seed)
        made = bradley_terry(drawn, 4)
        rows, score = design(drawn, 4)
        p = (rows @ made.theta).sigmoid()
        rows = rows[:, :3]
        inverse = (rows.T @ (rows * (p * (1 - p))[:, None])).inverse()
        c = inverse @ (rows.T @ (rows * (score - p).square()[:, None])) @ inverse
        known = POINTS * math.sqrt(float(c[0, 0] + c[1, 1] - 2 * c[0, 1]))
        assert made.error_between(0, 1) == pytest.approx(known, rel=1e-6)
