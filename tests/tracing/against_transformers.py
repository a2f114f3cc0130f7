"""A random model in a folder, loaded twice: as the product does, and by transformers alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.tracing import Trace, TraceKey, capture
from explorer.zoo import Model

TEXT = "When Mary and John went to the store, John gave a drink"


def refusals(model: Model) -> dict[str, str]:
    """What is refused of the traced run, by part."""
    return {part: reason for part, reason in model.verdict.refusals().items() if part != "decoder"}


def far(found: Tensor, expected: Tensor) -> float:
    assert found.shape == expected.shape
    return float((found - expected).abs().max()) / float(expected.abs().max())


def hold_against_transformers(model: Model, folder: Path) -> Trace:
    """The run, its logits, attention and stream compared with those of transformers alone."""
    from transformers import AutoModelForCausalLM

    trace = capture(model, TraceKey(str(folder), TEXT, max_new_tokens=4, seed=1))
    plain: Any = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        result = plain(trace.ids[None], output_attentions=True, output_hidden_states=True, use_cache=False)
    assert far(trace.logits, result.logits[0]) < 1e-4
    assert float((trace.pattern - torch.stack([a[0] for a in result.attentions])).abs().max()) < 1e-4
    assert far(trace.resid_pre, torch.stack([h[0] for h in result.hidden_states[:-1]])) < 1e-4
    hold_derived(trace, refusals(model))
    with contextlib.suppress(NotApplicableError):  # an architecture that the decoder does not know
        assert far(model.decoder(trace.ids[None])[0], result.logits[0]) < 1e-4
    return trace


def hold_derived(trace: Trace, refused: dict[str, str]) -> None:
    """What is derived is right, or says that it is not."""
    at, token = len(trace) - 2, int(trace.logits[-2].argmax())
    parts: dict[str, Callable[[], Any]] = {
        "lens": lambda: far(trace.lens_logits(at)[-1], trace.logits[at]),
        "attribution": lambda: max(trace.attribution(at, token).error, trace.attribution(at, token).heads_error),
        "scores": lambda: max(_softmax_error(trace, layer) for layer in range(trace.dims.n_layers)),
    }
    for part, error in parts.items():
        if part in refused:
            with pytest.raises(NotApplicableError, match="would be wrong for this model"):
                error()
        else:
            assert error() < 1e-4, part
    plain = trace.mlp_pre is not None and trace.readout.W_out[0] is not None
    if plain and not {"neurons", "attribution"} & refused.keys():
        found = trace.attribution(at, token)
        for layer in range(trace.dims.n_layers):
            neurons = found.neurons(layer, 4)
            assert neurons.total + neurons.bias == pytest.approx(float(found.mlp[layer]), abs=1e-4)


def _softmax_error(trace: Trace, layer: int) -> float:
    seen = trace.pattern[layer] > 0
    remade = trace.scores(layer).masked_fill(~seen, -torch.inf).softmax(-1)
    return float((remade - trace.pattern[layer]).abs().max())
