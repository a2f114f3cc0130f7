"""The bars of a round, and what a draft is worth."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.experiments.inference.decoding.speculative import ROWS
from explorer.figures.inference.decoding import speculative as figure
from explorer.figures.inference.decoding.drafts_worth import worth
from explorer.stack.inference.decoding.speculative import Evidence

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


def test_worth_of_a_draft() -> None:
    """Leviathan et al., table 1: alpha .8, gamma 5, no cost: 3.69 tokens a pass; alpha .6, gamma 2: 1.96."""
    flat = [[1.0] * len(ROWS)] * 3
    free = worth("lookup", 0.8, [0.0] * 3, flat, 5)
    assert free.tokens[4] == pytest.approx(3.69, abs=0.005)
    assert free.speedup == free.tokens == free.low == free.high
    assert worth("lookup", 0.6, [0.0] * 3, flat, 2).tokens[1] == pytest.approx(1.96)
    dear = worth("exit", 0.8, [1.0] * 3, flat, 8)
    assert max(dear.speedup) < 1
    assert (dear.best, dear.verdict) == (1, "costs")
    growing = worth("lookup", 0.8, [0.0], [[float(n) for n in ROWS]], 8)
    assert growing.speedup[0] == pytest.approx(0.9)


def test_a_verdict_needs_rounds_that_agree() -> None:
    """At gamma 1 a draft with alpha .8 yields 1.8 tokens for cost + 1: even at a cost of .8."""
    flat = [[1.0] * len(ROWS)] * 4
    assert worth("int8", 0.8, [0.5, 0.6, 0.5, 0.6], flat, 1).verdict == "pays"
    assert worth("int8", 0.8, [0.9, 1.0, 0.9, 1.0], flat, 1).verdict == "costs"
    busy = worth("int8", 0.8, [0.5, 1.2, 0.6, 1.1], flat, 1)
    assert (busy.verdict, busy.low[0] < 1 < busy.high[0]) == ("unclear", True)
