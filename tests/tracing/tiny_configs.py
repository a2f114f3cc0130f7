"""Tiny configs of every causal architecture that transformers knows, and what is expected to be refused of each.

The sizes are as small as the architectures allow, the windows shorter than the prompt. A part that is not named below
is right, to rounding; the tests hold it against transformers themselves, not against what the product says of itself.
"""

from __future__ import annotations

from typing import Any

#: A setting of whatever name -> its value in a tiny model.
SIZES: dict[str, Any] = {
    **dict.fromkeys(("hidden_size", "d_model", "n_embd", "word_embed_proj_dim", "lru_width"), 32),
    **dict.fromkeys(("num_hidden_layers", "n_layer", "n_layers", "num_layers"), 3),
    **dict.fromkeys(("num_attention_heads", "n_head", "n_heads", "num_heads", "attention_heads"), 4),
    **dict.fromkeys(("num_key_value_heads", "num_kv_heads"), 2),
    **dict.fromkeys(("head_dim", "v_head_dim", "qk_rope_head_dim", "qk_nope_head_dim"), 8),
    **dict.fromkeys(("intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size", "intermediate_size_mlp"), 48),
    **dict.fromkeys(("moe_intermediate_size", "shared_expert_intermediate_size"), 24),
    **dict.fromkeys(("num_experts", "num_local_experts", "n_routed_experts"), 4),
    **dict.fromkeys(("num_experts_per_tok", "num_experts_per_token", "moe_topk"), 2),
    **dict.fromkeys(("n_group", "topk_group", "n_shared_experts", "num_shared_experts"), 1),
    **dict.fromkeys(("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx"), 128),
    **dict.fromkeys(("sliding_window", "attention_window_size"), 6),
    **dict.fromkeys(("q_lora_rank", "kv_lora_rank"), 16),
    **dict.fromkeys(("state_size", "ssm_state_size", "mamba_d_state"), 8),
    "rotary_dim": 4,
}  # fmt: skip
LATENT: dict[str, Any] = {"num_key_value_heads": 4, "n_routed_experts": 4}
LINEAR: dict[str, Any] = {
    "layer_types": ["linear_attention", "full_attention", "linear_attention"],
    "linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8, "linear_value_head_dim": 8,
}  # fmt: skip
MAMBA: dict[str, Any] = {"mamba_n_heads": 4, "mamba_d_head": 16}
CONV: dict[str, Any] = {"layer_types": ["conv", "full_attention", "conv"]}
#: What an architecture needs besides, to be put together at all.
OVERRIDES: dict[str, dict[str, Any]] = {
    "bamba": MAMBA | {"attn_layer_indices": [1]},
    "deepseek_v2": LATENT | {"topk_method": "greedy", "first_k_dense_replace": 1, "num_experts_per_tok": 2},
    "deepseek_v3": LATENT,
    "gemma4_text": {"vocab_size_per_layer_input": 64, "hidden_size_per_layer_input": 8, "num_kv_shared_layers": 0},
    "glm4_moe_lite": LATENT,
    "gpt_neo": {"attention_types": [[["global", "local"], 2]], "num_layers": 4, "window_size": 6},
    "granitemoehybrid": MAMBA | {"layer_types": ["mamba", "attention", "mamba"]},
    "hunyuan_v1_dense": {"head_dim": 8},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2},
    "lfm2": CONV,
    "lfm2_moe": CONV | {"num_dense_layers": 1},
    "mamba2": {"num_heads": 8, "head_dim": 8, "n_groups": 1, "chunk_size": 16},
    "nemotron": {"num_key_value_heads": 2},
    "qwen3_5_moe_text": LINEAR,
    "qwen3_5_text": LINEAR,
    "qwen3_next": LINEAR,
    "youtu": LATENT,
    "zamba2": {"layer_types": ["mamba", "hybrid", "mamba"], "num_mem_blocks": 1, "n_mamba_heads": 4},
}

#: Refused as a whole: layers without attention, no final norm, attention that is no causal one, heads of several sizes.
WHOLE = frozenset([
    "bamba", "bert", "deepseek_v4", "falcon_mamba", "gemma4_text", "granitemoehybrid", "hrm_text", "jamba", "jetmoe",
    "lfm2", "lfm2_moe", "mamba2", "nemotron_h", "olmo_hybrid", "openai-gpt", "qwen3_5_moe_text",
    "qwen3_5_text", "qwen3_next", "recurrent_gemma", "rwkv", "zamba2",
])  # fmt: skip
#: Too large for a tiny model by their parts that see or hear, or not to be had without a package that is not installed.
LEFT_OUT = frozenset(
    {"gemma3", "gemma3n", "gemma4", "gemma4_unified", "glm_moe_dsa", "llama4", "qwen3_5", "qwen3_5_moe"}
)
#: Parts that are refused, by architecture.
PARTS: dict[str, set[str]] = {
    "afmoe": {"scores", "values"},
    "apertus": {"neurons"},
    "bitnet": {"values", "neurons"},
    "bloom": {"scores", "neurons"},
    "codegen": {"scores"},
    "cohere": {"rotation"},
    "cohere2": {"rotation"},
    "deepseek_v2": {"rotation"},
    "deepseek_v3": {"rotation"},
    "ernie4_5": {"rotation"},
    "ernie4_5_moe": {"rotation"},
    "falcon_h1": {"attribution", "z"},
    "glm": {"rotation"},
    "glm4": {"rotation"},
    "glm4_moe": {"routing"},
    "glm4_moe_lite": {"rotation", "routing"},
    "gpt_oss": {"scores", "rotation"},
    "gptj": {"scores"},
    "granitemoe": {"mlp_out", "experts", "routing"},
    "hunyuan_v1_dense": {"scores"},
    "laguna": {"scores", "values"},
    "llama4_text": {"scores"},
    "minimax_m2": {"routing"},
    "ministral3": {"rotation"},
    "modernbert-decoder": {"lens", "attribution", "scores", "neurons"},
    "mpt": {"scores"},
    "nanochat": {"scores"},
    "olmoe": {"routing"},
    "qwen2_moe": {"routing"},
    "qwen3_moe": {"routing"},
    "youtu": {"rotation"},
}


def tiny(model_type: str, d_vocab: int, **settings: Any) -> Any:
    """The config of a tiny model of this architecture."""
    from transformers import CONFIG_MAPPING

    kind: Any = CONFIG_MAPPING[model_type]
    plain = kind().to_dict()
    numbers = {n: v for n, v in SIZES.items() if isinstance(plain.get(n), int | float) and n in plain}
    ends = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0, "vocab_size": d_vocab}
    return kind(**numbers | ends | OVERRIDES.get(model_type, {}) | settings)


def architectures() -> tuple[list[str], list[str]]:
    """(model types that the bridge takes as causal language models, those that it does not)."""
    from transformer_lens.factories.architecture_adapter_factory import SUPPORTED_ARCHITECTURES
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    taken, others = [], []
    for model_type, named in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.items():
        names = (named,) if isinstance(named, str) else tuple(named)
        (taken if any(name in SUPPORTED_ARCHITECTURES for name in names) else others).append(model_type)
    return taken, others
