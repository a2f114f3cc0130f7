"""The settings of a written GGUF file: of the file that the model was made from, or of its config and tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import UnsupportedModelError
from explorer.zoo.gguf_tokenizer import add_tokenizer

if TYPE_CHECKING:
    from gguf import GGUFWriter

    from explorer.zoo.model import Model


def add_settings(writer: GGUFWriter, model: Model, architecture: str) -> None:
    """Sizes, RoPE, experts and tokenizer. Raises UnsupportedModelError for scaled RoPE, and for a tokenizer that the
    file could not hold."""
    if (source := source_of(model)) is not None:
        _copy(writer, source)
        return
    config = model.hf.config
    rope, dims = config.rope_parameters, model.dims
    if any(isinstance(each, dict) and each.get("rope_type", "default") != "default" for each in (rope, *rope.values())):
        raise UnsupportedModelError("Its RoPE is scaled, and scaling is not written.", "Plain RoPE is.")
    writer.add_name(model.card.title)
    writer.add_context_length(dims.n_ctx)
    writer.add_embedding_length(dims.d_model)
    writer.add_block_count(dims.n_layers)
    writer.add_feed_forward_length(dims.d_mlp)
    writer.add_head_count(dims.n_heads)
    writer.add_head_count_kv(dims.n_kv_heads)
    writer.add_key_length(dims.d_head)
    writer.add_value_length(dims.d_head)
    writer.add_layer_norm_rms_eps(dims.eps)
    writer.add_vocab_size(dims.d_vocab)
    if dims.n_experts:
        writer.add_expert_count(dims.n_experts)
        writer.add_expert_used_count(dims.experts_per_token)
        if (d_expert := getattr(config, "moe_intermediate_size", None)) is not None:
            writer.add_expert_feed_forward_length(d_expert)
    if architecture == "gemma3":
        writer.add_sliding_window(config.sliding_window)
        writer.add_rope_freq_base(rope["full_attention"]["rope_theta"])
    else:
        writer.add_rope_dimension_count(dims.d_head)
        writer.add_rope_freq_base(rope["rope_theta"])
    add_tokenizer(writer, model.tokenizer, dims.d_vocab)


def source_of(model: Model) -> Path | None:
    """The GGUF file that the model was made from, where it is at hand."""
    from explorer.fetching import cache

    brought = Path(model.name).expanduser()
    if brought.suffix.lower() == ".gguf" and brought.is_file():
        return brought
    weights = model.card.weights
    if weights is None or not weights.file.endswith(".gguf"):
        return None
    path = cache.weights_file(weights.file, weights.sha256)
    return path if path.is_file() else None


def _copy(writer: GGUFWriter, source: Path) -> None:
    """All settings of a GGUF file but those that say how its numbers are stored."""
    from gguf import GGUFReader, GGUFValueType

    own = ("general.architecture", "general.file_type", "general.quantization_version")
    for field in GGUFReader(source).fields.values():
        if not field.name.startswith("GGUF.") and field.name not in own:
            kind = field.types[0]
            sub = field.types[-1] if kind is GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), kind, sub_type=sub)
