"""A model's config.json, as a hub has it, to the sizes that memory depends on.

transformers' own config classes read it, so that a field that is left out has its published default; no code that a
config names is run. Raises BadRequestError with a sentence for what is no config of a model that is counted here.

>>> read('{"model_type": "llama", "num_key_value_heads": 8, "vocab_size": 128256}').n_kv_heads
8
>>> read("{")
Traceback (most recent call last):
    ...
explorer.errors.BadRequestError: This is no JSON: ... at line 1, column 2. Paste the whole config.json.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from explorer.errors import BadRequestError, ExplorerError
from explorer.stack.architectures.moe_parameters import LatentAttention
from explorer.stack.inference.serving.model_sizes import Sizes

if TYPE_CHECKING:
    from types import SimpleNamespace

    from transformers import PreTrainedConfig

KNOWN = (
    "llama", "mistral", "mixtral", "qwen2", "qwen3", "qwen3_moe", "gemma", "gemma2", "gemma3_text", "phi3", "smollm3",
    "gpt_oss", "deepseek_v2", "deepseek_v3", "gpt2",
)  # fmt: skip
#: Sizes that are at least 1 where a config states them, and those that may also be 0.
SIZES = (
    "num_hidden_layers", "n_layer", "hidden_size", "n_embd", "intermediate_size", "n_inner", "num_attention_heads",
    "n_head", "num_key_value_heads", "head_dim", "vocab_size", "n_positions", "sliding_window", "kv_lora_rank",
    "q_lora_rank", "qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim", "sliding_window_pattern",
)  # fmt: skip
EXPERTS = (
    "num_experts", "num_local_experts", "n_routed_experts", "num_experts_per_tok", "moe_intermediate_size",
    "n_shared_experts", "first_k_dense_replace",
)  # fmt: skip
MOST_LAYERS, MOST = 512, 1 << 21


def read(text: str) -> Sizes:
    """The sizes that a config.json says."""
    return from_hf(parsed(text))


def parsed(text: str) -> PreTrainedConfig:
    """The config, read by its own class of transformers."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise BadRequestError(f"This is no JSON: {where}.", "Paste the whole config.json.") from error
    except (RecursionError, ValueError) as error:
        raise BadRequestError("This JSON is nested too deep, or its numbers are too long.") from error
    if not isinstance(found, dict):
        raise BadRequestError("A config.json is an object in braces, and this is none.")
    inner = found.get("text_config")
    fields = inner if isinstance(inner, dict) and "num_hidden_layers" in inner else found
    kind = {"gemma3": "gemma3_text"}.get(str(fields.get("model_type")), fields.get("model_type"))
    if not kind:
        raise BadRequestError("This config has no model_type, which says how the model is put together.")
    if kind not in KNOWN:
        raise BadRequestError(
            f"The parameters of the type “{str(kind)[:40]}” are not counted here.", f"Known are {', '.join(KNOWN)}."
        )
    for name in (*SIZES, *EXPERTS):
        least, most = int(name in SIZES), MOST_LAYERS if name in ("num_hidden_layers", "n_layer") else MOST
        value = fields.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most):
            raise BadRequestError(f"{name} is {str(value)[:20]}: a whole number from {least} to {most:,} is needed.")
    from transformers import AutoConfig

    plain = {k: v for k, v in fields.items() if k not in ("model_type", "auto_map", "quantization_config", "dtype")}
    try:
        return AutoConfig.for_model(kind, **plain)
    except Exception as error:  # each class checks its fields in its own way
        said = (str(error).strip().splitlines() or [kind])[-1].strip().removeprefix("ValueError: ")
        raise BadRequestError(f"transformers does not take this config: {said[:160]}") from error


def from_hf(config: PreTrainedConfig | SimpleNamespace) -> Sizes:
    """The sizes of a config of transformers. Raises BadRequestError."""
    apart = {"gpt2": _gpt2, "falcon": _falcon, "dbrx": _dbrx}
    try:
        kind = config.model_type
        return apart[kind](config) if kind in apart else _llama_like(config, kind)
    except ExplorerError:
        raise
    except (AttributeError, TypeError, ValueError, ZeroDivisionError) as error:
        raise BadRequestError(f"The sizes in this config do not go together: {error}.") from error


def _gpt2(c: PreTrainedConfig | SimpleNamespace) -> Sizes:
    return Sizes(
        c.n_layer, c.n_embd, c.n_head, c.n_head, c.n_embd // c.n_head, c.n_inner or 4 * c.n_embd, c.vocab_size,
        norm="layer", gated=False, qkv_bias=True, output_bias=True, mlp_bias=True, tied=bool(c.tie_word_embeddings),
        learned_positions=c.n_positions,
    )  # fmt: skip


def _falcon(c: PreTrainedConfig | SimpleNamespace) -> Sizes:
    """Falcon 7B's kind, whose attention and feed-forward stand side by side behind one norm."""
    if c.new_decoder_architecture or not c.parallel_attn or c.bias:
        raise BadRequestError("A Falcon that is not put together as Falcon 7B is not counted here.")
    heads = c.num_attention_heads
    return Sizes(
        c.num_hidden_layers, c.hidden_size, heads, 1 if c.multi_query else heads, c.hidden_size // heads,
        c.ffn_hidden_size, c.vocab_size, norm="layer", norms_per_block=1, gated=False, tied=bool(c.tie_word_embeddings),
    )  # fmt: skip


def _dbrx(c: PreTrainedConfig | SimpleNamespace) -> Sizes:
    return Sizes(
        c.n_layers, c.d_model, c.n_heads, c.attn_config.kv_n_heads, c.d_model // c.n_heads,
        c.ffn_config.ffn_hidden_size, c.vocab_size, n_experts=c.ffn_config.moe_num_experts,
        experts_per_token=c.ffn_config.moe_top_k, tied=bool(c.tie_word_embeddings),
    )  # fmt: skip


def _llama_like(c: PreTrainedConfig | SimpleNamespace, kind: str) -> Sizes:
    heads, bias = c.num_attention_heads, bool(getattr(c, "attention_bias", False))
    d_head = getattr(c, "head_dim", None) or c.hidden_size // heads
    if kind.startswith("deepseek"):
        d_head = c.qk_nope_head_dim + c.qk_rope_head_dim
        if bias:
            raise BadRequestError("The biases of this attention are not counted here.")
    more = _mixture(c, kind)
    return Sizes(
        c.num_hidden_layers, c.hidden_size, heads, getattr(c, "num_key_value_heads", None) or heads, d_head,
        d_mlp=more.pop("d_mlp", c.intermediate_size), d_vocab=c.vocab_size,
        norms_per_block=4 if kind in ("gemma2", "gemma3_text", "grok-1") else 2,
        qk_norm=kind in ("qwen3", "qwen3_moe", "gemma3_text"),
        qkv_bias=bias or kind == "qwen2", output_bias=bias, mlp_bias=bool(getattr(c, "mlp_bias", kind == "gpt_oss")),
        tied=bool(c.tie_word_embeddings), windows=_windows(c, kind), **more,
    )  # fmt: skip


def _windows(c: PreTrainedConfig | SimpleNamespace, kind: str) -> tuple[int | None, ...]:
    window, kinds = getattr(c, "sliding_window", None), getattr(c, "layer_types", None)
    if not window or not (kinds or kind in ("mistral", "mixtral", "phi3")):
        return ()
    looks = kinds or ["sliding_attention"] * c.num_hidden_layers
    found = tuple(window if each == "sliding_attention" else None for each in looks)
    return found if any(found) else ()


def _mixture(c: PreTrainedConfig | SimpleNamespace, kind: str) -> dict[str, Any]:
    if kind in ("mixtral", "gpt_oss", "grok-1"):
        own = {"router_bias": True, "sinks": True} if kind == "gpt_oss" else {}
        return {**_chosen(c, "num_local_experts"), **own}
    if kind == "qwen3_moe":
        if c.mlp_only_layers or c.decoder_sparse_step != 1:
            raise BadRequestError("A Qwen3 mixture with dense blocks among the others is not counted here.")
        return {**_chosen(c, "num_experts"), "d_mlp": c.moe_intermediate_size}
    if not kind.startswith("deepseek"):
        return {}
    if c.first_k_dense_replace > c.num_hidden_layers:
        raise BadRequestError(f"first_k_dense_replace is {c.first_k_dense_replace}, of {c.num_hidden_layers} layers.")
    return {
        **_chosen(c, "n_routed_experts"), "d_mlp": c.moe_intermediate_size,
        "n_shared": c.n_shared_experts or 0, "n_dense": c.first_k_dense_replace, "d_dense": c.intermediate_size,
        "latent": LatentAttention(
            c.q_lora_rank, c.kv_lora_rank, c.qk_nope_head_dim, c.qk_rope_head_dim, c.v_head_dim
        ),
    }  # fmt: skip


def _chosen(c: PreTrainedConfig | SimpleNamespace, field: str) -> dict[str, int]:
    """How many experts a router chooses from, and how many a token passes. Raises BadRequestError that names both."""
    of, each = getattr(c, field) or 0, c.num_experts_per_tok or 0
    if not 1 <= each <= of:
        raise BadRequestError(f"num_experts_per_tok is {each}, of {field} = {of}: from 1 to all of them is needed.")
    return {"n_experts": of, "experts_per_token": each}
