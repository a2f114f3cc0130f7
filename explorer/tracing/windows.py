"""Sliding windows: how far back each layer's queries see, as the model's own config says.

A query sees itself and the `window - 1` keys before it (Beltagy et al. 2020, arXiv 2004.05150); None sees all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool
from torch import Tensor

from explorer.stack.transformer.attention import Visibility

if TYPE_CHECKING:
    from transformers import PreTrainedConfig


def windows(config: PreTrainedConfig) -> tuple[int | None, ...]:
    """One a layer, from a config of transformers.

    >>> from transformers import Gemma2Config, LlamaConfig, MistralConfig
    >>> windows(Gemma2Config(num_hidden_layers=3, sliding_window=6))
    (6, None, 6)
    >>> windows(MistralConfig(num_hidden_layers=2, sliding_window=8)), windows(LlamaConfig(num_hidden_layers=2))
    ((8, 8), (None, None))
    """
    config = config.get_text_config()
    if (own := getattr(config, "windows", None)) is not None:  # the explorer's own decoder: of any size in any layer
        return own
    window = getattr(config, "sliding_window", None) or None
    if kinds := getattr(config, "layer_types", None):
        return tuple(window if kind == "sliding_attention" else None for kind in kinds)
    if kinds := getattr(config, "attention_layers", None):  # GPT-Neo
        return tuple(config.window_size if kind == "local" else None for kind in kinds)
    used = getattr(config, "use_sliding_window", True)
    return (window if used else None,) * config.num_hidden_layers


def visible(n: int, window: int | None) -> Bool[Tensor, "query key"]:
    """Which of a text's keys each query may read.

    >>> visible(3, 2).int().tolist()
    [[1, 0, 0], [1, 1, 0], [0, 1, 1]]
    """
    at = torch.arange(n)[None]
    seen = Visibility.of(at, at, window).dense(n, n)
    return torch.ones(n, n, dtype=torch.bool) if seen is None else seen[0, 0]
