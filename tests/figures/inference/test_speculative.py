"""The bars of a round, the agreement of draws with the overlap, and what a draft is worth."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.figures.inference import speculative as figure
from explorer.stack.inference.speculative import Evidence

distributions = st.lists(st.integers(0, 20), min_size=9, max_size=9).filter(any)


def normal(weights: list[int]) -> torch.Tensor:
    return torch.tensor(weights, dtype=torch.double) / sum(weights)


@settings(max_examples=30)
@given(p=distributions.map(normal), q=distributions.map(normal), k=st.integers(1, 9))
def test_named_tokens_and_rest_are_all_of_p_and_q(p: torch.Tensor, q: torch.Tensor, k: int) -> None:
    evidence = Evidence(q[None], torch.stack([p, p]), torch.randn(2, 9), None, p)
    bars = figure.bars(evidence, 0, [4], k)
    assert 4 in bars.ids
    assert len(bars.ids) == k
    kept, more, less = bars.rest
    assert sum(bars.p) + kept + more == pytest.approx(1)
    assert sum(bars.q) + kept + less == pytest.approx(1)
    assert sum(map(min, bars.p, bars.q)) + kept == pytest.approx(float(torch.minimum(p, q).sum()))
    assert bars.own_q is None


def test_the_row_after_the_last_draft_has_no_q() -> None:
    p = normal([1, 2, 3, 4, 5, 6, 7, 8, 9])
    bars = figure.bars(Evidence(p[None], torch.stack([p, p]), torch.randn(2, 9), torch.randn(1, 9), p), 1, [])
    assert set(bars.q) == {0.0}
    assert bars.own_q is None
    assert bars.ids[0] == 8


@settings(max_examples=30)
@given(p=distributions.map(normal), q=distributions.map(normal))
def test_the_identity_holds_for_all(p: torch.Tensor, q: torch.Tensor) -> None:
    assert figure.identity_error(q, p) < 1e-12


def test_the_identity_sees_a_wrong_residual(monkeypatch: pytest.MonkeyPatch) -> None:
    q, p = normal([5, 3, 2, 0, 0, 0, 0, 0, 0]), normal([2, 3, 5, 0, 0, 0, 0, 0, 0])
    assert figure.identity_error(q, p) < 1e-12
    monkeypatch.setattr(figure, "residual", lambda p, q: p)  # as if the replacement were drawn from p itself
    assert figure.identity_error(q, p) > 0.05


def test_agreement_by_hand() -> None:
    """q = (1, 0), p = (.25, .75): a draft is kept with probability .25; of 400 draws 100, with variance 75."""
    q, p = torch.tensor([1.0, 0.0]).double(), torch.tensor([0.25, 0.75]).double()
    one = figure.agreement(q, p, 400, torch.Generator().manual_seed(0))
    assert (one.expected, one.variance, one.overlap) == (100, 75, 0.25)
    assert abs(one.measured - 0.25) < 4 * one.deviation
    both = one + one
    assert (both.positions, both.draws, both.deviation) == (2, 800, pytest.approx(one.deviation / 2**0.5))


def test_worth_of_a_draft() -> None:
    """Leviathan et al., table 1: alpha .8, gamma 5, no cost: 3.69 tokens a pass; alpha .6, gamma 2: 1.96."""
    free = figure.worth(0.8, 0.0, lambda rows: 1.0, 5)
    assert free.tokens[4] == pytest.approx(3.69, abs=0.005)
    assert free.speedup == free.tokens
    assert figure.worth(0.6, 0.0, lambda rows: 1.0, 2).tokens[1] == pytest.approx(1.96)
    dear = figure.worth(0.8, 1.0, lambda rows: 1.0, 8)
    assert max(dear.speedup) < 1
    assert dear.best_gamma == 1
    growing = figure.worth(0.8, 0.0, figure.between([1, 9], [1.0, 9.0]), 8)
    assert growing.speedup[0] == pytest.approx(0.9)
