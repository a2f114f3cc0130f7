"""Counts against models that transformers builds (on no memory, where they are large), and published totals."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers as hf
from torch import nn

from explorer.errors import NotApplicableError
from explorer.stack.architectures.moe_parameters import (
    DBRX,
    DEEPSEEK_V2,
    DEEPSEEK_V3,
    GROK_1,
    MIXTRAL_8X7B,
    MIXTRAL_8X22B,
    MIXTURES,
    Shape,
    from_hf,
    parameters,
)

SIZES: dict[str, Any] = {
    "vocab_size": 50, "hidden_size": 32, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2,
    "num_experts_per_tok": 3,
}  # fmt: skip
LATENT: dict[str, Any] = {
    **SIZES, "num_key_value_heads": 4, "kv_lora_rank": 10, "qk_nope_head_dim": 8, "qk_rope_head_dim": 4,
    "v_head_dim": 6, "moe_intermediate_size": 20, "intermediate_size": 44, "n_routed_experts": 8,
    "n_shared_experts": 2, "first_k_dense_replace": 1, "n_group": 2, "topk_group": 1,
}  # fmt: skip
WIDE: dict[str, Any] = {**SIZES, "head_dim": 12}
QWEN3: dict[str, Any] = {
    **SIZES, "head_dim": 10, "intermediate_size": 44, "moe_intermediate_size": 20, "num_experts": 6,
}  # fmt: skip
TINY = {
    "mixtral": hf.MixtralConfig(**SIZES, intermediate_size=20, num_local_experts=5),
    "mixtral, tied, wide heads": hf.MixtralConfig(
        **WIDE, intermediate_size=20, num_local_experts=5, tie_word_embeddings=True
    ),
    "olmoe": hf.OlmoeConfig(**SIZES, intermediate_size=20, num_experts=6),
    "qwen3_moe": hf.Qwen3MoeConfig(**QWEN3),
    "qwen3_moe, dense layers": hf.Qwen3MoeConfig(**QWEN3, mlp_only_layers=[0, 2]),
    "qwen3_moe, every second": hf.Qwen3MoeConfig(**QWEN3, decoder_sparse_step=2),
    "dbrx": hf.DbrxConfig(
        d_model=32, n_heads=4, n_layers=3, vocab_size=50, attn_config={"kv_n_heads": 2, "rope_theta": 5e5},
        ffn_config={"ffn_hidden_size": 20, "moe_num_experts": 6, "moe_top_k": 3},
    ),
    "deepseek_v2": hf.DeepseekV2Config(**LATENT, q_lora_rank=12, topk_method="greedy"),
    "deepseek_v2, whole queries": hf.DeepseekV2Config(**LATENT, q_lora_rank=None, topk_method="greedy"),
    "deepseek_v3": hf.DeepseekV3Config(**LATENT, q_lora_rank=12),
}  # fmt: skip


def built(config: Any) -> nn.Module:
    """The model with shapes and no memory."""
    with torch.device("meta"):
        return hf.AutoModelForCausalLM.from_config(config)


def total(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def routed(model: nn.Module, needle: str = ".experts.") -> int:
    return sum(parameter.numel() for name, parameter in model.named_parameters() if needle in name)


@pytest.mark.parametrize("name", TINY)
def test_a_config_is_counted_as_transformers_builds_it(name: str) -> None:
    config = TINY[name]
    model, count = built(config), parameters(from_hf(config))
    assert count.total == total(model)
    assert count.experts == routed(model)
    n = {"mixtral": 5}.get(config.model_type, 8 if config.model_type.startswith("deepseek") else 6)
    assert count.active == total(model) - routed(model) * (n - 3) // n
    assert count.total > count.active > count.experts // n


# The configs that the makers published, and the sums that the checkpoints' own headers or the papers give.
REAL: dict[str, tuple[Shape, Any]] = {
    "Mixtral-8x7B": (MIXTRAL_8X7B, hf.MixtralConfig(
        vocab_size=32000, hidden_size=4096, intermediate_size=14336, num_hidden_layers=32, num_attention_heads=32,
        num_key_value_heads=8, num_local_experts=8, num_experts_per_tok=2,
    )),
    "Mixtral-8x22B": (MIXTRAL_8X22B, hf.MixtralConfig(
        vocab_size=32000, hidden_size=6144, intermediate_size=16384, num_hidden_layers=56, num_attention_heads=48,
        num_key_value_heads=8, num_local_experts=8, num_experts_per_tok=2,
    )),
    "DBRX": (DBRX, hf.DbrxConfig(
        d_model=6144, n_heads=48, n_layers=40, vocab_size=100352, attn_config={"kv_n_heads": 8, "rope_theta": 5e5},
        ffn_config={"ffn_hidden_size": 10752, "moe_num_experts": 16, "moe_top_k": 4},
    )),
    "DeepSeek-V2": (DEEPSEEK_V2, hf.DeepseekV2Config(
        vocab_size=102400, hidden_size=5120, num_hidden_layers=60, num_attention_heads=128, num_key_value_heads=128,
        intermediate_size=12288, moe_intermediate_size=1536, n_routed_experts=160, n_shared_experts=2,
        num_experts_per_tok=6, first_k_dense_replace=1, q_lora_rank=1536, kv_lora_rank=512, qk_nope_head_dim=128,
        qk_rope_head_dim=64, v_head_dim=128, n_group=8, topk_group=3,
    )),
    "DeepSeek-V3": (DEEPSEEK_V3, hf.DeepseekV3Config(
        vocab_size=129280, hidden_size=7168, num_hidden_layers=61, num_attention_heads=128, num_key_value_heads=128,
        intermediate_size=18432, moe_intermediate_size=2048, n_routed_experts=256, n_shared_experts=1,
        num_experts_per_tok=8, first_k_dense_replace=3, q_lora_rank=1536, kv_lora_rank=512, qk_nope_head_dim=128,
        qk_rope_head_dim=64, v_head_dim=128, n_group=8, topk_group=4,
    )),
}  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_the_large_ones_are_what_transformers_builds(name: str) -> None:
    shape, config = REAL[name]
    model = built(config)
    assert parameters(shape).total == total(model)
    assert parameters(shape).experts == routed(model)
    assert from_hf(config, name) == shape


#: total and active in billions as their makers state them
STATED = {
    "Mixtral-8x7B": (46.7, 12.9),
    "Mixtral-8x22B": (141, 39),
    "Grok-1": (314, 86),
    "DeepSeek-V2": (236, 21),
    "DeepSeek-V3": (671, 37),
    "DBRX": (132, 36),
}


@pytest.mark.parametrize("shape", MIXTURES, ids=lambda shape: shape.name)
def test_published_totals(shape: Shape) -> None:
    stated, active = STATED[shape.name]
    count = parameters(shape)
    assert count.total / 1e9 == pytest.approx(stated, rel=0.01)
    assert count.active / 1e9 == pytest.approx(active, rel=0.03)


def test_mixtral_exactly() -> None:
    count = parameters(MIXTRAL_8X7B)
    assert (count.total, count.active) == (46_702_792_704, 12_879_925_248)
    assert count.experts == 32 * 8 * 3 * 4096 * 14336 == 45_097_156_608
    assert count.router == 32 * 8 * 4096


def test_grok_by_hand() -> None:
    """No class of transformers: 64 layers of 8 experts and grouped-query attention, one table of tokens."""
    experts = 64 * 8 * 3 * 6144 * 32768
    attention = 64 * (2 * 6144 * 6144 + 2 * 6144 * 1024)
    others = 131072 * 6144 + 64 * 4 * 6144 + 6144 + 64 * 8 * 6144
    assert parameters(GROK_1).total == experts + attention + others
    assert parameters(GROK_1).active == experts // 4 + attention + others


def test_what_is_counted_differently_is_refused() -> None:
    with pytest.raises(NotApplicableError, match="biases"):
        from_hf(hf.OlmoeConfig(attention_bias=True))
    with pytest.raises(NotApplicableError, match="llama"):
        from_hf(hf.LlamaConfig())
