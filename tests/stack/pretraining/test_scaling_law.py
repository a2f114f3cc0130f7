"""Scaling laws: known answers, the least loss as scipy finds it, and what holds for any budget."""

from __future__ import annotations

from math import exp, log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from explorer.stack.pretraining.scaling_law import (
    HOFFMANN,
    KAPLAN,
    LAWS,
    MUENNIGHOFF,
    REFIT,
    UNROUNDED,
    KaplanLaw,
    Named,
    kaplan_parameters,
    kaplan_tokens,
    worth,
)

BUDGETS = st.floats(15, 28).map(lambda power: 10.0**power)
ALL = pytest.mark.parametrize("named", LAWS, ids=lambda each: each.key)


@pytest.mark.parametrize(
    ("law", "ratios"),
    [
        (HOFFMANN, (32.1, 50.1, 92.65)),
        (UNROUNDED, (22.8, 34.0, 59.1)),
        (REFIT, (24.3, 21.6, 18.4)),
        (MUENNIGHOFF, (19.6, 19.6, 19.6)),
    ],
)
def test_tokens_a_parameter(law: KaplanLaw, ratios: tuple[float, ...]) -> None:
    found = [law.best(compute).tokens_per_parameter for compute in (1e19, 1e21, 5.76e23)]
    assert found == pytest.approx(ratios, abs=0.06)


def test_kaplans_joint_form_is_no_sum_and_has_no_constant() -> None:
    assert KAPLAN.loss(1e9, 1e10) == pytest.approx(2.4197, abs=5e-5)
    assert kaplan_parameters(1e9) == pytest.approx(2.3756, abs=5e-5)
    assert kaplan_tokens(1e10) == pytest.approx((5.4e13 / 1e10) ** 0.095)
    assert KAPLAN.loss(1e40, 1e40) < 0.02  # Hoffmann's E is no part of it
    assert HOFFMANN.loss(1e40, 1e40) == pytest.approx(1.69)
    assert KAPLAN.loss(1e9, 1e40) == pytest.approx((6.4e13 / 1e9) ** 0.076)


@ALL
@given(compute=BUDGETS)
def test_the_least_loss_is_scipys(named: Named, compute: float) -> None:
    law, best = named.law, named.law.best(compute)
    found: Any = minimize_scalar(
        lambda at: law.loss(exp(at), compute / 6 / exp(at)), bounds=(log(1e3), log(1e20)), method="bounded",
        options={"xatol": 1e-10},
    )  # fmt: skip
    assert best.parameters == pytest.approx(exp(found.x), rel=1e-5)
    assert law.loss(best.parameters, best.tokens) <= found.fun * (1 + 1e-12)


@ALL
@given(compute=BUDGETS, more=st.floats(1.01, 100))
def test_a_budget_is_spent_and_more_of_it_is_never_worse(named: Named, compute: float, more: float) -> None:
    best, larger = named.law.best(compute), named.law.best(more * compute)
    assert 6 * best.parameters * best.tokens == pytest.approx(compute)
    assert larger.parameters / best.parameters == pytest.approx(more**named.law.exponent)
    assert named.law.loss(larger.parameters, larger.tokens) < named.law.loss(best.parameters, best.tokens)


@ALL
def test_no_budget(named: Named) -> None:
    with pytest.raises(ValueError, match="train nothing"):
        named.law.best(0)


@given(unique=st.floats(1, 1e13), epochs=st.floats(1, 1e4))
def test_a_token_that_is_read_again_is_worth_less(unique: float, epochs: float) -> None:
    assert unique <= worth(unique, epochs) <= unique * epochs * (1 + 1e-12)
    assert worth(unique, epochs) <= unique * (1 + 15.387756)


def test_the_first_epoch_counts_whole() -> None:
    assert worth(1e9, 1) == 1e9  # R is epochs less one: with R = epochs it would be more than it read
    with pytest.raises(ValueError, match="do not read all"):
        worth(1e9, 0.5)
