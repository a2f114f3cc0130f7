"""Sizes of real models, read from their configs, and their parameters counted twice: by formula, and in the model.

The formula is `memory_calculator.parameters` (a mixture's: `moe_parameters.parameters`). The other count is that of
every tensor in the model that transformers puts together from the same config, without memory (PyTorch's meta device).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from explorer.errors import NotApplicableError
from explorer.stack.architectures import moe_parameters
from explorer.stack.architectures.published_models import PUBLISHED
from explorer.stack.inference.serving.memory_calculator import Sizes, parameters
from explorer.stack.transformer.config import DecoderConfig

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

#: Those that stand in the table, of `PUBLISHED`.
SHOWN = (
    "GPT-2", "GPT-3", "LLaMA-7B", "Llama-2-70B", "Llama-3-8B", "Llama-3.1-405B", "Mistral-7B", "Mixtral-8x7B",
    "Gemma-7B", "Gemma-2-2B", "DeepSeek-V3",
)  # fmt: skip


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
    own: bool = False
    """Whether it is the run's model."""


def real_sizes(
    own: PreTrainedConfig, title: str, stated: int, ticks: Callable[[int, int], None]
) -> Iterator[RealSizes]:
    """The run's model's, where a formula knows it (`stated`: its card's count), then the published ones'."""
    total = 1 + len(SHOWN)
    ticks(0, total)
    with suppress(NotApplicableError):
        yield sizes(own, title, stated / 1e9, "its own config, and the count on its card", own=True)
    for done, name in enumerate(SHOWN, 1):
        ticks(done, total)
        each = PUBLISHED[name]
        yield sizes(each.hf(), name, each.stated, each.source)


def sizes(config: PreTrainedConfig, name: str, stated: float | None, source: str, own: bool = False) -> RealSizes:
    """Sizes and both counts of one config of transformers. Raises NotApplicableError where neither formula knows it."""
    if config.model_type == "deepseek_v3":
        shape = moe_parameters.from_hf(config, name)
        found = {"L": shape.n_layers, "d_model": shape.d_model, "h": shape.n_heads, "n_kv_heads": shape.n_kv_heads,
                 "d_k": shape.d_head, "d_ff": shape.d_expert, "V": shape.d_vocab, "experts": shape.n_experts,
                 "N": moe_parameters.parameters(shape).total}  # fmt: skip
    else:
        s = Sizes.of(DecoderConfig.from_hf(config))
        found = {"L": s.n_layers, "d_model": s.d_model, "h": s.n_heads, "n_kv_heads": s.n_kv_heads, "d_k": s.d_head,
                 "d_ff": s.d_mlp, "V": s.d_vocab, "experts": s.n_experts, "N": parameters(s).total}  # fmt: skip
    n_ctx = config.max_position_embeddings
    return RealSizes(name=name, T=n_ctx, held=held(config), stated=stated, source=source, own=own, **found)


def held(config: PreTrainedConfig) -> int:
    """Numbers in all tensors of the model that transformers builds of a config; shared ones once."""
    from transformers import AutoModelForCausalLM

    try:
        with torch.device("meta"):
            built = AutoModelForCausalLM.from_config(config)
    except ValueError as error:
        raise NotApplicableError("transformers puts no decoder together from this config.", "Take another.") from error
    return sum(parameter.numel() for parameter in built.parameters())
