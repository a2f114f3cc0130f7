"""A model's tensors under GGUF's names, in ggml's order and shapes: what a file that llama.cpp runs must hold.

Names come from the gguf package's own table. ggml turns adjacent pairs of a head's coordinates where transformers turns
its two halves, so that rows of Llama's and Mixtral's queries and keys stand in another order (those of Qwen3's and
OLMoE's do not). Gemma's norms are stored with their 1. A mixture's experts are one tensor for each of their three
matrices, [expert out in], and W_gate stands apart from W_in::

    model.layers.3.mlp.experts.gate_up_proj   [8, 768, 192]  ->  blk.3.ffn_gate_exps.weight, blk.3.ffn_up_exps.weight
    model.layers.3.mlp.experts.down_proj      [8, 192, 384]  ->  blk.3.ffn_down_exps.weight
    model.layers.3.mlp.gate.weight            [8, 192]       ->  blk.3.ffn_gate_inp.weight, the router

Source: llama.cpp, `gguf-py/gguf/tensor_mapping.py` and `conversion/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from torch import Tensor

from explorer.errors import UnsupportedModelError
from explorer.stack.systems.quantization.mix import KINDS

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

    from explorer.zoo.model import Model

ARCHITECTURES = {
    "LlamaForCausalLM": "llama",
    "MixtralForCausalLM": "llama",
    "Qwen3ForCausalLM": "qwen3",
    "Qwen3MoeForCausalLM": "qwen3moe",
    "OlmoeForCausalLM": "olmoe",
    "Gemma3ForCausalLM": "gemma3",
}
"""GGUF's name for each of transformers' classes that is written. Mixtral is Llama with experts there."""
RENORMALISED = {"qwen3moe": True, "olmoe": False}
"""Whether llama.cpp scales the weights of a token's experts to sum to 1: it does not ask the file."""


def architecture_of(model: Model) -> str:
    """GGUF's name. Raises UnsupportedModelError for a model of which llama.cpp would make another one."""
    config = model.hf.config
    found = ARCHITECTURES.get(str((config.architectures or [""])[0]))
    if found is None:
        raise UnsupportedModelError(
            f"A {model.card.architecture} cannot be written as GGUF.", f"{', '.join(ARCHITECTURES)} can."
        )
    reason = _otherwise(model, found)
    if reason:
        raise UnsupportedModelError(f"llama.cpp would compute something else: this model has {reason}.")
    return found


def _otherwise(model: Model, found: str) -> str | None:
    """What the model has that llama.cpp would compute otherwise, or not open."""
    config = model.hf.config
    if found in RENORMALISED and model.dims.experts_renormalised is not RENORMALISED[found]:
        return f"norm_topk_prob = {bool(config.norm_topk_prob)}, and its {found} always does the opposite"
    if found != "gemma3" and 0 < _window(config) < model.dims.n_ctx:
        return f"a window of {_window(config):,} tokens in its attention, and its {found} has none"
    if getattr(config, "clip_qkv", None) is not None:
        return f"clip_qkv = {config.clip_qkv}, and its {found} does not clip"
    if found == "olmoe" and config.tie_word_embeddings:
        return "one table for embedding and unembedding, and its olmoe wants two"
    if found == "olmoe" and model.dims.n_kv_heads != model.dims.n_heads:
        return "heads that share keys and values, and its olmoe has none"
    if found != "llama" and (getattr(config, "attention_bias", False) or getattr(config, "mlp_bias", False)):
        return f"biases in its matrices, and its {found} opens no file with them"
    if (part := (getattr(config, "rope_parameters", None) or {}).get("partial_rotary_factor", 1)) != 1:
        return f"heads of which a share of {part:g} turns, and its {found} turns all"
    act = "gelu_pytorch_tanh" if found == "gemma3" else "silu"
    if (own := getattr(config, "hidden_activation", None) or getattr(config, "hidden_act", act)) != act:
        return f"the nonlinearity {own}, and its {found} takes {act}"
    if getattr(config, "mlp_only_layers", None) or getattr(config, "decoder_sparse_step", 1) != 1:
        return f"dense blocks among its mixtures, and its {found} has none"
    return _gemma_otherwise(model) if found == "gemma3" else None


def _gemma_otherwise(model: Model) -> str | None:
    config, dims = model.hf.config, model.dims
    width = dims.d_model // dims.n_heads if dims.n_layers == 62 else dims.d_head  # llama.cpp's rule: 62 is the 27B
    if (scalar := config.query_pre_attn_scalar) != width:
        return f"scores divided by the root of {scalar:g}, and its gemma3 divides by that of a head's width"
    if (theta := config.rope_parameters["sliding_attention"]["rope_theta"]) != 1e4:
        return f"rope_theta = {theta:g} in its windows, and its gemma3 has 10,000 there"
    if [i for i, kind in enumerate(config.layer_types) if kind == "full_attention"] != [*range(5, dims.n_layers, 6)]:
        return "other blocks that look at everything than each sixth"
    if config.attn_logit_softcapping or config.final_logit_softcapping:
        return "soft caps, and its gemma3 has none"
    return None


def _window(config: PreTrainedConfig) -> int:
    return (getattr(config, "sliding_window", None) or 0) if getattr(config, "use_sliding_window", True) else 0


def tensors(model: Model, architecture: str) -> Iterator[tuple[str, Tensor]]:
    """Each tensor under GGUF's name. float32, as the model has it; a mixture's experts are [expert out in]."""
    from gguf import MODEL_ARCH_NAMES, get_tensor_name_map

    kind = next(each for each, name in MODEL_ARCH_NAMES.items() if name == architecture)
    names = get_tensor_name_map(kind, model.dims.n_layers)
    tied = bool(model.hf.config.tie_word_embeddings)
    for theirs, stored in model.weights.items():
        if tied and theirs == "lm_head.weight":
            continue
        for name, weight in _apart(theirs, stored):
            found = names.get_name(name, try_suffixes=(".weight", ".bias"))
            if found is None:
                raise UnsupportedModelError(
                    f"GGUF has no name for {name} in the architecture {architecture}.",
                    "Only the tensors of Llama, Mixtral, Qwen3, Qwen3-MoE, OLMoE and Gemma 3 are written.",
                )
            yield found, _as_stored(name, weight, model, architecture).detach().float().contiguous()


def _apart(name: str, weight: Tensor) -> Iterator[tuple[str, Tensor]]:
    """The tensor; stacked experts' under the name of each of their matrices."""
    if name.endswith(".experts.gate_up_proj"):
        for role, part in zip(("gate_proj", "up_proj"), weight.chunk(2, 1), strict=True):
            yield name.replace("gate_up_proj", f"{role}.weight"), part
    else:
        yield f"{name}.weight" if name.endswith(".experts.down_proj") else name, weight


def _as_stored(name: str, weight: Tensor, model: Model, architecture: str) -> Tensor:
    projection = name.rpartition(".")[0].rpartition(".")[2]
    if architecture == "llama" and projection in ("q_proj", "k_proj"):
        return paired(weight, model.dims.n_heads if projection == "q_proj" else model.dims.n_kv_heads)
    return weight + 1 if architecture == "gemma3" and name.endswith("norm.weight") else weight


def paired(weight: Tensor, heads: int) -> Tensor:
    """Rows of queries or keys with each head's two halves interleaved: coordinates that turn together stand together.

    >>> import torch
    >>> paired(torch.arange(8)[:, None], 2).flatten().tolist()
    [0, 2, 1, 3, 4, 6, 5, 7]
    """
    halves = weight.unflatten(0, (heads, 2, -1))  # head half pair in
    return halves.transpose(1, 2).reshape(weight.shape)


def places(name: str) -> tuple[tuple[str, ...], int | None]:
    """Where GGUF keeps a decoder's matrix: the tensors that it is in, and which of their experts it is.

    >>> places("blocks.3.attn.W_V"), places("unembed")
    ((('blk.3.attn_v.weight',), None), (('output.weight',), None))
    >>> places("blocks.3.mlp.experts.5.gate_in")  # W_gate above W_in
    (('blk.3.ffn_gate_exps.weight', 'blk.3.ffn_up_exps.weight'), 5)
    """
    parts = name.split(".")
    if parts[0] != "blocks":
        return (f"{KINDS[parts[-1]]}.weight",), None
    if "experts" not in parts:
        return (f"blk.{parts[1]}.{KINDS[parts[-1]]}.weight",), None
    kinds = ("ffn_gate", "ffn_up") if parts[-1] == "gate_in" else (KINDS[parts[-1]],)
    return tuple(f"blk.{parts[1]}.{kind}_exps.weight" for kind in kinds), int(parts[-2])
