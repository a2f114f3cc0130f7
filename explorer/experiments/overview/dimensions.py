"""Sizes of real models, read from their configs, and their parameters counted twice: by formula, and in the model.

The formula is `memory_calculator.parameters` (a mixture's: `moe_parameters.parameters`). The other count is that of
every tensor in the model that transformers puts together from the same config, without memory (PyTorch's meta device).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from explorer.errors import NotApplicableError
from explorer.stack.architectures import moe_parameters
from explorer.stack.inference.memory_calculator import Sizes, parameters
from explorer.stack.transformer.config import DecoderConfig


@dataclass(frozen=True)
class Published:
    """A published model: its config class in transformers, what its file says otherwise, its stated count."""

    kind: str
    changes: dict[str, Any]
    stated: float
    """Billions of parameters, as its makers say."""
    source: str


_LLAMA3 = {"vocab_size": 128256, "num_key_value_heads": 8, "head_dim": 128}
_GPT3 = {"n_embd": 12288, "n_layer": 96, "n_head": 96, "n_positions": 2048}
_LLAMA2_70B = {
    "hidden_size": 8192, "intermediate_size": 28672, "num_hidden_layers": 80, "num_attention_heads": 64,
    "num_key_value_heads": 8, "max_position_embeddings": 4096,
}  # fmt: skip
_LLAMA31_405B = {
    **_LLAMA3, "hidden_size": 16384, "intermediate_size": 53248, "num_hidden_layers": 126, "num_attention_heads": 128,
    "max_position_embeddings": 131072,
}  # fmt: skip
#: Without changes: the class's defaults are the published file's.
PUBLISHED = {
    "GPT-2": Published("gpt2", {}, 0.124, "Radford et al. 2019; count of the released weights' README"),
    "GPT-3": Published("gpt2", _GPT3, 175.0, "Brown et al. 2020, arXiv 2005.14165, table 2.1"),
    "LLaMA-7B": Published("llama", {}, 6.7, "Touvron et al. 2023, arXiv 2302.13971, table 2"),
    "Llama-2-70B": Published("llama", _LLAMA2_70B, 70.0, "Touvron et al. 2023, arXiv 2307.09288"),
    "Llama-3-8B": Published(
        "llama", {**_LLAMA3, "intermediate_size": 14336, "max_position_embeddings": 8192}, 8.0,
        "Grattafiori et al. 2024, arXiv 2407.21783",
    ),
    "Llama-3.1-405B": Published("llama", _LLAMA31_405B, 405.0, "Grattafiori et al. 2024, arXiv 2407.21783"),
    "Mistral-7B": Published(
        "mistral", {"max_position_embeddings": 32768}, 7.0, "Jiang et al. 2023, arXiv 2310.06825"
    ),
    "Mixtral-8x7B": Published(
        "mixtral", {"max_position_embeddings": 32768}, 47.0, "Jiang et al. 2024, arXiv 2401.04088"
    ),
    "Gemma-7B": Published("gemma", {}, 8.54, "Gemma Team 2024, arXiv 2403.08295, table 2"),
    "Gemma-2-2B": Published("gemma2", {}, 2.6, "Gemma Team 2024, arXiv 2408.00118"),
    "DeepSeek-V3": Published(
        "deepseek_v3", {"max_position_embeddings": 163840}, 671.0, "DeepSeek-AI 2024, arXiv 2412.19437"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class RealSizes:
    """One model's sizes."""

    name: str
    L: int
    d_model: int
    h: int
    n_kv_heads: int
    d_k: int
    d_ff: int
    """Width of a feed-forward; in a mixture, of one expert."""
    V: int
    T: int
    N: int
    """Parameters, counted from the config."""
    held: int
    """Parameters of the model that transformers puts together."""
    experts: int
    stated: float | None
    """Billions, as the makers say; quoted."""
    source: str
    here: bool = False


def real_sizes(own: Any, title: str, stated: int, ticks: Callable[[int, int], None]) -> Iterator[RealSizes]:
    """The open model's (`own`: its config; `stated`: its card's count), then the published ones'."""
    from transformers import CONFIG_MAPPING

    ticks(0, len(PUBLISHED) + 1)
    yield sizes(own, title, stated / 1e9, "its own config, and the count on its card", here=True)
    for done, (name, each) in enumerate(PUBLISHED.items()):
        ticks(done + 1, len(PUBLISHED) + 1)
        yield sizes(CONFIG_MAPPING[each.kind](**each.changes), name, each.stated, each.source)


def sizes(config: Any, name: str, stated: float | None, source: str, here: bool = False) -> RealSizes:
    """Sizes and both counts of one config of transformers. Raises NotApplicableError where neither formula knows it."""
    n_ctx = config.max_position_embeddings
    given = {"name": name, "T": n_ctx, "held": held(config), "stated": stated, "source": source, "here": here}
    if config.model_type == "deepseek_v3":
        shape = moe_parameters.from_hf(config, name)
        return RealSizes(
            L=shape.n_layers, d_model=shape.d_model, h=shape.n_heads, n_kv_heads=shape.n_kv_heads, d_k=shape.d_head,
            d_ff=shape.d_expert, V=shape.d_vocab, N=moe_parameters.parameters(shape).total, experts=shape.n_experts,
            **given,
        )  # fmt: skip
    s = Sizes.of(DecoderConfig.from_hf(config))
    return RealSizes(
        L=s.n_layers, d_model=s.d_model, h=s.n_heads, n_kv_heads=s.n_kv_heads, d_k=s.d_head, d_ff=s.d_mlp, V=s.d_vocab,
        N=parameters(s).total, experts=s.n_experts, **given,
    )  # fmt: skip


def held(config: Any) -> int:
    """Numbers in all tensors of the model that transformers builds of a config; shared ones once."""
    from transformers import AutoModelForCausalLM

    try:
        with torch.device("meta"):
            built = AutoModelForCausalLM.from_config(config)
    except ValueError as error:
        raise NotApplicableError("transformers puts no decoder together from this config.", "Take another.") from error
    return sum(parameter.numel() for parameter in built.parameters())
