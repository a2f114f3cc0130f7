"""A block without its residual path, and gradients read block by block: against formulas written out in torch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.transformer.config import DecoderConfig, Placement
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.gradient_flow import gradients_by_block

TINY = DecoderConfig(
    n_layers=3, d_model=8, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=12, d_vocab=11, n_ctx=16, positions="none"
)
IDS = torch.randint(0, 11, (2, 9), generator=torch.Generator().manual_seed(3))


def fresh(config: DecoderConfig) -> Decoder:
    decoder = Decoder(config).initialise(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.mul_(10 if parameter.dim() > 1 else 1)
    return decoder.double()


def by_hand(weights: dict[str, Tensor], residual: bool) -> tuple[Tensor, list[Tensor]]:
    """The loss and the stream that enters each block, from the formulas."""

    def norm(x: Tensor, name: str) -> Tensor:
        return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * weights[f"{name}.weight"]

    x = weights["embed.weight"][IDS[:, :-1]]
    n, streams = x.shape[1], []
    hidden = torch.ones(n, n).triu(1).bool()
    for layer in range(TINY.n_layers):
        at = f"blocks.{layer}"
        streams.append(x)
        y = norm(x, f"{at}.ln1")
        q, k, v = ((y @ weights[f"{at}.attn.W_{which}.weight"].T).view(2, n, 2, 4).transpose(1, 2) for which in "QKV")
        pattern = (q @ k.mT / 2).masked_fill(hidden, -torch.inf).softmax(-1)
        out = (pattern @ v).transpose(1, 2).reshape(2, n, 8) @ weights[f"{at}.attn.W_O.weight"].T
        x = x + out if residual else out
        y = norm(x, f"{at}.ln2")
        gate, up = (y @ weights[f"{at}.mlp.{name}.weight"].T for name in ("W_gate", "W_in"))
        out = (F.silu(gate) * up) @ weights[f"{at}.mlp.W_out.weight"].T
        x = x + out if residual else out
    logits = norm(x, "ln_final") @ weights["embed.weight"].T
    return F.cross_entropy(logits.flatten(0, 1), IDS[:, 1:].flatten()), streams


@pytest.mark.parametrize("residual", [True, False])
def test_loss_and_gradients_by_hand(residual: bool) -> None:
    decoder = fresh(replace(TINY, residual=residual))
    decoder.loss(IDS).parts["lm"].backward()  # what an earlier step left in the parameters does not count
    loss, found = gradients_by_block(decoder, lambda: decoder.loss(IDS).parts["lm"])
    weights = {name: each.detach().clone().requires_grad_() for name, each in decoder.state_dict().items()}
    expected, streams = by_hand(weights, residual)
    assert loss == pytest.approx(float(expected.detach()), rel=1e-6)
    names = [[name for name in weights if name.startswith(f"blocks.{layer}.")] for layer in range(TINY.n_layers)]
    flat = [name for each in names for name in each]
    grads = dict(
        zip(flat, torch.autograd.grad(expected, [weights[name] for name in flat], retain_graph=True), strict=True)
    )
    lengths = torch.stack([torch.cat([grads[name].flatten() for name in each]).norm() for each in names])
    torch.testing.assert_close(found.weights.double(), lengths, rtol=1e-5, atol=0)
    w_out = torch.stack([grads[f"blocks.{layer}.mlp.W_out.weight"].norm() for layer in range(TINY.n_layers)])
    torch.testing.assert_close(found.w_out.double(), w_out, rtol=1e-5, atol=0)
    entered = torch.stack([each.norm() for each in torch.autograd.grad(expected, streams)])
    torch.testing.assert_close(found.stream.double(), entered, rtol=1e-5, atol=0)
    sizes = torch.stack([each.detach().square().mean().sqrt() for each in streams])
    torch.testing.assert_close(found.sizes.double(), sizes, rtol=1e-5, atol=0)


@pytest.mark.parametrize("placement", get_args(Placement))
def test_without_it_a_block_passes_on_what_its_sublayer_wrote(placement: Any) -> None:
    """A sublayer that writes nothing then leaves nothing; with the path it leaves the stream."""
    for residual in (True, False):
        decoder = fresh(replace(TINY, residual=residual, placement=placement))
        block: Any = decoder.blocks[0]
        with torch.no_grad():
            block.attn.W_O.weight.zero_()
            block.mlp.W_out.weight.zero_()
            x, at = decoder.entered(IDS)
            left = block(x, at)
        assert bool(left.any()) is residual
        if residual and placement != "post":
            assert torch.equal(left, x)


def test_it_is_no_llama() -> None:
    with pytest.raises(NotApplicableError):
        replace(TINY, positions="rope", residual=False).to_hf()
