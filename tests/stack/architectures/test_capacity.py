"""Capacity against Switch's router of transformers, and what a limit must keep."""

from __future__ import annotations

import pytest
import torch
import transformers as hf
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close
from transformers.models.switch_transformers.modeling_switch_transformers import SwitchTransformersTop1Router

from explorer.stack.architectures.capacity import Limited, Priority, capacity, limit
from explorer.stack.transformer.experts import Experts
from explorer.stack.transformer.router import softmax_top_k

limits = st.tuples(st.integers(0, 999), st.integers(1, 30), st.integers(2, 6), st.integers(0, 12)).flatmap(
    lambda case: st.tuples(st.just(case), st.integers(1, case[2]))
)


def chosen(seed: int, tokens: int, n: int, k: int) -> tuple[Tensor, Tensor]:
    """Choices with a favourite: expert 0."""
    logits = torch.randn(tokens, n, generator=torch.Generator().manual_seed(seed))
    logits[:, 0] += 1.5
    routing = softmax_top_k(logits, k, renormalise=False)
    return routing.indices, routing.weights


@pytest.mark.parametrize("size", [1, 3, 6, 60])
def test_switch_router(size: int) -> None:
    config = hf.SwitchTransformersConfig(d_model=12, num_experts=5, expert_capacity=size, router_bias=False)
    peer = SwitchTransformersTop1Router(config).eval()
    with torch.no_grad():
        peer.classifier.weight.normal_(generator=torch.Generator().manual_seed(1))
        x = torch.randn(1, 60, 12, generator=torch.Generator().manual_seed(2))
        mask, probability, logits = peer(x)
    routing = softmax_top_k(logits[0], 1, renormalise=False)
    ours = limit(routing.indices, routing.weights, 5, size)
    kept = torch.zeros_like(mask[0]).scatter(1, routing.indices, ours.kept.long())
    assert torch.equal(kept, mask[0])
    assert_close(ours.weights, probability[0] * mask[0].sum(-1, keepdim=True), atol=1e-5, rtol=0)
    assert ours.dropped == 60 - int(mask.sum())
    assert (ours.dropped > 0) == (size < 60)


def test_first_choices_come_before_second_ones() -> None:
    """Expert 1 takes two: it is token 2's and 3's first choice, and only the second of tokens 0 and 1."""
    indices = torch.tensor([[0, 1], [0, 1], [1, 0], [1, 0]])
    weights = torch.tensor([[0.6, 0.4], [0.7, 0.3], [0.8, 0.2], [0.9, 0.1]])
    result = limit(indices, weights, n_experts=2, capacity=2)
    assert result.kept.tolist() == [[True, False]] * 4
    assert_close(result.weights, torch.tensor([[0.6, 0.0], [0.7, 0.0], [0.8, 0.0], [0.9, 0.0]]))
    assert result.dropped == 4
    three = limit(indices, weights, n_experts=2, capacity=3)
    assert three.kept.tolist() == [[True, True], [True, False], [True, True], [True, False]]
    heavy = limit(indices, weights, n_experts=2, capacity=3, priority="weight")
    assert heavy.kept.tolist() == [[True, True], [True, False], [True, True], [True, False]]
    one = limit(indices, weights, n_experts=2, capacity=1, priority="weight")
    assert one.kept.tolist() == [[False, False], [True, False], [False, False], [True, False]]


def test_a_dropped_token_leaves_the_layer_empty_handed() -> None:
    experts = Experts(2, 4, 3)
    with torch.no_grad():
        for parameter in experts.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(0))
        x = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
        indices = torch.tensor([[0], [0], [1]])
        result = limit(indices, torch.ones(3, 1), n_experts=2, capacity=1)
        y = experts(x, indices, result.weights)
        assert_close(y[[0, 2]], torch.cat([experts.one(0, x[:1]), experts.one(1, x[2:])]))
    assert y[1].tolist() == [0.0] * 4


@given(limits, st.sampled_from(["order", "weight"]))
def test_no_expert_takes_more_and_none_is_refused_in_vain(
    case: tuple[tuple[int, int, int, int], int], priority: Priority
) -> None:
    (seed, tokens, n, size), k = case
    indices, weights = chosen(seed, tokens, n, k)
    result = limit(indices, weights, n, size, priority)
    wanted = torch.bincount(indices.flatten(), minlength=n)
    taken = torch.bincount(indices[result.kept], minlength=n)
    assert torch.equal(taken, wanted.clamp_max(size))
    assert result.dropped == int(wanted.sum() - taken.sum())
    assert torch.equal(result.weights, torch.where(result.kept, weights, 0.0))
    assert ordered(indices, weights, result, n, priority)


def ordered(indices: Tensor, weights: Tensor, result: Limited, n: int, priority: Priority) -> bool:
    """Of each expert, whoever was dropped stands after everyone kept: by slot, then by place or by weight."""

    def rank(token: int, slot: int) -> tuple[float, ...]:
        return (slot, token) if priority == "order" else (slot, -float(weights[token, slot]), token)

    for expert in range(n):
        pairs = [tuple(pair) for pair in (indices == expert).nonzero().tolist()]
        kept = [rank(*pair) for pair in pairs if result.kept[pair]]
        dropped = [rank(*pair) for pair in pairs if not result.kept[pair]]
        if kept and dropped and max(kept) > min(dropped):
            return False
    return True


@given(st.integers(1, 5000), st.integers(1, 8), st.integers(8, 64), st.sampled_from([0.5, 1.0, 1.25, 2.0]))
@pytest.mark.thorough
def test_capacity_has_room_for_an_even_load(tokens: int, k: int, n: int, factor: float) -> None:
    size = capacity(tokens, k, n, factor)
    assert size * n >= factor * tokens * k > (size - 1) * n
    assert isinstance(size, int)


def test_capacity_by_hand() -> None:
    assert capacity(n_tokens=10, k=1, n_experts=4, factor=1.0) == 3  # 2.5
    assert capacity(n_tokens=4608, k=2, n_experts=8, factor=1.0) == 1152
    assert capacity(n_tokens=8, k=2, n_experts=8, factor=0.25) == 1
