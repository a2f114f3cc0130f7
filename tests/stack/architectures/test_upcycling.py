"""A mixture upcycled from a dense feed-forward: at first the same function, whatever the router says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
import transformers as hf
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close
from transformers.models.llama.modeling_llama import LlamaMLP

from explorer.errors import NotApplicableError
from explorer.stack.architectures.upcycling import new_router, upcycle, upcycled
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.router import noisy_top_k, softmax_top_k

D, D_MLP = 12, 20


@pytest.fixture(scope="module")
def dense() -> Any:
    mlp: Any = LlamaMLP(hf.LlamaConfig(hidden_size=D, intermediate_size=D_MLP, num_attention_heads=2)).requires_grad_(
        False
    )
    generator = torch.Generator().manual_seed(0)
    for parameter in mlp.parameters():
        parameter.normal_(std=0.5, generator=generator)
    return mlp


def stacked(dense: Any) -> tuple[Tensor, Tensor]:
    return torch.cat([dense.gate_proj.weight, dense.up_proj.weight]), dense.down_proj.weight


@given(st.integers(0, 999), st.integers(1, 8))
def test_equal_to_llamas_feed_forward_whatever_the_router(dense: Any, seed: int, k: int) -> None:
    experts = upcycle(*stacked(dense), n_experts=8)
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(9, D, generator=generator)
    logits = F.linear(x, new_router(8, D, generator))
    with torch.no_grad():
        for routing in (softmax_top_k(logits, k), noisy_top_k(logits, torch.ones(9, 8), k, generator)):
            assert_close(experts(x, routing.indices, routing.weights), dense(x), atol=1e-5, rtol=1e-5)


def test_without_renormalised_weights_the_output_shrinks(dense: Any) -> None:
    experts = upcycle(*stacked(dense), n_experts=8)
    x = torch.randn(9, D, generator=torch.Generator().manual_seed(1))
    routing = softmax_top_k(torch.zeros(9, 8), 2, renormalise=False)
    with torch.no_grad():
        assert_close(experts(x, routing.indices, routing.weights), dense(x) / 4, atol=1e-5, rtol=1e-5)


def test_jitter_pulls_the_copies_apart(dense: Any) -> None:
    """By its share of each weight's own spread, and each copy differently."""
    gate_in, out = stacked(dense)
    experts = upcycle(gate_in, out, 64, jitter=0.1, generator=torch.Generator().manual_seed(3))
    for parameter, original in ((experts.gate_in, gate_in), (experts.out, out)):
        moved = parameter.detach() - original
        assert float(moved.std()) == pytest.approx(0.1 * float(original.std()), rel=0.03)
        assert_close(moved.mean(0), torch.zeros_like(original), atol=0.05, rtol=0)
        assert not torch.equal(parameter[0], parameter[1])
    again = upcycle(gate_in, out, 64, jitter=0.1, generator=torch.Generator().manual_seed(3))
    assert torch.equal(experts.out, again.out)


def test_the_copies_own_their_weights(dense: Any) -> None:
    """Training one expert must move neither its twins nor the dense layer."""
    gate_in, out = stacked(dense)
    before = out.clone()
    experts = upcycle(gate_in, out, 3)
    with torch.no_grad():
        experts.out[1] += 1
    assert torch.equal(experts.out[0], before)
    assert torch.equal(out, before)
    assert experts.gate_in.requires_grad


def test_the_new_router_prefers_nobody() -> None:
    router = new_router(64, 256, torch.Generator().manual_seed(0))
    assert float(router.std()) == pytest.approx(0.02, rel=0.03)
    x = F.rms_norm(torch.randn(500, 256, generator=torch.Generator().manual_seed(1)), (256,))
    assert float((x @ router.T).softmax(-1).max()) < 0.08  # even is 0.016


SMALL = DecoderConfig(n_layers=2, d_model=D, n_heads=2, n_kv_heads=1, d_head=6, d_mlp=D_MLP, d_vocab=30, n_ctx=32)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_a_whole_decoder_begins_as_the_dense_one(k: int) -> None:
    dense = Decoder(SMALL).initialise(torch.Generator().manual_seed(0))
    made = upcycled(dense, 4, k, torch.Generator().manual_seed(1))
    ids = torch.randint(30, (3, 9), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        assert_close(made(ids), dense(ids), atol=1e-6, rtol=1e-5)
        assert [tuple(each.indices.shape) for each in made.routings(ids)] == [(27, k)] * 2
        made.embed.weight.zero_()
        assert float(dense.embed.weight.abs().max()) > 0  # its own copy
        assert dense.routings(ids) == []


def test_what_cannot_be_upcycled_is_refused() -> None:
    dense = Decoder(SMALL)
    with pytest.raises(NotApplicableError):
        upcycled(upcycled(dense, 2, 1), 2, 1)
    with pytest.raises(NotApplicableError):
        upcycled(Decoder(replace(SMALL, gated=False)), 2, 1)
