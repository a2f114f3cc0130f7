"""Cuts of a decoder against what is left by hand: blocks, neurons, fours, pairs of experts."""

from __future__ import annotations

import pytest
import torch

from explorer.stack.frontier.distillation import pruned
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

IDS = torch.arange(8)[None]


def decoder(n_experts: int = 0) -> Decoder:
    config = DecoderConfig(
        n_layers=3, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=12, d_vocab=20, n_ctx=32, n_experts=n_experts,
        k=2 if n_experts else 0,
    )  # fmt: skip
    made = Decoder(config).initialise(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for each in made.parameters():
            if each.dim() > 1:
                each.mul_(10)
    return made.eval().requires_grad_(False)


def test_without_its_last_blocks_it_is_an_early_exit() -> None:
    whole = decoder()
    assert torch.equal(pruned.without_blocks(whole, [2])(IDS), whole.shallow(2)(IDS))
    assert torch.equal(pruned.without_blocks(whole, [])(IDS), whole(IDS))


def test_without_a_middle_block_the_others_follow() -> None:
    whole = decoder()
    x, at = whole.entered(IDS)
    for block in (whole.blocks[0], whole.blocks[2]):
        x = block(x, at)
    assert torch.equal(pruned.without_blocks(whole, [1])(IDS), whole.unembedded(x))


@pytest.mark.parametrize("n_experts", [0, 4])
def test_neurons_that_write_nothing_are_left_out_first(n_experts: int) -> None:
    whole = decoder(n_experts)
    for block in whole.blocks:
        mlp = block.get_submodule("mlp")
        out = mlp.get_parameter("experts.out") if n_experts else mlp.get_parameter("W_out.weight")
        out.data[..., ::2] = 0.0
    half = pruned.narrowed(whole, 0.5)
    assert half.config.d_mlp == 6
    assert torch.allclose(half(IDS), whole(IDS), atol=1e-5)
    assert pruned.stored(half) < pruned.stored(whole)


def test_two_of_four_leaves_the_larger_two() -> None:
    made = pruned.two_of_four(torch.tensor([[4.0, -3.0, 2.0, 1.0, 0.0, 5.0, 0.0, -6.0]]))
    assert made.tolist() == [[4.0, -3.0, 0.0, 0.0, 0.0, 5.0, 0.0, -6.0]]
    with pytest.raises(ValueError, match="fours"):
        pruned.two_of_four(torch.ones(2, 6))
    whole = decoder(4)
    sparse = pruned.sparse(whole)
    assert torch.equal(sparse.embed.weight, whole.embed.weight)
    counted = sum(each.numel() for name, each in whole.named_parameters() if pruned.halved(name) and each.dim() > 1)
    assert pruned.stored(whole) - pruned.stored(sparse, halves=True) == counted // 2


def test_merged_twins_are_the_same_function() -> None:
    """Experts in equal pairs, k = 2: each token had both of a pair, or has their mean."""
    whole = decoder(4)
    for block in whole.blocks:
        mlp = block.get_submodule("mlp")
        for name in ("experts.gate_in", "experts.out", "router"):
            weight = mlp.get_parameter(name)
            weight.data[2:] = weight.data[:2]
    made = pruned.merged(whole)
    assert made.config.n_experts == 2
    assert pruned.pairs_of(whole.blocks[0].get_submodule("mlp").get_parameter("router").data) == [(0, 2), (1, 3)]
    assert torch.equal(
        made.blocks[0].get_submodule("mlp").get_parameter("experts.out"),
        whole.blocks[0].get_submodule("mlp").get_parameter("experts.out")[:2],
    )
    assert made(IDS).shape == whole(IDS).shape


def test_influence_is_nought_where_a_block_writes_nothing() -> None:
    whole = decoder()
    for name in ("attn.W_O.weight", "mlp.W_out.weight"):
        whole.blocks[1].get_parameter(name).zero_()
    found = pruned.influence(whole, IDS)
    assert found[1] == pytest.approx(0, abs=1e-6)
    assert min(found[0], found[2]) > 1e-4
