"""The routers against transformers' own, hand-worked numbers, and what holds for any logits."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
import transformers as hf
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3TopkRouter
from transformers.models.gpt_oss.modeling_gpt_oss import GptOssTopKRouter
from transformers.models.mixtral.modeling_mixtral import MixtralTopKRouter
from transformers.models.olmoe.modeling_olmoe import OlmoeTopKRouter
from transformers.models.qwen3_moe.modeling_qwen3_moe import Qwen3MoeTopKRouter

from explorer.stack.transformer.router import (
    Routing,
    expert_choice,
    noisy_top_k,
    sigmoid_bias,
    softmax_top_k,
    top_k_softmax,
    updated_bias,
)

N, D, TOKENS = 8, 12, 40
#: A token's logits are drawn by seed, so that hypothesis can shrink to a small case.
cases = st.tuples(st.integers(0, 999), st.integers(1, 12), st.integers(2, 10)).flatmap(
    lambda case: st.tuples(st.just(case), st.integers(1, case[2]))
)


def logits_of(seed: int, tokens: int = TOKENS, experts: int = N, spread: float = 2.0) -> Tensor:
    return spread * torch.randn(tokens, experts, generator=torch.Generator().manual_seed(seed))


def filled(router: Any) -> Any:
    """A router of transformers with weights (it is made with zeros or with whatever lay in memory)."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in router.parameters():
            parameter.normal_(generator=generator)
    return router.requires_grad_(False)


def spread_out(routing: Routing) -> Tensor:
    """[token expert], zero where an expert is not chosen: free of the order of the slots."""
    return torch.zeros_like(routing.logits).scatter(1, routing.indices, routing.weights)


@pytest.mark.parametrize(
    ("router", "config", "renormalise"),
    [
        (MixtralTopKRouter, hf.MixtralConfig(hidden_size=D, num_local_experts=N, num_experts_per_tok=2), True),
        (OlmoeTopKRouter, hf.OlmoeConfig(hidden_size=D, num_experts=N, num_experts_per_tok=3), False),
        (
            Qwen3MoeTopKRouter,
            hf.Qwen3MoeConfig(hidden_size=D, num_experts=N, num_experts_per_tok=2, norm_topk_prob=True),
            True,
        ),
        (
            Qwen3MoeTopKRouter,
            hf.Qwen3MoeConfig(hidden_size=D, num_experts=N, num_experts_per_tok=2, norm_topk_prob=False),
            False,
        ),
    ],
)
def test_softmax_then_top_k(router: Any, config: Any, renormalise: bool) -> None:
    peer = filled(router(config))
    x = logits_of(3, experts=D)
    logits, weights, indices = peer(x)
    ours = softmax_top_k(F.linear(x, peer.weight), peer.top_k, renormalise)
    assert_close(ours.logits, logits, atol=1e-5, rtol=0)
    assert torch.equal(ours.indices, indices)
    assert_close(ours.weights, weights, atol=1e-5, rtol=0)
    assert bool((weights.sum(-1) < 0.999).any()) != renormalise  # the two rules really differ on these logits


def test_top_k_then_softmax_is_gpt_oss() -> None:
    peer = filled(GptOssTopKRouter(hf.GptOssConfig(hidden_size=D, num_local_experts=N, num_experts_per_tok=4)))
    x = logits_of(4, experts=D)
    _, weights, indices = peer(x)
    ours = top_k_softmax(F.linear(x, peer.weight, peer.bias), 4)
    assert torch.equal(ours.indices, indices)
    assert_close(ours.weights, weights, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("n_groups", "k_groups"), [(1, 1), (4, 2), (2, 1)])
@pytest.mark.parametrize("renormalise", [True, False])
def test_sigmoid_with_bias_and_groups_is_deepseek_v3(n_groups: int, k_groups: int, renormalise: bool) -> None:
    config = hf.DeepseekV3Config(
        hidden_size=D, n_routed_experts=16, num_experts_per_tok=4, n_group=n_groups, topk_group=k_groups,
        norm_topk_prob=renormalise, routed_scaling_factor=2.5,
    )  # fmt: skip
    peer = filled(DeepseekV3TopkRouter(config))
    peer.e_score_correction_bias.normal_(std=0.3, generator=torch.Generator().manual_seed(2))
    x = logits_of(5, experts=D, spread=0.5)
    logits, weights, indices = peer(x)
    ours = sigmoid_bias(
        F.linear(x, peer.weight), 4, peer.e_score_correction_bias, n_groups=n_groups, k_groups=k_groups,
        renormalise=renormalise, scale=2.5,
    )  # fmt: skip
    assert_close(spread_out(ours), torch.zeros_like(logits).scatter(1, indices, weights), atol=1e-5, rtol=0)
    plain = sigmoid_bias(logits, 4, torch.zeros(16), renormalise=renormalise, scale=2.5)
    assert not torch.equal(spread_out(plain) > 0, spread_out(ours) > 0)  # the bias changes who is chosen


def test_only_the_best_groups_stay_open() -> None:
    """Groups {0,1}, {2,3}: 0.9 + 0.1 loses to 0.6 + 0.5, so the single best expert of all is shut out."""
    scores = torch.tensor([[0.9, 0.1, 0.6, 0.5]])
    routing = sigmoid_bias(scores.logit(), 2, torch.zeros(4), n_groups=2, k_groups=1)
    assert routing.indices.tolist() == [[2, 3]]
    assert_close(routing.weights, torch.tensor([[6 / 11, 5 / 11]]))
    assert routing.choice[0, :2].tolist() == [-torch.inf, -torch.inf]


def test_noise_decides_between_near_equals_only() -> None:
    """By hand: softplus(noise logit) is the noise's width, drawn once for each token and expert."""
    logits, noise_logits = torch.tensor([[1.0, 0.0, -1.0]]), torch.tensor([[0.0, 1.0, -2.0]])
    drawn = torch.randn(1, 3, generator=torch.Generator().manual_seed(7))
    widths = torch.tensor([[0.693147, 1.313262, 0.126928]])  # ln(1 + e^x)
    routing = noisy_top_k(logits, noise_logits, 2, torch.Generator().manual_seed(7))
    assert_close(routing.choice, logits + drawn * widths, atol=1e-5, rtol=0)
    assert torch.equal(routing.logits, logits)
    tried = torch.cat(
        [noisy_top_k(logits, noise_logits, 1, torch.Generator().manual_seed(s)).indices for s in range(200)]
    )
    share = torch.bincount(tried.flatten(), minlength=3) / 200
    # H_0 - H_1 is N(1, 0.6931^2 + 1.3133^2), so that expert 1 passes expert 0 with Phi(-1 / 1.485) = 0.25.
    assert 0.17 < float(share[1]) < 0.33
    assert float(share[2]) < 0.06


@given(cases)
def test_choices_are_distinct_and_best_first(case: tuple[tuple[int, int, int], int]) -> None:
    (seed, tokens, n), k = case
    logits = logits_of(seed, tokens, n)
    bias = logits_of(seed + 1, 1, n, 0.3)[0]
    generator = torch.Generator().manual_seed(seed)
    all_four = (
        softmax_top_k(logits, k),
        top_k_softmax(logits, k),
        noisy_top_k(logits, logits_of(seed + 2, tokens, n), k, generator),
        sigmoid_bias(logits, k, bias),
    )
    for routing in all_four:
        assert_close(routing.weights.sum(-1), torch.ones(tokens))
        assert all(len(set(chosen)) == k for chosen in routing.indices.tolist())
        by = routing.choice.gather(1, routing.indices)
        assert bool((by.diff(dim=-1) <= 0).all())
        others = routing.choice.scatter(1, routing.indices, -torch.inf)
        assert bool((others.max(-1).values <= by[:, -1]).all())
        assert bool((routing.weights > 0).all())
    assert_close(spread_out(all_four[0]), spread_out(all_four[1]))


@given(cases)
def test_noise_of_width_zero_is_none(case: tuple[tuple[int, int, int], int]) -> None:
    (seed, tokens, n), k = case
    logits = logits_of(seed, tokens, n)
    quiet = noisy_top_k(logits, torch.full_like(logits, -torch.inf), k, torch.Generator().manual_seed(seed))
    plain = top_k_softmax(logits, k)
    assert torch.equal(quiet.indices, plain.indices)
    assert torch.equal(quiet.weights, plain.weights)


@given(cases)
def test_a_shuffle_of_the_tokens_shuffles_the_routing(case: tuple[tuple[int, int, int], int]) -> None:
    (seed, tokens, n), k = case
    logits = logits_of(seed, tokens, n)
    order = torch.randperm(tokens, generator=torch.Generator().manual_seed(seed))
    for route in (softmax_top_k, top_k_softmax):
        assert torch.equal(route(logits[order], k).indices, route(logits, k).indices[order])


@given(st.integers(0, 999), st.integers(1, 6), st.integers(2, 9))
def test_expert_choice_loads_all_alike(seed: int, capacity: int, n: int) -> None:
    logits = logits_of(seed, 12, n)
    choice = expert_choice(logits, capacity)
    assert choice.tokens.shape == (n, capacity)
    assert all(len(set(taken)) == capacity for taken in choice.tokens.tolist())
    assert int(choice.visits().sum()) == n * capacity
    for expert in range(n):  # it took its best: nobody whom it left scores above the last one taken
        left = [float(choice.scores[t, expert]) for t in range(12) if t not in choice.tokens[expert].tolist()]
        assert max(left) <= float(choice.weights[expert, -1])


def test_expert_choice_by_hand() -> None:
    """Token 0 is both experts' favourite and token 2 is nobody's."""
    probs = torch.tensor([[0.55, 0.45], [0.9, 0.1], [0.7, 0.3], [0.4, 0.6]])
    choice = expert_choice(probs.log(), capacity=2)
    assert choice.tokens.tolist() == [[1, 2], [3, 0]]
    assert_close(choice.weights, torch.tensor([[0.9, 0.7], [0.6, 0.45]]))
    assert choice.visits().tolist() == [1, 1, 1, 1]
    assert expert_choice(probs.log(), capacity=1).visits().tolist() == [0, 1, 0, 1]


def test_the_bias_evens_out_the_load() -> None:
    """A router with favourites: the busiest expert has 2.8 times its share at first, and next to its share at last."""
    logits = logits_of(0, 2000, N, 1.0) + torch.linspace(1.5, -1.5, N)
    bias = torch.zeros(N)
    busiest = []
    for _ in range(400):
        counts = torch.bincount(sigmoid_bias(logits, 2, bias).indices.flatten(), minlength=N)
        busiest.append(float(counts.max() / counts.float().mean()))
        bias = updated_bias(bias, counts, rate=2e-3)
    assert busiest[0] > 2.0
    assert busiest[-1] < 1.1
    assert busiest[200] < busiest[50] < busiest[0]
    assert bool((bias[:-1] < bias[1:]).all())  # the more a router favours an expert, the lower its bias
