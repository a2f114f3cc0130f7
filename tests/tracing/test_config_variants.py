"""Settings that make a known architecture another one: the run and the own decoder are right, or refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import NotApplicableError, UnsupportedModelError
from explorer.tracing import TraceKey, capture
from explorer.zoo.loading import open_folder
from tests.tiers import spread
from tests.tracing.against_transformers import TEXT, hold_against_transformers, refusals
from tests.tracing.tiny_configs import PARTS, tiny

#: Every verdict is made here, and leaves nothing in a person's cache.
pytestmark = pytest.mark.usefixtures("empty_cache")


def rope(kind: str, **settings: Any) -> dict[str, Any]:
    return {"rope_parameters": {"rope_type": kind, "rope_theta": 1e4, **settings}}


LLAMA3 = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16}
LONG = {"original_max_position_embeddings": 64, "short_factor": [1.0] * 4, "long_factor": [2.0] * 4}
GRANITE = {
    "logits_scaling": 8.0, "residual_multiplier": 0.22, "embedding_multiplier": 12.0, "attention_multiplier": 0.1,
}  # fmt: skip

#: (architecture, settings): the run is right, and so is the own decoder if it knows the architecture.
RIGHT: list[tuple[str, dict[str, Any]]] = [
    ("gpt2", {"n_inner": 40}),
    ("gpt2", {"tie_word_embeddings": False}),
    ("gpt2", {"activation_function": "gelu_fast"}),
    ("gpt2", {"reorder_and_upcast_attn": True}),
    ("llama", {"attention_bias": True, "mlp_bias": True}),
    ("llama", {"head_dim": 12, "num_key_value_heads": 1}),
    ("llama", rope("linear", factor=4.0)),
    ("llama", rope("dynamic", factor=4.0) | {"max_position_embeddings": 32}),
    ("llama", rope("yarn", factor=4.0, original_max_position_embeddings=16)),
    ("llama", rope("llama3", factor=8.0, **LLAMA3)),
    ("mistral", {"sliding_window": None}),
    ("mistral", {"sliding_window": 3}),
    ("mixtral", {"sliding_window": 3, "num_experts_per_tok": 1}),
    ("qwen2", {"use_sliding_window": True, "max_window_layers": 1}),
    ("qwen3", {"attention_bias": True}),
    ("gemma", {"hidden_activation": "relu"}),  # the first Gemma means the other field
    ("gemma2", {"hidden_act": "relu"}),  # and this one that one
    ("gemma2", {"attn_logit_softcapping": None, "final_logit_softcapping": 2.0, "query_pre_attn_scalar": 3}),
    ("gemma3_text", {"final_logit_softcapping": 2.0, "query_pre_attn_scalar": 3}),
    ("falcon", {"parallel_attn": False, "bias": True}),
    ("gpt_neox", {"use_parallel_residual": False, "rotary_pct": 1.0}),
    ("opt", {"enable_bias": False}),
    ("opt", {"layer_norm_elementwise_affine": False}),
    ("stablelm", {"use_parallel_residual": True, "use_qkv_bias": True}),
    ("stablelm", {"qk_layernorm": True}),
    ("cohere", {"logit_scale": 0.25, "use_qk_norm": True}),
    ("granite", GRANITE),
    ("granitemoe", GRANITE),
    ("qwen3_moe", {"mlp_only_layers": [0]}),
    ("deepseek_v3", {"q_lora_rank": None, "first_k_dense_replace": 1}),
    ("gpt_neo", {"activation_function": "relu"}),
    ("phi3", {"partial_rotary_factor": 0.5}),
    ("olmo3", {"layer_types": ["sliding_attention", "sliding_attention", "full_attention"]}),
]
#: (architecture, settings, what the refusal of the own decoder names): the run itself is right.
WITHOUT_DECODER: list[tuple[str, dict[str, Any], str]] = [
    ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse_layer_idx"),
    ("gpt2", {"activation_function": "quick_gelu"}, "quick_gelu"),
    ("gpt2", {"activation_function": "relu2"}, "relu2"),
    ("llama", {"partial_rotary_factor": 0.5}, "partial_rotary_factor"),
    ("llama", {"some_new_flag": True}, "some_new_flag"),
    ("llama", rope("longrope", factor=4.0, **LONG), "rope_parameters"),
    ("gemma2", {"use_bidirectional_attention": True}, "use_bidirectional_attention"),
    ("mistral", {"attention_bias": True}, "attention_bias"),
    ("gemma3_text", {"mlp_bias": True}, "mlp_bias"),
]
#: (architecture, settings, parts that are refused besides the architecture's own)
WITHOUT_PARTS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("mixtral", {"num_experts_per_tok": 4}, {"experts", "routing"}),  # the bridge shows weights by size, not by expert
    ("falcon", {"alibi": True}, {"scores"}),
    ("olmo", {"clip_qkv": 0.1}, {"values"}),
    ("smollm3", {"no_rope_layers": [1, 0, 1]}, {"rotation"}),
]
WHOLE: list[tuple[str, dict[str, Any]]] = [
    ("gpt2", {"scale_attn_weights": False}),
    ("gpt2", {"add_cross_attention": True}),
    ("gemma3_text", {"use_bidirectional_attention": True}),
    ("gemma3_text", {"attn_logit_softcapping": 2.0}),
    ("opt", {"do_layer_norm_before": False}),
    ("opt", {"word_embed_proj_dim": 16}),
    ("phi", {"qk_layernorm": True}),
]


def name_of(value: Any) -> str | None:
    return "-".join(sorted(map(str, value))) if isinstance(value, dict | set) else None


@pytest.mark.parametrize(("architecture", "settings"), spread(RIGHT, 4), ids=name_of)
def test_right(folder_of: Callable[[Any], Path], d_vocab: int, architecture: str, settings: dict[str, Any]) -> None:
    folder = folder_of(tiny(architecture, d_vocab, **settings))
    model = open_folder(str(folder), None, folder)
    hold_against_transformers(model, folder)
    assert refusals(model).keys() == PARTS.get(architecture, set()), refusals(model)
    if architecture in ("gpt2", "llama", "mistral", "mixtral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text"):
        assert model.decoder.config.n_layers == 3


@pytest.mark.parametrize(("architecture", "settings", "named"), spread(WITHOUT_DECODER, 3), ids=name_of)
def test_the_own_decoder_refuses_what_it_does_not_understand(
    folder_of: Callable[[Any], Path], d_vocab: int, architecture: str, settings: dict[str, Any], named: str
) -> None:
    folder = folder_of(tiny(architecture, d_vocab, **settings))
    model = open_folder(str(folder), None, folder)
    hold_against_transformers(model, folder)
    with pytest.raises(NotApplicableError, match=named):
        _ = model.decoder


@pytest.mark.parametrize(("architecture", "settings", "parts"), spread(WITHOUT_PARTS, 2), ids=name_of)
def test_parts_are_refused(
    folder_of: Callable[[Any], Path], d_vocab: int, architecture: str, settings: dict[str, Any], parts: set[str]
) -> None:
    folder = folder_of(tiny(architecture, d_vocab, **settings))
    model = open_folder(str(folder), None, folder)
    hold_against_transformers(model, folder)
    assert refusals(model).keys() == PARTS.get(architecture, set()) | parts, refusals(model)


@pytest.mark.parametrize(("architecture", "settings"), spread(WHOLE, 3), ids=name_of)
def test_refused_as_a_whole(
    folder_of: Callable[[Any], Path], d_vocab: int, architecture: str, settings: dict[str, Any]
) -> None:
    folder = folder_of(tiny(architecture, d_vocab, **settings))
    with pytest.raises(UnsupportedModelError) as refused:
        capture(open_folder(str(folder), None, folder), TraceKey(str(folder), TEXT))
    assert refused.value.hint
