"""Mixtures of experts out of a GGUF file that transformers' reader does not know: Mixtral and OLMoE.

There Mixtral is a Llama with experts (`llama.expert_count`), and transformers, which goes by the architecture's name,
would make a Llama without a feed-forward layer. Here its config becomes Mixtral's; the tensors of all experts, [expert
out in], go where transformers keeps them, W_gate above W_in; rows of queries and keys return to its order, as those of
any Llama do. OLMoE is read as transformers reads Qwen's mixtures, which bear names of their own (qwen2moe, qwen3moe).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.compat.transformers import OF_EXPERTS
from explorer.errors import UnsupportedModelError
from explorer.zoo.gguf_header import INSTEAD, Header

if TYPE_CHECKING:
    from transformers import PreTrainedConfig


def is_mixtral(header: Header) -> bool:
    """Whether the file's Llama has experts. Raises UnsupportedModelError for the layout of 2023, a tensor for each
    expert, which llama.cpp no longer reads either."""
    if header.architecture != "llama" or not header.of_architecture().get("expert_count"):
        return False
    if not any(name.endswith(OF_EXPERTS) for name in header.tensors):
        raise UnsupportedModelError(
            f"{header.path.name} has llama.expert_count, and no tensor of all experts (ffn_down_exps).", INSTEAD
        )
    return True


def mixtral_config(config: PreTrainedConfig, header: Header) -> PreTrainedConfig:
    """Mixtral's config with what transformers read into Llama's. Raises UnsupportedModelError without a count of the
    experts that a token is sent to: a guess would be another model."""
    from transformers import MixtralConfig

    if "expert_used_count" not in header.of_architecture():
        raise UnsupportedModelError(f"{header.path.name} does not say llama.expert_used_count.", INSTEAD)
    known = {name: value for name, value in config.to_dict().items() if name not in ("model_type", "architectures")}
    return MixtralConfig(**known)
