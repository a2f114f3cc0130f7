"""A format for every matrix: against all choices there are, and what must hold of any."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.systems.quantization.budget import greedy, hull, steps

OFFER = st.tuples(st.integers(1, 40), st.floats(0, 1))
LADDERS = st.lists(st.lists(OFFER, min_size=1, max_size=4), min_size=1, max_size=4)


def best(ladders: list[list[tuple[int, float]]], budget: int) -> float:
    """The least KL of all choices within the budget."""
    return min(
        sum(offer[1] for offer in chosen)
        for chosen in itertools.product(*ladders)
        if sum(offer[0] for offer in chosen) <= budget
    )


@given(LADDERS)
def test_where_every_step_is_paid_for_no_choice_is_better(ladders: list[list[tuple[int, float]]]) -> None:
    """After each step taken in order the greedy choice is the best of all that take so many bytes."""
    spent = sum(offers[hull(offers)[0]][0] for offers in ladders)
    for step in [None, *steps(ladders)]:
        spent += step.cost if step else 0
        found = greedy(ladders, spent)
        assert found.nbytes <= spent
        assert found.kl == pytest.approx(best(ladders, spent), abs=1e-9)


@given(LADDERS, st.lists(st.integers(0, 160), min_size=2, max_size=6))
def test_a_larger_budget_predicts_no_more(ladders: list[list[tuple[int, float]]], budgets: list[int]) -> None:
    found = [greedy(ladders, budget) for budget in sorted(budgets)]
    for smaller, larger in itertools.pairwise(found):
        assert larger.kl <= smaller.kl + 1e-12
    least = sum(offers[hull(offers)[0]][0] for offers in ladders)
    for budget, choice in zip(sorted(budgets), found, strict=True):
        assert choice.nbytes <= max(budget, least)


@given(LADDERS, st.integers(0, 160))
def test_it_is_never_worse_than_the_best_by_more_than_a_step(
    ladders: list[list[tuple[int, float]]], budget: int
) -> None:
    least = sum(offers[hull(offers)[0]][0] for offers in ladders)
    if budget < least:
        return
    largest = max((step.cost * step.rate for step in steps(ladders)), default=0.0)
    assert greedy(ladders, budget).kl <= best(ladders, budget) + largest + 1e-9


def test_a_hull_passes_over_what_does_not_pay() -> None:
    assert hull([(8, 0.5), (10, 0.45), (16, 0.1), (12, 0.6)]) == [0, 2]
    assert hull([(4, 0.0), (8, 0.0)]) == [0]
    assert hull([(4, 0.3), (4, 0.2)]) == [1]
