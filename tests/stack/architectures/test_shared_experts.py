"""DeepSeek's layer against transformers' on the same weights; fine-grained experts against the coarse ones."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers as hf
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3MoE

from explorer.stack.architectures.shared_experts import SharedExpertsLayer, fine_grained
from explorer.stack.transformer.experts import Experts

D, D_EXPERT, N = 16, 12, 8


def normal(*shape: int, seed: int) -> Tensor:
    return 0.4 * torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def pair(n_shared: int, n_groups: int, k_groups: int) -> tuple[SharedExpertsLayer, Any]:
    """Our layer and transformers', with one set of weights."""
    config = hf.DeepseekV3Config(
        hidden_size=D, moe_intermediate_size=D_EXPERT, n_routed_experts=N, num_experts_per_tok=3, n_group=n_groups,
        topk_group=k_groups, n_shared_experts=n_shared, routed_scaling_factor=1.7,
    )  # fmt: skip
    config._experts_implementation = "eager"
    peer: Any = DeepseekV3MoE(config)
    ours = SharedExpertsLayer(D, D_EXPERT, N, 3, n_shared, scale=1.7, n_groups=n_groups, k_groups=k_groups)
    with torch.no_grad():
        for seed, parameter in enumerate(peer.parameters()):
            parameter.copy_(normal(*parameter.shape, seed=seed))
        peer.gate.e_score_correction_bias.copy_(normal(N, seed=50))
        ours.router.copy_(peer.gate.weight)
        ours.bias.copy_(peer.gate.e_score_correction_bias)
        ours.routed.gate_in.copy_(peer.experts.gate_up_proj)
        ours.routed.out.copy_(peer.experts.down_proj)
        shared = peer.shared_experts
        ours.shared.gate_in.copy_(torch.cat([shared.gate_proj.weight, shared.up_proj.weight])[None])
        ours.shared.out.copy_(shared.down_proj.weight[None])
    return ours, peer


@pytest.mark.parametrize(("n_shared", "n_groups", "k_groups"), [(1, 1, 1), (2, 4, 2), (2, 2, 1)])
def test_layer_of_deepseek_v3(n_shared: int, n_groups: int, k_groups: int) -> None:
    ours, peer = pair(n_shared, n_groups, k_groups)
    x = 2 * normal(25, D, seed=60)
    with torch.no_grad():
        expected = peer(x[None])[0]
        y = ours(x)
        assert_close(y, expected, atol=1e-5, rtol=1e-5)
        assert float((y - peer.shared_experts(x)).abs().mean()) > 0.05  # the routed experts have their part


def test_gradients_of_the_layer() -> None:
    layer, peer = pair(1, 4, 2)
    ours: Any = layer
    x, target = 2 * normal(25, D, seed=60), normal(25, D, seed=61)
    (ours(x) * target).sum().backward()
    (peer(x[None])[0] * target).sum().backward()
    assert_close(ours.router.grad, peer.gate.weight.grad, atol=1e-5, rtol=1e-4)
    assert_close(ours.routed.gate_in.grad, peer.experts.gate_up_proj.grad, atol=1e-5, rtol=1e-4)
    assert_close(ours.shared.out.grad[0], peer.shared_experts.down_proj.weight.grad, atol=1e-5, rtol=1e-4)
    assert float(ours.router.grad.abs().mean()) > 1e-3
    assert ours.bias.grad is None  # it is moved by counts, not by gradients


@given(st.integers(0, 999), st.sampled_from([1, 2, 3, 6]), st.integers(1, 4))
def test_the_pieces_of_an_expert_add_up_to_it(seed: int, m: int, n: int) -> None:
    coarse, fine = Experts(n, 5, 6), Experts(n * m, 5, 6 // m)
    with torch.no_grad():
        coarse.gate_in.copy_(normal(n, 12, 5, seed=seed))
        coarse.out.copy_(normal(n, 5, 6, seed=seed + 1))
        gate_in, out = fine_grained(coarse.gate_in, coarse.out, m)
        fine.gate_in.copy_(gate_in)
        fine.out.copy_(out)
        x = normal(4, 5, seed=seed + 2)
        for expert in range(n):
            pieces = [fine.one(expert * m + piece, x) for piece in range(m)]
            assert_close(torch.stack(pieces).sum(0), coarse.one(expert, x), atol=1e-6, rtol=1e-5)
    assert gate_in.numel() == coarse.gate_in.numel()
    assert out.numel() == coarse.out.numel()


def test_routing_to_all_pieces_is_routing_to_the_whole() -> None:
    """Top-2 of 4 experts, and top-6 of 12 pieces with each expert's weight on its three: the same layer."""
    coarse, fine = Experts(4, 5, 6), Experts(12, 5, 2)
    indices = torch.tensor([[0, 3], [2, 1], [3, 2]])
    weights = torch.tensor([[0.7, 0.3], [0.5, 0.5], [0.9, 0.1]])
    pieces = (indices[..., None] * 3 + torch.arange(3)).flatten(1)
    assert pieces.tolist()[0] == [0, 1, 2, 9, 10, 11]
    with torch.no_grad():
        coarse.gate_in.copy_(normal(4, 12, 5, seed=1))
        coarse.out.copy_(normal(4, 5, 6, seed=2))
        for parameter, cut in zip(fine.parameters(), fine_grained(coarse.gate_in, coarse.out, 3), strict=True):
            parameter.copy_(cut)
        x = normal(3, 5, seed=3)
        expected = coarse(x, indices, weights)
        assert_close(fine(x, pieces, weights.repeat_interleave(3, 1)), expected, atol=1e-6, rtol=1e-5)


def test_a_width_that_cannot_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="6 cannot be cut into 4"):
        fine_grained(torch.zeros(1, 12, 5), torch.zeros(1, 5, 6), 4)
