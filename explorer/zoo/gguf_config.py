"""What a GGUF file says of the computation, brought into transformers' config whole; what cannot be is refused by name.

transformers' reader takes the settings that it knows and leaves out the others: RoPE scaling, partial rotation, windows
and soft caps would silently become the defaults of the class. Here every setting of the architecture is either put into
the config, compared with it, or a reason to refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.errors import UnsupportedModelError
from explorer.zoo.gguf_header import INSTEAD, Array, Header
from explorer.zoo.gguf_rope import bring_rope, head_dim

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

EPSILON = ("rms_norm_eps", "layer_norm_eps", "layer_norm_epsilon", "norm_epsilon", "norm_eps")
SAME: dict[str, tuple[str, ...]] = {
    "vocab_size": ("vocab_size",),
    "context_length": ("max_position_embeddings",),
    "embedding_length": ("hidden_size",),
    "block_count": ("num_hidden_layers",),
    "feed_forward_length": ("intermediate_size", "n_inner", "ffn_hidden_size"),
    "attention.head_count": ("num_attention_heads",),
    "attention.head_count_kv": ("num_key_value_heads",),
    "attention.key_length": ("head_dim",),
    "attention.layer_norm_epsilon": EPSILON,
    "attention.layer_norm_rms_epsilon": EPSILON,
    "attention.sliding_window": ("sliding_window",),
    "attn_logit_softcapping": ("attn_logit_softcapping",),
    "final_logit_softcapping": ("final_logit_softcapping",),
    "use_parallel_residual": ("use_parallel_residual",),
    "expert_count": ("num_local_experts", "num_experts"),
    "expert_used_count": ("num_experts_per_tok",),
    "expert_feed_forward_length": ("moe_intermediate_size", "intermediate_size"),
    "expert_shared_feed_forward_length": ("shared_expert_intermediate_size",),
    "expert_weights_norm": ("norm_topk_prob",),
    "ssm.conv_kernel": ("conv_kernel",),
    "ssm.state_size": ("state_size",),
    "ssm.time_step_rank": ("time_step_rank",),
    "ssm.inner_size": ("intermediate_size",),
}
"""A setting, and the names that configs have for it; the first that a config has is meant."""
ATTENTION = ("block_count", "context_length", "embedding_length", "attention.head_count")
NEEDED = {"mamba": ("block_count", "embedding_length"), "llama": (*ATTENTION, "attention.head_count_kv")}
"""Settings without which a class would take its own. Without Llama's last one, transformers leaves the rows of queries
and keys in ggml's order."""
HARMLESS: dict[str, tuple[Any, ...]] = {
    "attention.causal": (True,),
    "attention.max_alibi_bias": (0,),
    "attention.clamp_kqv": (0,),
    "expert_weights_scale": (0, 1),
    "expert_gating_func": (0, 1),
    "expert_shared_count": (0, 1),
    "leading_dense_block_count": (0,),
    "nextn_predict_layers": (0,),
    "logit_scale": (0, 1),
    "tensor_data_layout": ("Meta AI original pth",),
}
"""Settings that change nothing as long as they have one of these values."""


def complete(config: PreTrainedConfig, header: Header) -> None:
    """Make the config say what the file says. Raises UnsupportedModelError, by name, for what it cannot say."""
    from transformers.integrations.gguf.gguf_config_mapping import GGUF_CONFIG_ARCHS

    said = header.of_architecture()
    if header.settings.get("split.count", 0) > 1:
        raise header.refusal("split.count", header.settings["split.count"], "it is one part of several")
    if header.architecture in GGUF_CONFIG_ARCHS:
        # transformers' newer reader: it takes these settings itself, and none of the scaling.
        for key, value in said.items():
            if key.startswith("rope.scaling.") and key != "rope.scaling.finetuned":
                raise header.refusal(key, value)
        return
    for key in NEEDED.get(header.architecture, ATTENTION):
        if key not in said:
            raise UnsupportedModelError(
                f"{header.path.name} does not say {header.architecture}.{key}, and a guess would be another model.",
                "Fetch or copy it again, or give the model's safetensors folder.",
            )
    if not said.keys() & {"attention.layer_norm_epsilon", "attention.layer_norm_rms_epsilon"}:
        raise UnsupportedModelError(
            f"{header.path.name} does not say the epsilon of its norms, and a guess would be another model.", INSTEAD
        )
    if "attention.head_count_kv" not in said and hasattr(config, "num_key_value_heads"):
        config.num_key_value_heads = said["attention.head_count"]  # llama.cpp's default
    rope = {key.removeprefix("rope."): said.pop(key) for key in list(said) if key.startswith("rope.")}
    for key, value in said.items():
        _bring(config, header, key, value)
    if header.architecture in ("gemma2", "gemma3"):
        # llama.cpp's rule: only the 27B models scale by the width of a head's share of the stream.
        large = config.num_hidden_layers in (46, 62)
        config.query_pre_attn_scalar = config.hidden_size // config.num_attention_heads if large else config.head_dim
    if header.architecture == "llama" and "attention.sliding_window" not in said and hasattr(config, "sliding_window"):
        config.sliding_window = None  # Mistral's class has one by default
    bring_rope(config, header, rope)


def bring_biases(config: PreTrainedConfig, header: Header) -> None:
    """A Llama's biases, of which no setting of a file speaks: it has them if it holds them all."""
    if header.architecture != "llama":
        return
    ours = {
        "attention_bias": ("attn_q", "attn_k", "attn_v", "attn_output"),
        "mlp_bias": ("ffn_gate", "ffn_up", "ffn_down"),
    }
    for setting, kinds in ours.items():
        if hasattr(config, setting) and all(f"blk.0.{kind}.bias" in header.tensors for kind in kinds):
            setattr(config, setting, True)


def _bring(config: PreTrainedConfig, header: Header, key: str, value: Any) -> None:
    """One setting that is not RoPE's."""
    if isinstance(value, list) and key in SAME:
        if len(set(value)) != 1:
            raise header.refusal(key, value, "layers that differ in it are not read")
        value = value[0]
    if key in HARMLESS:
        if value not in HARMLESS[key]:
            raise header.refusal(key, value)
    elif key == "attention.value_length":
        if value != head_dim(config):
            raise header.refusal(key, value, f"values of another length than the keys' {head_dim(config)} are not read")
    elif key == "attention.sliding_window_pattern":
        _compare_pattern(config, header, value)
    elif key == "attention.head_count_kv" and header.architecture == "falcon":
        if value != 1 or not config.multi_query or config.new_decoder_architecture:
            raise header.refusal(key, value)
    elif key in SAME:
        _set(config, header, key, value)
    else:
        raise header.refusal(key, value)


def _set(config: PreTrainedConfig, header: Header, key: str, value: Any) -> None:
    name = next((each for each in SAME[key] if hasattr(config, each)), None)
    if name is None:
        # What a config has no name for is what its class always does, or nothing.
        fixed = {
            "attention.key_length": config.hidden_size // max(1, getattr(config, "num_attention_heads", 1) or 1),
            "feed_forward_length": 4 * config.hidden_size,
            "context_length": value,
        }
        if value and value != fixed.get(key):
            raise header.refusal(key, value)
        return
    if getattr(config, name) != value:
        setattr(config, name, value)
    if key == "attention.sliding_window" and 0 < value < getattr(config, "max_position_embeddings", 0):
        layers = getattr(config, "layer_types", None)
        if getattr(config, "use_sliding_window", True) is False or (layers and "sliding_attention" not in layers):
            raise header.refusal(key, value)


def _compare_pattern(config: PreTrainedConfig, header: Header, pattern: Any) -> None:
    """Which layers look through the window: every n-th does not, or a list of booleans."""
    layers = getattr(config, "layer_types", None)
    if layers is None or isinstance(pattern, Array):
        raise header.refusal("attention.sliding_window_pattern", pattern)
    n = len(layers or [])
    windowed = [(i + 1) % pattern != 0 for i in range(n)] if isinstance(pattern, int) and pattern else pattern
    if windowed != [kind == "sliding_attention" for kind in layers or []]:
        raise header.refusal("attention.sliding_window_pattern", pattern, "the class has its windows elsewhere")
