"""A text's lift by hand, its interval on draws that are independent, and passages that are told apart."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from explorer.stack.architectures.text_lift import RUN, apart, known_passages, put_together, text_lift


def routed(probability: float, n: int, seed: int = 0) -> Tensor:
    """Tokens that go to expert 0 of two with that probability, in one layer."""
    first = torch.rand(n, generator=torch.Generator().manual_seed(seed)) < probability
    return torch.stack([first, ~first], -1)[:, None].double()


def test_runs_are_joined_end_to_beginning() -> None:
    given = torch.eye(3)[:, None].double()  # three tokens to three experts; a run is all of them, wherever it begins
    drawn = put_together(given, 20, torch.Generator().manual_seed(0), run=3)
    assert torch.allclose(drawn, torch.full_like(drawn, 1 / 3))
    two = put_together(given, 200, torch.Generator().manual_seed(0), run=2)  # 0 1, 1 2 or 2 0, twice
    assert {round(4 * float(share)) for share in two.flatten()} == {0, 1, 2}
    assert torch.allclose(two.sum(-1), torch.ones(200, 1, dtype=torch.float64))


def test_the_interval_is_as_wide_as_that_of_independent_tokens() -> None:
    kinds = torch.tensor([[[0.5, 0.5]]], dtype=torch.float64)
    n, p = 400, 0.3
    found = text_lift(routed(p, n), kinds, torch.Generator().manual_seed(1))
    half = 1.96 * (p * (1 - p) / n) ** 0.5
    assert float(found.high[0, 0] - found.low[0, 0]) == pytest.approx(2 * half, rel=0.25)
    assert float(found.low[0, 0]) <= float(found.share[0, 0]) <= float(found.high[0, 0])


def test_a_text_of_few_tokens_has_no_interval() -> None:
    kinds = torch.tensor([[[0.5, 0.5]]], dtype=torch.float64)
    assert bool(text_lift(routed(0.5, 2 * RUN - 1), kinds, torch.Generator()).low.isnan().all())
    assert bool(text_lift(routed(0.5, 2 * RUN), kinds, torch.Generator()).low.isfinite().all())


def test_the_nearest_kind_is_the_one_that_it_was_drawn_from() -> None:
    kinds = torch.tensor([[[0.9, 0.1], [0.2, 0.8]]], dtype=torch.float64)
    found = text_lift(routed(0.2, 200), kinds, torch.Generator().manual_seed(0))
    assert found.nearest.tolist() == [0.0, 1.0]
    assert float(found.apart[0]) == pytest.approx(abs(0.9 - float(found.share[0, 0])))
    assert torch.equal(apart(found.share, kinds), found.apart)


def test_passages_are_held_against_kinds_without_themselves() -> None:
    tokens = torch.cat([routed(p, 60, seed) for seed, p in enumerate((0.9, 0.9, 0.1, 0.1, 0.9))])
    passage = torch.arange(5).repeat_interleave(60)
    made = known_passages(tokens, passage, torch.tensor([0, 0, 1, 1, 1]), 2)
    assert made.right.tolist() == [True, True, True, True, False]  # the last is of another's kind
    alone = known_passages(tokens[:180], passage[:180], torch.tensor([0, 0, 1]), 2)
    assert alone.right.tolist()[:2] == [True, True]
