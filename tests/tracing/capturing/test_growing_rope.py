"""A rotation that changes while a run is written: its numbers are those of the cached run, and it says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.errors import PromptTooLongError
from explorer.shell.views.summary import summary
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing import TraceKey, capture
from explorer.zoo import Model
from explorer.zoo.loading import open_folder
from tests.tracing.against_transformers import far
from tests.tracing.tiny_configs import tiny

pytestmark = pytest.mark.usefixtures("empty_cache")
FACTORS = {"short_factor": [1.0] * 4, "long_factor": [8.0, 6.0, 4.0, 2.0]}


def phi(folder_of: Callable[[Any], Path], d_vocab: int, original: int, longest: int = 128) -> tuple[Model, Path]:
    rope = {"rope_type": "longrope", "rope_theta": 1e4, "original_max_position_embeddings": original, **FACTORS}
    settings = {"rope_parameters": rope, "max_position_embeddings": longest, "sliding_window": None}
    folder = folder_of(tiny("phi3", d_vocab, original_max_position_embeddings=original, **settings))
    return open_folder(str(folder), None, folder), folder


def run(model: Model, new: int, text: str = " so" * 16) -> Any:
    return capture(model, TraceKey(model.name, text, max_new_tokens=new, sampler=Sampler(0.0)))


def test_a_run_that_passes_the_original_length_says_so(folder_of: Callable[[Any], Path], d_vocab: int) -> None:
    from transformers import AutoModelForCausalLM

    model, folder = phi(folder_of, d_vocab, original=18)
    trace = run(model, 6)
    assert trace.n_prompt <= 18 < len(trace)
    plain: Any = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    rows, cache = [], None
    with torch.no_grad():
        for part in (trace.ids[: trace.n_prompt], *trace.ids[trace.n_prompt :, None]):
            out = plain(part[None], past_key_values=cache, use_cache=True)
            rows, cache = [*rows, out.logits[0]], out.past_key_values
        whole = plain(trace.ids[None], use_cache=False).logits[0]
    assert far(trace.logits, torch.cat(rows)) < 1e-4  # the cached run
    assert far(trace.logits, whole) > 1e-2  # not one pass
    note = summary(model, trace, None)[0]["model"]["note"]
    assert "This run passes 18 positions while it is written" in note
    assert "one pass over the whole text gives other numbers" in note


@pytest.mark.parametrize(("original", "new"), [(18, 1), (12, 6)])
def test_a_run_on_one_side_says_nothing(
    folder_of: Callable[[Any], Path], d_vocab: int, original: int, new: int
) -> None:
    model, _ = phi(folder_of, d_vocab, original)
    trace = run(model, new)
    assert (len(trace) <= original) != (trace.n_prompt > original)
    assert "passes" not in summary(model, trace, None)[0]["model"]["note"]


def test_a_text_that_is_read_in_parts_ends_where_the_rotation_changes(
    folder_of: Callable[[Any], Path], d_vocab: int
) -> None:
    model, _ = phi(folder_of, d_vocab, original=600, longest=4096)
    capture(model, TraceKey(model.name, " so" * 560))
    with pytest.raises(PromptTooLongError, match="past 600 positions LongRoPE turns all of them otherwise"):
        capture(model, TraceKey(model.name, " so" * 700))
