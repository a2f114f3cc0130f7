"""A mask from the config alone gives the attention that transformers computes, past the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.figures.overview.attention import softmax_error
from explorer.tracing import TraceKey, capture
from explorer.tracing.windows import visible, windows
from explorer.zoo.loading import open_folder
from tests.tiers import spread
from tests.tracing.against_transformers import TEXT
from tests.tracing.tiny_configs import tiny

pytestmark = pytest.mark.usefixtures("empty_cache")


@pytest.mark.parametrize(
    "architecture",
    spread(["llama", "mistral", "gemma2", "gemma3_text", "gpt_neo", "olmo3", "exaone4", "cohere2", "qwen3_moe"], 3),
)
def test_masks_of_the_config_are_the_models(folder_of: Callable[[Any], Path], d_vocab: int, architecture: str) -> None:
    folder = folder_of(tiny(architecture, d_vocab))
    model = open_folder(str(folder), None, folder)
    trace = capture(model, TraceKey(str(folder), TEXT))
    found = windows(model.hf.config)
    assert len(found) == model.dims.n_layers
    assert (6 in found) == (architecture not in ("llama", "qwen3_moe"))
    for layer, window in enumerate(found):
        scores, pattern = trace.scores(layer), trace.pattern[layer]
        error = max(softmax_error(s, p, visible(len(trace), window)) for s, p in zip(scores, pattern, strict=True))
        assert error < 1e-4, (layer, window)
        if window is not None:
            assert softmax_error(scores[0], pattern[0], visible(len(trace), window + 1)) > 1e-3


def test_a_window_that_a_config_switches_off_is_none() -> None:
    from transformers import Qwen2Config, Qwen3MoeConfig

    assert windows(Qwen2Config(num_hidden_layers=2, sliding_window=6, use_sliding_window=False)) == (None, None)
    assert windows(Qwen3MoeConfig(num_hidden_layers=2, sliding_window=6, use_sliding_window=True)) == (6, 6)
