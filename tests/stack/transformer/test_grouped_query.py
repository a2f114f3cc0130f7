"""Pooling key-value heads: what is averaged, what is shared, and that nothing else moves."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer.errors import BadRequestError
from explorer.stack.transformer.attention import Visibility, eager
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.grouped_query import pool, pooled


def decoder(n_kv_heads: int = 4, bias: bool = False) -> Decoder:
    torch.manual_seed(0)
    config = DecoderConfig(
        n_layers=3, d_model=32, n_heads=8, n_kv_heads=n_kv_heads, d_head=4, d_mlp=16, d_vocab=30, n_ctx=20,
        attention_bias=bias,
    )  # fmt: skip
    return Decoder(config).requires_grad_(False)


IDS = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])


def test_pooled_rows_are_means_of_whole_heads() -> None:
    weight = torch.arange(4 * 2 * 3.0).view(8, 3)  # four heads of two rows
    found = pool(weight, n_kv_heads=4, groups=2)
    assert torch.equal(found, torch.stack([weight[[0, 2]].mean(0), weight[[1, 3]].mean(0), weight[[4, 6]].mean(0),
                                           weight[[5, 7]].mean(0)]))  # fmt: skip
    assert torch.equal(pool(weight, 4, 4), weight)
    with pytest.raises(BadRequestError):
        pool(weight, 4, 3)


@pytest.mark.parametrize("how", ["mean", "first"])
def test_pooling_to_its_own_number_changes_nothing(how: str) -> None:
    whole = decoder(bias=True)
    assert torch.equal(pooled(whole, 4, how)(IDS), whole(IDS))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("groups", [1, 2])
def test_heads_that_are_alike_lose_nothing(groups: int) -> None:
    """A model whose key-value heads are copies is a multi-query model written out: pooling finds it again."""
    whole = decoder()
    for block in whole.blocks:
        for linear in (block.attn.W_K, block.attn.W_V):  # pyright: ignore
            one: Tensor = linear.weight[:4].clone()  # pyright: ignore
            linear.weight.copy_(one.repeat(4, 1))  # pyright: ignore
    small = pooled(whole, groups)
    assert small.config.n_kv_heads == groups
    assert small.blocks[0].attn.W_K.weight.shape == (4 * groups, 32)  # pyright: ignore
    torch.testing.assert_close(small(IDS), whole(IDS), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(small(IDS, kernel="eager"), whole(IDS), atol=1e-5, rtol=1e-5)


def test_it_is_attention_over_the_mean_keys_and_values() -> None:
    """Keys and values are linear in their weights: pooling those is pooling these, in eager attention by hand."""
    whole = decoder()
    kept: dict[str, Tensor] = {}
    attn = pooled(whole, 1).blocks[1].attn  # pyright: ignore
    assert isinstance(attn, nn.Module)
    x = torch.randn(1, 8, 32, generator=torch.Generator().manual_seed(1))
    k = whole.blocks[1].attn.W_K(x).unflatten(-1, (4, 4)).mean(2, keepdim=True)  # pyright: ignore
    torch.testing.assert_close(attn.W_K(x), k.flatten(2), atol=1e-6, rtol=1e-5)  # pyright: ignore
    q = whole.blocks[1].attn.W_Q(x).unflatten(-1, (8, 4)).transpose(1, 2)  # pyright: ignore
    k = k.transpose(1, 2)
    kept["one"] = eager(q, k, k, Visibility(causal=True), 0.5).z
    kept["written out"] = eager(q, k.expand(-1, 8, -1, -1), k.expand(-1, 8, -1, -1), Visibility(causal=True), 0.5).z
    torch.testing.assert_close(kept["one"], kept["written out"])


def test_only_the_chosen_layers_change_and_the_rest_is_shared() -> None:
    whole = decoder()
    part = pooled(whole, 1, layers=[1])
    assert part.config == whole.config
    assert part.blocks[0] is whole.blocks[0]
    assert part.blocks[1].attn.W_Q is whole.blocks[1].attn.W_Q  # pyright: ignore
    assert whole.blocks[1].attn.W_K.weight.shape == (16, 32)  # pyright: ignore
    seen: dict[str, list[Tensor]] = {"whole": [], "part": []}
    for name, each in (("whole", whole), ("part", part)):
        for block in each.blocks:
            block.hook_resid_post.add_hook(lambda tensor, hook, name=name: seen[name].append(tensor))  # pyright: ignore
        each(IDS)
        for block in each.blocks:
            block.hook_resid_post.remove_hooks()  # pyright: ignore
    assert torch.equal(seen["whole"][0], seen["part"][0])
    assert not torch.allclose(seen["whole"][1], seen["part"][1])
