"""Fits of scaling laws: planted constants, scipy's descent, hand cases, and what resamples say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares, minimize

from explorer.stack.pretraining.minimise import minimise
from explorer.stack.pretraining.scaling_fit import DELTA, Runs, bootstrap, fit, objective, parabola, power
from explorer.stack.pretraining.scaling_law import REFIT, Law


def runs_of(law: Law, noise: float = 0.0, sizes: int = 5) -> Runs:
    n, d = (each.ravel() for each in np.meshgrid(np.geomspace(1e5, 1e8, sizes), np.geomspace(1e6, 1e10, sizes)))
    losses = np.array([law.loss(*each) for each in zip(n.tolist(), d.tolist(), strict=True)])
    return Runs(n, d, losses * np.exp(np.random.default_rng(0).normal(0, noise, len(losses))))


def theta_of(law: Law) -> np.ndarray:
    return np.array([np.log(law.A), np.log(law.B), np.log(law.E), law.alpha, law.beta])


@settings(max_examples=3, deadline=None)
@given(st.floats(50, 2000), st.floats(50, 5000), st.floats(1, 3), st.floats(0.25, 0.5), st.floats(0.25, 0.5))
def test_planted_constants_come_back(a: float, b: float, e: float, alpha: float, beta: float) -> None:
    planted = Law(A=a, B=b, E=e, alpha=alpha, beta=beta)
    assert theta_of(fit(runs_of(planted))) == pytest.approx(theta_of(planted), rel=2e-3, abs=2e-3)


def test_scipy_goes_no_lower() -> None:
    runs = runs_of(REFIT, noise=0.01)
    ours = objective(theta_of(fit(runs))[None], runs)[0][0]

    def one(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = objective(theta[None], runs)
        return float(value[0]), slope[0]

    def by_hand(theta: np.ndarray) -> np.ndarray:
        a, b, e, alpha, beta = theta
        return np.log(
            np.exp(a) / runs.parameters**alpha + np.exp(b) / runs.tokens**beta + np.exp(e)
        ) - np.log(runs.losses)  # fmt: skip

    begins = [theta_of(REFIT) * [s, s, 1, q, q] for s in (0.8, 1.2) for q in (0.8, 1.2)]
    exact = {"ftol": 1e-15, "gtol": 1e-12}
    by_lbfgs = [minimize(one, begin, jac=True, method="L-BFGS-B", options=exact) for begin in begins]
    assert ours <= min(each.fun for each in by_lbfgs) * (1 + 1e-6)
    # scipy's own Huber, its own residuals, a method without our slopes
    theirs = least_squares(by_hand, theta_of(REFIT), loss="huber", f_scale=DELTA, xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert ours == pytest.approx(theirs.cost, rel=1e-4)


def test_the_slope_is_that_of_the_sum() -> None:
    runs, theta = runs_of(REFIT, noise=0.01), theta_of(REFIT)[None] * 1.03
    slope = objective(theta, runs)[1][0]
    for each in range(5):
        step = np.zeros(5)
        step[each] = 1e-6
        up, down = (objective(theta + sign * step, runs)[0][0] for sign in (1, -1))
        assert slope[each] == pytest.approx((up - down) / 2e-6, rel=1e-4)


def test_hubers_loss_by_hand() -> None:
    law = Law(A=1.0, B=1.0, E=1.0, alpha=1.0, beta=1.0)
    runs = Runs(np.ones(5), np.ones(5), 3 * np.exp(-np.array([0, 5e-4, 1e-3, 2e-3, 1e-2])))
    beyond = [DELTA * (each - DELTA / 2) for each in (2e-3, 1e-2)]
    assert objective(theta_of(law)[None], runs)[0][0] == pytest.approx((5e-4**2 + 1e-3**2) / 2 + sum(beyond))


def test_one_wild_run_hardly_moves_the_law() -> None:
    runs = runs_of(REFIT)
    losses = runs.losses.copy()
    losses[7] *= 1.5
    assert fit(Runs(runs.parameters, runs.tokens, losses)).exponent == pytest.approx(REFIT.exponent, abs=0.01)


def test_resamples_spread_with_the_noise() -> None:
    quiet, loud = (np.std([law.exponent for law in bootstrap(runs_of(REFIT, noise), 15)]) for noise in (1e-3, 1e-2))
    assert quiet < loud / 3


def test_too_few_runs_and_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="five constants"):
        Runs(np.ones(4), np.ones(4), np.ones(4))
    with pytest.raises(ValueError, match="three sizes"):
        parabola(np.array([1.0, 2, 2]), np.array([1.0, 2, 3]))


def test_a_parabola_that_opens_below_has_no_lowest_point() -> None:
    assert not parabola(np.array([1.0, 10, 100]), np.array([1.0, 2, 1])).open_above


@given(st.floats(0.1, 0.9), st.floats(1e-3, 1e3))
def test_a_power_comes_back(exponent: float, factor: float) -> None:
    x = np.geomspace(1e10, 1e20, 4)
    found = power(x, factor * x**exponent)
    assert (found.exponent, found.factor) == pytest.approx((exponent, factor), rel=1e-6)
    assert found(1e15) == pytest.approx(factor * 1e15**exponent, rel=1e-6)


def test_rosenbrocks_valley() -> None:
    def valley(x: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        a, b = x[:, 0], x[:, 1]
        slope = np.stack([-2 * (1 - a) - 400 * a * (b - a**2), 200 * (b - a**2)], 1)
        return (1 - a) ** 2 + 100 * (b - a**2) ** 2, slope

    found, value = minimise(valley, np.array([[-1.2, 1.0], [2.0, 2.0], [0.0, -1.0]]))
    assert found == pytest.approx(np.ones((3, 2)), abs=1e-5)
    assert value.max() < 1e-9
