"""Gradients of what is computed again, against torch's own checkpointing and against none."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from explorer.errors import NotApplicableError
from explorer.stack.pretraining.checkpointing import POLICIES, Policy, checkpointed, loss, recomputed
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

SIZES: dict[str, Any] = {
    "n_layers": 2, "d_model": 24, "n_heads": 4, "n_kv_heads": 2, "d_head": 6, "d_mlp": 20, "d_vocab": 19, "n_ctx": 64,
}  # fmt: skip
WINDOWS = (torch.arange(3 * 14) * 5 % 19).view(3, 14)


def _gradients(decoder: Decoder, made: Tensor) -> list[Tensor]:
    decoder.zero_grad()
    made.backward()
    return [each.grad.clone() for each in decoder.parameters() if each.grad is not None]


@pytest.mark.parametrize("policy", POLICIES[1:])
@pytest.mark.parametrize("kernel", ["sdpa", "eager"])
@pytest.mark.parametrize("compute", [None, torch.bfloat16])
def test_gradients_are_equal_to_the_bit(policy: Policy, kernel: Any, compute: torch.dtype | None) -> None:
    decoder = Decoder(DecoderConfig(**SIZES), compute).initialise(torch.Generator().manual_seed(0))
    whole = _gradients(decoder, loss(decoder, WINDOWS, "none", kernel))
    again = _gradients(decoder, loss(decoder, WINDOWS, policy, kernel))
    assert len(whole) == len(again) == len(list(decoder.parameters()))
    assert all(torch.equal(a, b) for a, b in zip(whole, again, strict=True))


def test_torchs_checkpointing_gives_the_same() -> None:
    decoder = Decoder(DecoderConfig(**SIZES)).initialise(torch.Generator().manual_seed(0))
    x, at = decoder.entered(WINDOWS)
    outs = []
    for through in (
        lambda block, x: checkpoint(block, x, at, use_reentrant=False),
        lambda block, x: recomputed(lambda x: block(x, at), (x,), list(block.parameters())),
    ):
        y = x
        for block in decoder.blocks:
            y = through(block, y)
        decoder.zero_grad()
        y.square().sum().backward(retain_graph=True)
        outs.append([each.grad.clone() for each in decoder.parameters() if each.grad is not None])
    assert all(torch.equal(a, b) for a, b in zip(*outs, strict=True))


def test_a_part_is_run_twice_and_inputs_without_a_gradient_get_none() -> None:
    runs = []

    def run(x: Tensor, y: Tensor) -> Tensor:
        runs.append(torch.is_grad_enabled())
        return x * y

    x, y = torch.ones(2, requires_grad=True), torch.full((2,), 3.0)
    recomputed(run, (x, y)).sum().backward()
    assert runs == [False, True]
    assert x.grad is not None
    assert x.grad.tolist() == [3, 3]
    assert y.grad is None


def test_the_weights_are_the_decoders_own() -> None:
    decoder = Decoder(DecoderConfig(**SIZES))
    made = checkpointed(decoder, "full")
    assert {id(each) for each in made.parameters()} == {id(each) for each in decoder.parameters()}
    assert checkpointed(decoder, "attention") is decoder


def test_a_mixture_says_so() -> None:
    mixture = Decoder(DecoderConfig(**SIZES, n_experts=4, k=2))
    with pytest.raises(NotApplicableError, match="experts"):
        checkpointed(mixture, "full")
