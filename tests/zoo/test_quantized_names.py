"""A model of the shelf in a number format, by its name: the weights that the intervention gives."""

from __future__ import annotations

import pytest
import torch

import explorer
from explorer import zoo
from explorer.errors import BadRequestError
from explorer.fetching import cache
from explorer.tracing.capturing.changed_weights import under
from explorer.tracing.changes.interventions import parse_intervention
from explorer.tracing.key import TraceKey
from explorer.zoo.card import shelf


@pytest.mark.parametrize(("base", "fmt"), [("six-kinds-dense", "nf4"), ("six-kinds-moe", "int4")])
def test_the_weights_are_those_of_the_intervention(base: str, fmt: str) -> None:
    folder = shelf()[base].folder
    assert folder is not None
    before = cache.sha256_of(folder / "model.safetensors")
    model, plain = zoo.load(f"quantized:{base}+{fmt}"), zoo.load(base)
    changed = under(plain, TraceKey(base, "a", interventions=(parse_intervention(f"quant:all:{fmt}"),)))
    assert all(torch.equal(model.weights[name], each) for name, each in changed.weights.items())
    assert not all(torch.equal(model.weights[name], each) for name, each in plain.weights.items())
    trace = explorer.trace(model, "It was a dark night")
    assert float((model.decoder(trace.ids[None])[0] - trace.logits).abs().max()) < 1e-4
    assert model.original is model
    assert cache.sha256_of(folder / "model.safetensors") == before


def test_an_unknown_format_and_an_unknown_base_are_refused() -> None:
    with pytest.raises(BadRequestError, match="no weight format “nf5”"):
        zoo.load("quantized:six-kinds-dense+nf5")
    with pytest.raises(BadRequestError, match="not on the shelf"):
        zoo.load("quantized:nothing+nf4")
