"""The experts' three ways of computing one thing: outputs and gradients, against transformers and against autograd."""

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
from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock

from explorer.stack.transformer.experts import BLOCK, Experts, combine, dispatch, grouped
from explorer.stack.transformer.router import expert_choice, softmax_top_k

WAYS = ("forward", "loop", "dense")


def made(n_experts: int = 6, d_model: int = 10, d_expert: int = 7, seed: int = 0) -> Experts:
    experts = Experts(n_experts, d_model, d_expert)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in experts.parameters():
            parameter.normal_(std=0.4, generator=generator)
    return experts


def routed(tokens: int, n_experts: int, k: int, d_model: int = 10, seed: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    """x, indices, weights; the last expert is wanted by nobody where there are more than k + 1."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(tokens, n_experts, generator=generator)
    if n_experts > k + 1:
        logits[:, -1] = -torch.inf
    routing = softmax_top_k(logits, k)
    return torch.randn(tokens, d_model, generator=generator), routing.indices, routing.weights


def gradients(experts: Experts, way: str, x: Tensor, indices: Tensor, weights: Tensor) -> tuple[Tensor, ...]:
    """The output, and the gradients of x, weights, gate_in, out of a loss that is not symmetric in the outputs."""
    x, weights = x.clone().requires_grad_(), weights.clone().requires_grad_()
    y = getattr(experts, way)(x, indices, weights)
    target = torch.randn(y.shape, generator=torch.Generator().manual_seed(9), dtype=torch.float64).to(y)
    loss = (y * target).sum() + y.square().sum()
    return (y.detach(), *torch.autograd.grad(loss, [x, weights, experts.gate_in, experts.out]))


@pytest.mark.parametrize(("tokens", "k"), [(1, 1), (5, 2), (40, 6), (8 * BLOCK + 3, 2)])
def test_the_three_ways_are_one(tokens: int, k: int) -> None:
    """Below 8 * BLOCK tokens runs are not padded; above, the padding must change neither outputs nor gradients."""
    experts = made().double()
    x, indices, weights = routed(tokens, 6, k)
    found = {way: gradients(experts, way, x.double(), indices, weights.double()) for way in WAYS}
    for way in ("forward", "dense"):
        for mine, reference in zip(found[way], found["loop"], strict=True):
            assert_close(mine, reference, atol=1e-9, rtol=1e-9)
    if k < 5:
        assert found["forward"][3][-1].abs().max() == 0  # an expert that nobody visits learns nothing


@pytest.mark.parametrize("tokens", [1, 2, 40, 8 * BLOCK + 3])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_without_a_backward_the_outputs_are_the_same(tokens: int, dtype: torch.dtype) -> None:
    experts = made().to(dtype)
    x, indices, weights = routed(tokens, 6, 2)
    with torch.no_grad():
        y = experts(x.to(dtype), indices, weights.to(dtype))
    assert_close(y, experts.loop(x.to(dtype), indices, weights.to(dtype)), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("block", [1, 4])
def test_the_written_backward_is_the_derivative(block: int) -> None:
    """Against finite differences, in float64: one expert without tokens, runs padded and not."""
    generator = torch.Generator().manual_seed(4)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)

    indices = torch.tensor([[0, 2], [2, 3], [0, 3], [3, 2], [2, 0]])
    plan = dispatch(indices, 4, block)
    assert plan.counts.tolist() == [3, 0, 4, 3]
    inputs = (drawn(5, 3), drawn(5, 2), drawn(4, 4, 3), drawn(4, 3, 2))
    assert torch.autograd.gradcheck(
        lambda x, w, a, b: grouped(x, w, a, b, plan), inputs, eps=1e-6, atol=1e-7, rtol=1e-5
    )


@pytest.mark.parametrize("implementation", ["eager", "grouped_mm"])
@pytest.mark.parametrize("tokens", [30, 8 * BLOCK + 30])
def test_mixtral_block_with_gradients(implementation: str, tokens: int) -> None:
    config = hf.MixtralConfig(hidden_size=16, intermediate_size=24, num_local_experts=5, num_experts_per_tok=2)
    config._experts_implementation = implementation
    peer: Any = MixtralSparseMoeBlock(config)
    experts = made(5, 16, 24)
    with torch.no_grad():
        peer.gate.weight.normal_(generator=torch.Generator().manual_seed(2))
        peer.experts.gate_up_proj.copy_(experts.gate_in)
        peer.experts.down_proj.copy_(experts.out)
    x, target = torch.randn(2, tokens, 16, generator=torch.Generator().manual_seed(3)).unbind()
    theirs, ours = x.clone().requires_grad_(), x.clone().requires_grad_()
    router = peer.gate.weight.detach().clone().requires_grad_()
    routing = softmax_top_k(F.linear(ours, router), 2)
    y = experts(ours, routing.indices, routing.weights)
    expected = peer(theirs[None])[0]
    assert float(expected.detach().abs().mean()) > 0.1  # far above the tolerance
    assert_close(y, expected, atol=1e-5, rtol=0)
    (y * target).sum().backward()
    (expected * target).sum().backward()
    pairs = [
        (ours, theirs), (router, peer.gate.weight),
        (experts.gate_in, peer.experts.gate_up_proj), (experts.out, peer.experts.down_proj),
    ]  # fmt: skip
    for mine, other in pairs:
        assert_close(mine.grad, other.grad, atol=1e-4, rtol=1e-4)


def test_dispatch_and_combine_by_hand() -> None:
    """Tokens to (2, 0), (0, 1), (2, 1): expert 0 has tokens 0 and 1, expert 1 has 1 and 2, expert 2 has 0 and 2."""
    plan = dispatch(torch.tensor([[2, 0], [0, 1], [2, 1]]), n_experts=4)
    assert plan.token.tolist() == [0, 1, 1, 2, 0, 2]
    assert plan.place.tolist() == [[4, 0], [1, 2], [5, 3]]
    assert plan.counts.tolist() == [2, 2, 2, 0]
    assert plan.spans == ((0, 2), (2, 4), (4, 6), (6, 6))
    rows = torch.tensor([[1.0], [10.0], [100.0], [1000.0], [10_000.0], [100_000.0]])
    weights = torch.tensor([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8]])
    assert_close(combine(rows, plan, weights), torch.tensor([[5000.5], [19.0], [20_800.0]]))


def test_padding_keeps_each_run_whole() -> None:
    plan = dispatch(torch.tensor([[1], [1], [0], [1]]), n_experts=3, block=2)
    assert plan.spans == ((0, 2), (2, 6), (6, 6))
    assert plan.token.tolist() == [2, 0, 0, 1, 3, 0]  # rows 1 and 5 are padding
    assert plan.place.tolist() == [[2], [3], [0], [4]]


@given(st.integers(0, 999), st.integers(0, 30), st.integers(1, 9), st.data())
def test_each_pair_has_a_row_of_its_expert(seed: int, tokens: int, n: int, data: st.DataObject) -> None:
    k, block = data.draw(st.integers(1, n)), data.draw(st.sampled_from([1, 3, 8]))
    indices = torch.rand(tokens, n, generator=torch.Generator().manual_seed(seed)).topk(k).indices
    plan = dispatch(indices, n, block)
    rows = plan.place.flatten().tolist()
    assert len(set(rows)) == tokens * k
    for token in range(tokens):
        for slot in range(k):
            row = int(plan.place[token, slot])
            assert int(plan.token[row]) == token
            begin, end = plan.spans[int(indices[token, slot])]
            assert begin <= row < end
    assert all((end - begin) % block == 0 for begin, end in plan.spans)
    assert sum(plan.counts.tolist()) == tokens * k
    x = torch.randn(tokens, 3, generator=torch.Generator().manual_seed(seed))
    assert_close(combine(x[plan.token], plan, torch.full((tokens, k), 1 / k)), x)  # nobody changes anything


@given(st.integers(0, 999), st.integers(1, 40), st.integers(1, 6))
def test_a_shuffle_of_the_tokens_shuffles_the_outputs(seed: int, tokens: int, k: int) -> None:
    experts = made()
    x, indices, weights = routed(tokens, 6, k, seed=seed)
    order = torch.randperm(tokens, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        y = experts(x, indices, weights)
        assert_close(experts(x[order], indices[order], weights[order]), y[order], atol=1e-5, rtol=1e-5)


def test_one_expert_by_hand() -> None:
    """d_model 1, d_expert 1: gate 2, in 3, out 5 on x = 0.5 gives 5 * silu(1) * 1.5 = 5 * 0.731059 * 1.5."""
    experts = Experts(1, 1, 1)
    with torch.no_grad():
        experts.gate_in.copy_(torch.tensor([[[2.0], [3.0]]]))
        experts.out.fill_(5.0)
        y = experts(torch.tensor([[0.5]]), torch.tensor([[0]]), torch.tensor([[1.0]]))
    assert float(y) == pytest.approx(5.482939, abs=1e-5)


def test_experts_choose_their_tokens() -> None:
    """The batched product against one expert after another; a token that none took gets nothing."""
    experts = made()
    x, *_ = routed(20, 6, 1)
    choice = expert_choice(torch.randn(20, 6, generator=torch.Generator().manual_seed(5)), capacity=4)
    with torch.no_grad():
        y = experts.chosen_by_experts(x, choice)
        expected = torch.zeros_like(x)
        for expert in range(6):
            for slot, token in enumerate(choice.tokens[expert].tolist()):
                expected[token] += choice.weights[expert, slot] * experts.one(expert, x[token][None])[0]
    assert_close(y, expected, atol=1e-5, rtol=1e-5)
    lonely = choice.visits() == 0
    assert bool(lonely.any())
    assert y[lonely].abs().max() == 0


def test_bfloat16_gives_float32_weights_their_gradient() -> None:
    """As the training runs it: bfloat16 products, the router's weights in float32."""
    experts = made()
    x, indices, weights = routed(50, 6, 2)
    exact = gradients(experts, "loop", x, indices, weights)
    half = gradients(experts, "forward", x.bfloat16(), indices, weights)
    assert half[2].dtype == torch.float32
    assert half[3].dtype == half[4].dtype == torch.float32
    for mine, reference in zip(half[2:], exact[2:], strict=True):
        assert float((mine - reference).norm() / reference.norm()) < 0.03


@given(
    tokens=st.integers(1, 20), n_experts=st.integers(1, 9), slots=st.integers(1, 3), seed=st.integers(0, 2**20)
)  # fmt: skip
def test_a_few_rows_on_all_experts_at_once_are_the_loop(tokens: int, n_experts: int, slots: int, seed: int) -> None:
    random, k = torch.Generator().manual_seed(seed), min(slots, n_experts)
    experts = Experts(n_experts, 6, 5).requires_grad_(False)
    for parameter in experts.parameters():
        parameter.normal_(generator=random)
    x = torch.randn(tokens, 6, generator=random)
    indices = torch.rand(tokens, n_experts, generator=random).topk(k).indices
    weights = torch.rand(tokens, k, generator=random)
    with torch.inference_mode():
        want = experts.loop(x, indices, weights)
        assert_close(experts.together(x, indices, weights), want, atol=1e-4, rtol=1e-4)
        assert_close(experts(x, indices, weights), want, atol=1e-4, rtol=1e-4)
