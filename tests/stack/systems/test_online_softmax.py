"""Softmax in blocks, and the merge of parts."""

from __future__ import annotations

import math
from functools import reduce

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.systems.online_softmax import Partial, merge, online_softmax

SCORES = st.lists(st.floats(-80, 80, width=32), min_size=1, max_size=30)


@given(scores=SCORES, block=st.integers(1, 9), seed=st.integers(0, 99))
def test_any_order_of_any_blocks_is_the_softmax(scores: list[float], block: int, seed: int) -> None:
    row = torch.tensor(scores)
    order = torch.randperm(-(-len(row) // block), generator=torch.Generator().manual_seed(seed))
    made = online_softmax(row, block, order)
    assert (made.softmax - row.softmax(0)).abs().max() < 1e-6
    assert made.lse == pytest.approx(float(row.logsumexp(0)), abs=1e-4)
    assert bool((made.m[1:] >= made.m[:-1]).all())
    assert bool((made.factor <= 1).all())


@given(scores=SCORES, at=st.integers(0, 30))
def test_two_parts_merge_into_the_whole(scores: list[float], at: int) -> None:
    row, at = torch.tensor(scores), min(at, len(scores))
    values = torch.linspace(-1, 1, len(row))[:, None]

    def attention(part: slice) -> Partial:
        if not len(row[part]):
            return Partial(torch.zeros(1, 1), torch.tensor([-math.inf]))
        return Partial((row[part].softmax(0) @ values[part])[None], row[part].logsumexp(0)[None])

    whole, parts = attention(slice(None)), (attention(slice(0, at)), attention(slice(at, None)))
    for merged in (merge(*parts), merge(*parts[::-1])):
        assert (merged.out - whole.out).abs().max() < 1e-5
        assert merged.lse.item() == pytest.approx(whole.lse.item(), abs=1e-4)


def test_parts_merge_in_any_grouping() -> None:
    generator = torch.Generator().manual_seed(0)
    parts = [Partial(torch.randn(5, 4, generator=generator), torch.randn(5, generator=generator)) for _ in range(4)]
    left = reduce(merge, parts)
    tree = merge(merge(parts[0], parts[1]), merge(parts[2], parts[3]))
    assert (left.out - tree.out).abs().max() < 1e-6


def test_a_first_block_that_may_not_be_seen() -> None:
    made = online_softmax(torch.tensor([-math.inf, -math.inf, 1.0, 2.0]), 2)
    assert made.factor.tolist() == [0.0, 0.0]
    assert made.softmax.tolist() == pytest.approx([0, 0, 0.26894, 0.73106], abs=1e-5)


@pytest.mark.parametrize(("block", "order"), [(0, None), (2, (0,)), (2, (0, 0)), (2, (0, 2))])
def test_an_order_that_is_none(block: int, order: tuple[int, ...] | None) -> None:
    with pytest.raises(ValueError, match=r"block"):
        online_softmax(torch.ones(4), block, order)
