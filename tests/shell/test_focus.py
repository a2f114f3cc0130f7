"""With which head one begins: the one with the largest share among those that read another token."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from explorer.shell.views.rendering import focus_of
from explorer.shell.views.subjects import Subject
from explorer.tracing import TraceKey, capture

if TYPE_CHECKING:
    from explorer.zoo.model import Model

PROMPT = "When Mary and John went to the store, John gave a drink to"


def test_the_default_head_reads_another_token(model: Model) -> None:
    trace = capture(model, TraceKey(model.name, PROMPT))
    focus = focus_of({}, Subject(model=model, run=trace))
    here = trace.n_prompt - 1
    assert focus.position == here
    assert int(trace.pattern[focus.layer, focus.head, here].argmax()) not in (0, here)
    shares = trace.attribution(here, int(trace.logits[here].argmax())).heads.abs()
    read = trace.pattern[:, :, here].argmax(-1)
    others = [float(s) for s, r in zip(shares.flatten(), read.flatten(), strict=True) if int(r) not in (0, here)]
    assert float(shares[focus.layer, focus.head]) == max(others)


@pytest.mark.parametrize("layer", [0, 12])
def test_a_block_that_is_asked_for_keeps(model: Model, layer: int) -> None:
    trace = capture(model, TraceKey(model.name, PROMPT))
    focus = focus_of({"layer": layer}, Subject(model=model, run=trace))
    assert focus.layer == layer


def test_a_text_of_one_token_has_a_head_too(model: Model) -> None:
    trace = capture(model, TraceKey(model.name, "Yes"))
    assert 0 <= focus_of({}, Subject(model=model, run=trace)).head < model.dims.n_heads
