"""What is tried and counted for the counterfactual pictures, by hand."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.architectures import counterfactuals as figure
from explorer.figures.architectures.continuations import parting


def test_taken_by_hand() -> None:
    weights = torch.tensor([[[0.7, 0.3, 0.0], [0.0, 0.4, 0.6]], [[0.5, 0.5, 0.0], [0.9, 0.1, 0.0]]])
    here, layer, token, everywhere = (figure.uses(weights, scope, 1, 1) for scope in figure.SCOPES)
    assert [u.in_places for u in here] == [1, 1, 0]
    assert [u.in_places for u in layer] == [2, 2, 0]
    assert [(u.in_layers, u.in_places) for u in token] == [(1, 1), (2, 2), (1, 1)]
    assert [(u.in_layers, u.in_places) for u in everywhere] == [(1, 3), (2, 4), (1, 1)]
    assert layer[0].weight == pytest.approx(0.9)
    assert everywhere[0].weight is None


def test_of_many_experts_the_likeliest_are_tried() -> None:
    logits = torch.zeros(2, 3, 40)
    logits[1, 2, 7:23] = 5
    assert figure.tried(logits, "here", 1, 2) == list(range(7, 23))
    assert figure.tried(torch.zeros(1, 1, 8), "all", 0, 0) == list(range(8))


@given(st.integers(1, 300), st.data())
def test_counts_hold_one_all_and_the_trained(experts: int, data: st.DataObject) -> None:
    trained = data.draw(st.integers(1, experts))
    found = figure.counts(experts, trained)
    assert found == sorted(set(found))
    assert {1, trained, experts} <= set(found)
    assert found[-1] == experts
    assert len(found) <= 20


@given(st.lists(st.integers(0, 3), max_size=8), st.lists(st.integers(0, 3), max_size=8))
def test_texts_are_equal_up_to_the_parting(one: list[int], other: list[int]) -> None:
    at = parting(one, other)
    assert one[:at] == other[:at]
    if at < min(len(one), len(other)):
        assert one[at] != other[at]


def test_divergence_by_hand() -> None:
    """p = (1/2, 1/2), q = (1/4, 3/4): ln 2 - ln 3 / 2 nats."""
    p, q = torch.zeros(2), torch.tensor([0.0, math.log(3)])
    assert figure.divergence(p, q) == pytest.approx(math.log(2) - math.log(3) / 2)
    assert abs(figure.divergence(q, q)) < 1e-15
