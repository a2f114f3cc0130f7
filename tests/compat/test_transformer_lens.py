"""TransformerLens' private parts, as `explorer.compat.transformer_lens` takes them; and why transformers is pinned."""

from __future__ import annotations

import inspect

import pytest
import torch
from transformer_lens.model_bridge.generalized_components.base import GeneralizedComponent
from transformers import DynamicCache
from transformers.models.gpt2.modeling_gpt2 import GPT2Attention
from transformers.models.gpt_neox.modeling_gpt_neox import GPTNeoXAttention
from transformers.models.llama.modeling_llama import LlamaAttention
from transformers.models.mixtral.modeling_mixtral import MixtralAttention
from transformers.models.qwen2.modeling_qwen2 import Qwen2Attention

from explorer.compat import transformer_lens
from explorer.zoo.model import Model


def attention(model: Model) -> GeneralizedComponent:
    found = model.bridge.blocks[0].attn
    assert isinstance(found, GeneralizedComponent)
    return found


@pytest.mark.parametrize("kind", [LlamaAttention, MixtralAttention, Qwen2Attention, GPT2Attention, GPTNeoXAttention])
def test_transformers_hands_attention_its_cache_under_a_name_that_is_looked_for(kind: type) -> None:
    """transformers 5.24 renames it. TransformerLens 4.3 then ignores the cache without a word: hence the pin."""
    names = inspect.signature(kind.forward).parameters
    assert set(names) & set(transformer_lens.CACHE_ARGUMENTS), [*names]


def test_a_component_makes_its_cache_longer(moe: Model) -> None:
    keys = torch.arange(4.0).reshape(1, 1, 2, 2)
    for name in transformer_lens.CACHE_ARGUMENTS:
        cache = DynamicCache()
        transformer_lens.cached(attention(moe), keys, keys, **{name: cache})
        longer, _ = transformer_lens.cached(attention(moe), keys + 4, keys, **{name: cache})
        assert longer.flatten().tolist() == list(range(8))
        assert cache.get_seq_length() == 4


def test_under_another_name_the_cache_is_ignored_without_a_word(moe: Model) -> None:
    """If this fails TransformerLens knows more names: the pin of transformers may be looser."""
    keys = torch.zeros(1, 1, 2, 2)
    cache = DynamicCache()
    same, _ = transformer_lens.cached(attention(moe), keys, keys, cache=cache)
    assert same is keys
    assert cache.get_seq_length() == 0


def test_what_is_put_in_a_components_place_runs_in_it(moe: Model) -> None:
    class Silent(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.zeros_like(x)

    assert {"q", "k", "v", "o"} <= set(transformer_lens.parts(attention(moe)))
    inner = moe.hf.get_submodule("model")
    own = inner.get_submodule("norm")
    ids = torch.arange(5)[None]
    with torch.inference_mode():
        before = moe.hf(ids).logits
        transformer_lens.put(inner, "norm", Silent())
        try:
            assert not torch.equal(moe.hf(ids).logits, before)
        finally:
            transformer_lens.put(inner, "norm", own)
        assert torch.equal(moe.hf(ids).logits, before)
