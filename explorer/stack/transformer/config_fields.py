"""Which settings of a transformers config the decoder understands. Any other that is on is refused by its name.

A config says more than sizes: a flag scales the scores of each layer, lets a query see ahead, bends logits. A decoder
that reads the fields it knows and passes over the rest is silently another model as soon as one of them is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from torch import nn

from explorer.errors import NotApplicableError

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedConfig, PreTrainedModel


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: About training, tokens, files and how the model is run: none of these changes a forward pass of a trained model.
INERT = _names(
    """_attn_implementation _attn_implementation_autoset _attn_implementation_internal _commit_hash
    _experts_implementation _experts_implementation_internal _model_name_or_path _name_or_path architectures
    attention_dropout attn_pdrop auto_map bos_token_id cache_implementation chunk_size_feed_forward
    decoder_start_token_id dtype embd_pdrop eos_token_id gradient_checkpointing hidden_dropout hidden_dropout_prob
    id2label initializer_range is_llama_config keys_to_ignore_at_inference label2id model_type output_attentions
    output_hidden_states output_router_logits pad_token_id pretraining_tp problem_type quantization_config
    reorder_and_upcast_attn resid_pdrop return_dict router_aux_loss_coef router_jitter_noise summary_activation
    summary_first_dropout summary_proj_to_labels summary_type summary_use_proj task_specific_params tokenizer_class
    torch_dtype transformers.js_config transformers_version unk_token_id unsloth_fixed unsloth_version use_cache"""
)
#: Kinds of layers that the windows tell apart.
KINDS = _names("full_attention sliding_attention")

LLAMA = _names(
    """head_dim hidden_act hidden_size intermediate_size max_position_embeddings num_attention_heads
    num_hidden_layers num_key_value_heads rms_norm_eps rope_parameters rope_scaling rope_theta tie_word_embeddings
    vocab_size"""
)
#: transformers works `layer_types` out of the fields beside it, which decide nothing any more.
QWEN = LLAMA | _names("layer_types sliding_window use_sliding_window max_window_layers")
GEMMA = LLAMA | _names(
    """attention_bias layer_types sliding_window query_pre_attn_scalar hidden_activation final_logit_softcapping
    rope_local_base_freq sliding_window_pattern _sliding_window_pattern"""
)
FIELDS: Mapping[str, frozenset[str]] = {
    "llama": LLAMA | _names("attention_bias mlp_bias"),
    "mistral": LLAMA | _names("sliding_window"),
    "mixtral": LLAMA | _names("sliding_window num_local_experts num_experts_per_tok"),
    "qwen2": QWEN | _names("attention_bias"),  # has one always
    "qwen3": QWEN | _names("attention_bias"),
    "gemma": LLAMA | _names("hidden_activation attention_bias"),
    "gemma2": GEMMA | _names("attn_logit_softcapping"),
    "gemma3_text": GEMMA,
    "gpt2": _names(
        """activation_function layer_norm_epsilon n_ctx n_embd n_head n_inner n_layer n_positions scale_attn_weights
        tie_word_embeddings vocab_size"""
    ),
}
ROPE = _names(
    """rope_type type rope_theta factor original_max_position_embeddings low_freq_factor high_freq_factor beta_fast
    beta_slow attention_factor mscale mscale_all_dim truncate finetuned"""
)


def check_fields(hf: PreTrainedConfig) -> None:
    """Raise NotApplicableError if the config turns something on that is not understood."""
    known = FIELDS[hf.model_type] | INERT
    for name, value in hf.to_dict().items():
        if name not in known and value not in (None, False, 0, "", [], {}, ()):
            raise _not_understood(hf, name, value)
    if kinds := set(getattr(hf, "layer_types", None) or ()) - KINDS:
        raise _not_understood(hf, "layer_types", ", ".join(sorted(kinds)))
    for given in _ropes(hf):
        for name, value in given.items():
            whole = name == "partial_rotary_factor" and value in (None, 1, 1.0)
            if name not in ROPE and not whole and value is not None:
                raise _not_understood(hf, f"rope_parameters.{name}", value)


def _ropes(hf: PreTrainedConfig) -> list[Mapping[str, object]]:
    given: Mapping[str, object] = getattr(hf, "rope_parameters", None) or {}
    several = [value for value in given.values() if isinstance(value, Mapping)]
    return several or [given]


def _not_understood(hf: PreTrainedConfig, name: str, value: object) -> NotApplicableError:
    setting = f"{name} = {str(value)[:40]}"
    return NotApplicableError(
        f"The explorer's own decoder does not understand the setting {setting} of this {hf.model_type}.",
        "It would be another model, so it is not run; what is traced through transformers is not affected.",
        field=name,
    )


def config_and_weights(
    model: PreTrainedModel | PreTrainedConfig, state: Mapping[str, Tensor] | None
) -> tuple[PreTrainedConfig, Mapping[str, Tensor]]:
    """Of a model of transformers; or the config and the state dict that are given."""
    if isinstance(model, nn.Module):
        return model.config, model.state_dict() if state is None else state
    if state is None:
        raise ValueError("a config has no weights: give a state dict")
    return model, state
