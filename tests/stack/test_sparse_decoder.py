"""The trained decoder against transformers' Mixtral and Llama: logits, losses and gradients on the same weights."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
import transformers as hf
from torch import Tensor
from torch.testing import assert_close
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

from explorer.stack.architectures.moe_parameters import from_hf, parameters
from explorer.stack.architectures.sparse_decoder import SparseDecoder, SparseDecoderConfig
from explorer.stack.transformer.experts import BLOCK

SPARSE = SparseDecoderConfig(
    d_vocab=70, n_layers=3, d_model=24, n_heads=4, n_kv_heads=2, d_expert=20, n_ctx=64, n_experts=6, k=2, theta=5000.0
)
DENSE = dataclasses.replace(SPARSE, n_experts=1, k=1)
CONFIGS = {"mixtral": SPARSE, "mixtral, top-3": dataclasses.replace(SPARSE, k=3), "llama": DENSE}


def randomised(config: SparseDecoderConfig) -> SparseDecoder:
    """Weights that make mistakes visible: norms off one, routers with opinions."""
    ours = SparseDecoder(config, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in ours.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    return ours


def published(ours: SparseDecoder, implementation: str = "eager") -> Any:
    """transformers' model from what we would write to a folder: its settings, and each tensor by its published name."""
    settings: dict[str, Any] = {**ours.hf_config(), "output_router_logits": ours.config.sparse}
    kind = settings.pop("model_type")
    settings.pop("torch_dtype")
    config = hf.AutoConfig.for_model(kind, **settings, experts_implementation=implementation)
    state = {name: tensor.clone() for name, tensor in ours.hf_state_dict().items()}
    cls: Any = hf.MixtralForCausalLM if ours.config.sparse else hf.LlamaForCausalLM
    made, info = cls.from_pretrained(
        None, config=config, state_dict=state, output_loading_info=True, dtype=torch.float32
    )
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    assert not info["mismatched_keys"]
    return made.eval()


def windows(rows: int, length: int) -> Tensor:
    return torch.randint(70, (rows, length), generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("name", CONFIGS)
def test_logits_and_loss_are_transformers(name: str) -> None:
    ours = randomised(CONFIGS[name])
    peer = published(ours)
    ids = windows(3, 20)
    with torch.no_grad():
        expected = peer(ids, labels=ids)
        assert float(expected.logits.std()) > 0.3
        assert_close(ours(ids), expected.logits, atol=1e-5, rtol=1e-5)
        losses = ours.loss(ids)  # the last token is only a target, in transformers' shifted labels too
    lm = torch.nn.functional.cross_entropy(expected.logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    assert_close(losses.lm, lm, atol=1e-5, rtol=0)
    if not CONFIGS[name].sparse:
        assert_close(losses.lm, expected.loss, atol=1e-5, rtol=0)
        assert losses.load == []
        assert float(losses.balance) == float(losses.z) == 0.0


def test_router_losses_are_each_layers_own_averaged() -> None:
    ours = randomised(SPARSE)
    ids = windows(3, 20)
    with torch.no_grad():
        routers = published(ours)(ids[:, :-1]).router_logits
        losses = ours.loss(ids)
    assert len(routers) == 3
    each = [float(load_balancing_loss_func((logits,), 6, 2)) for logits in routers]
    assert max(each) - min(each) > 0.01
    assert float(losses.balance) == pytest.approx(sum(each) / 3, abs=1e-5)
    lse = torch.stack([logits.exp().sum(-1).log() for logits in routers])
    assert_close(losses.z, (lse**2).mean(), atol=1e-5, rtol=0)
    for load, logits in zip(losses.load, routers, strict=True):
        counts = torch.bincount(logits.topk(2).indices.flatten(), minlength=6)
        assert_close(load, counts / counts.sum())


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("rows", [2, 8 * BLOCK // 19 + 1])
def test_gradients_are_transformers(name: str, rows: int) -> None:
    """Through attention, norms, the tied embedding, the grouped products' own backward and the chunked loss."""
    ours = randomised(CONFIGS[name])
    peer = published(ours)
    ids = windows(rows, 20)
    ours.loss(ids).lm.backward()
    logits = peer(ids[:, :-1]).logits
    torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()
    assert_close(ours.embed.grad, peer.model.embed_tokens.weight.grad, atol=1e-5, rtol=1e-4)
    blocks: Any = ours.blocks
    for block, layer in zip(blocks, peer.model.layers, strict=True):
        pairs = [(block.ln1, layer.input_layernorm.weight), (block.ln2, layer.post_attention_layernorm.weight)]
        pairs += [(getattr(block, f"W_{n.upper()}"), getattr(layer.self_attn, f"{n}_proj").weight) for n in "qkvo"]
        if CONFIGS[name].sparse:
            pairs += [
                (block.router, layer.mlp.gate.weight),
                (block.experts.gate_in, layer.mlp.experts.gate_up_proj),
                (block.experts.out, layer.mlp.experts.down_proj),
            ]
        for mine, other in pairs:
            assert_close(mine.grad, other.grad, atol=1e-5, rtol=1e-4)
            assert float(mine.grad.abs().max()) > 1e-4


def test_a_later_token_changes_nothing_before_it() -> None:
    ours = randomised(SPARSE)
    ids = windows(1, 12)
    other = ids.clone()
    other[0, 8] = (ids[0, 8] + 1) % 70
    with torch.no_grad():
        before, after = ours(ids), ours(other)
    assert_close(before[:, :8], after[:, :8], atol=1e-6, rtol=1e-5)
    assert float((before[:, 8:] - after[:, 8:]).abs().amax(-1).min()) > 1e-3


def test_counts_are_the_decoders_own() -> None:
    ours = SparseDecoder(SPARSE)
    count = parameters(from_hf(published(ours).config))
    assert count.total == sum(parameter.numel() for parameter in ours.parameters())


def test_it_learns_a_cycle() -> None:
    """Token t + 1 follows token t: the loss falls from ln 20 to near nothing, through every part of the backward."""
    ours = SparseDecoder(dataclasses.replace(SPARSE, n_layers=2, d_vocab=20), torch.Generator().manual_seed(0))
    optimiser = torch.optim.Adam(ours.parameters(), lr=1e-2)
    ids = (torch.arange(20)[:, None] + torch.arange(7)) % 20
    first = last = 0.0
    for step in range(40):
        losses = ours.loss(ids)
        total = losses.lm + 0.01 * losses.balance + 0.001 * losses.z
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        last = float(losses.lm.detach())
        first = first if step else last
    assert first == pytest.approx(2.996, abs=0.05)  # ln 20
    assert last < 0.5


@pytest.mark.parametrize(
    "wrong", [{"n_heads": 5}, {"n_kv_heads": 3}, {"n_heads": 8, "n_kv_heads": 8}, {"k": 0}, {"k": 7}]
)
def test_sizes_that_do_not_fit_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"chosen|divide"):
        dataclasses.replace(SPARSE, **wrong)
