"""Token attribution against finite differences, all orders, and loops; what its sums must be."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.frontier import shapley
from explorer.stack.frontier.carried import Contrast, carry, enter, say
from explorer.stack.frontier.rollout import rollout
from explorer.stack.frontier.token_attribution import (
    Score,
    gradient_x_input,
    grouped,
    integrated_gradients,
    leave_one_out,
    present,
)
from explorer.stack.transformer.decoder import Decoder

IDS = torch.tensor([1, 4, 7, 2])


@pytest.fixture(scope="module")
def game(tiny: Decoder) -> tuple[Score, Tensor, Tensor]:
    """The difference of two logits at the end of a text, its embeddings, and a baseline."""
    x, at = enter(tiny, IDS)
    return (lambda rows: Contrast(3, 5)(say(tiny, carry(tiny, rows, at)))), x, tiny.embed.weight.mean(0).expand_as(x)


def test_a_gradient_is_the_slope_of_real_steps(game: tuple[Score, Tensor, Tensor]) -> None:
    score, x, b = game
    found = gradient_x_input(score, x, b)
    step = 1e-2
    for at in range(len(x)):
        up, down = x.clone(), x.clone()
        up[at] += step * (x - b)[at]
        down[at] -= step * (x - b)[at]
        slope = float((score(up[None]) - score(down[None]))[0]) / (2 * step)
        assert float(found[at]) == pytest.approx(slope, abs=2e-3)


def test_integrated_gradients_add_up(game: tuple[Score, Tensor, Tensor]) -> None:
    score, x, b = game
    coarse, fine = (integrated_gradients(score, x, b, steps) for steps in (2, 256))
    assert fine.error < 2e-3 < coarse.error
    assert fine.whole == pytest.approx(float((score(x[None]) - score(b[None]))[0]), abs=1e-6)
    torch.testing.assert_close(fine.slopes.mean(0), fine.shares)


def test_shapley_values_are_means_over_all_orders(game: tuple[Score, Tensor, Tensor]) -> None:
    score, x, b = game

    def worth(coalitions: Sequence[frozenset[int]]) -> Tensor:
        return present(score, x, b, [[0], [1], [2, 3]], coalitions)

    mean = torch.zeros(3, dtype=torch.float64)
    for order in permutations(range(3)):
        here: set[int] = set()
        for part in order:
            before = worth([frozenset(here)])
            here.add(part)
            mean[part] += float(worth([frozenset(here)]) - before) / 6
    found = shapley.exact(worth, 3)
    torch.testing.assert_close(found, mean, atol=1e-5, rtol=0)
    assert float(found.sum()) == pytest.approx(float((score(x[None]) - score(b[None]))[0]), abs=1e-5)
    drawn = shapley.sampled(worth, 3, 40, torch.Generator().manual_seed(1))
    assert float(drawn.values.sum()) == pytest.approx(float(found.sum()), abs=1e-5)
    assert bool(((drawn.values - found).abs() <= 5 * drawn.errors + 1e-6).all())


@given(st.lists(st.floats(-4, 4), min_size=16, max_size=16), st.permutations(range(4)))
def test_shapley_values_keep_the_axioms(values: list[float], order: list[int]) -> None:
    """Efficiency; a part that adds nothing gets nothing; renamed parts keep their shares."""
    table = {frozenset(i for i in range(4) if at >> i & 1): value for at, value in enumerate(values)}

    def worth(coalitions: Sequence[frozenset[int]]) -> Tensor:
        return torch.tensor([table[each] for each in coalitions])

    found = shapley.exact(worth, 4)
    assert float(found.sum()) == pytest.approx(table[frozenset(range(4))] - table[frozenset()], abs=1e-4)
    idle = shapley.exact(lambda those: worth([each - {3} for each in those]), 4)
    assert abs(float(idle[3])) < 1e-6
    renamed = shapley.exact(lambda those: worth([frozenset(order[i] for i in each) for each in those]), 4)
    torch.testing.assert_close(renamed, found[list(order)], atol=1e-5, rtol=0)


def test_what_is_left_out_is_what_the_whole_loses(game: tuple[Score, Tensor, Tensor]) -> None:
    score, x, b = game
    found = leave_one_out(score, x, b, [[0, 1], [2], [3]])
    without = x.clone()
    without[:2] = b[:2]
    assert float(found[0]) == pytest.approx(float((score(x[None]) - score(without[None]))[0]), abs=1e-5)
    assert grouped(torch.tensor([1.0, 2.0, 4.0]), [[0, 2], [1]]).tolist() == [5.0, 2.0]


def test_rollout_is_a_walk_backwards() -> None:
    """Half of a token stays where it is in each block, half goes where it looks: by all ways there are."""
    patterns = [torch.rand(2, 3, 3, generator=torch.Generator().manual_seed(i)).tril() for i in range(3)]
    patterns = [p / p.sum(-1, keepdim=True) for p in patterns]
    found = rollout(patterns)
    ways = torch.zeros(3, 3)
    for a in range(3):
        for b in range(3):
            for c in range(3):
                for d in range(3):
                    steps = zip((patterns[2], patterns[1], patterns[0]), ((a, b), (b, c), (c, d)), strict=True)
                    share = 1.0
                    for pattern, (query, key) in steps:
                        share *= float(pattern.mean(0)[query, key]) / 2 + (query == key) / 2
                    ways[a, d] += share
    torch.testing.assert_close(found, ways)
    torch.testing.assert_close(found.sum(-1), torch.ones(3))
