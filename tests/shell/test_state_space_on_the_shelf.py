"""A state-space model as the model on screen: its run is transformers' own, and every panel has data or a reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from explorer import zoo
from explorer.panels import panels
from explorer.panels.protocol import Panel, View
from explorer.shell import service
from explorer.tracing import TraceKey
from explorer.tracing.capturing.capture import capture
from explorer.tracing.changes.interventions import ScaleResidual
from tests.tiers import spread

NAME = "six-kinds-mamba"
KEY = TraceKey(NAME, "Once upon a time there was a king who", max_new_tokens=4)


def views() -> Iterator[tuple[Panel, View]]:
    for panel in panels().values():
        yield from ((panel, view) for view in panel.views if panel.reads(view) != "nothing")


def test_a_run_is_transformers_own_also_where_the_state_read_on() -> None:
    model = zoo.load(NAME)
    trace = capture(model, KEY)
    with torch.inference_mode():
        own = model.hf(trace.ids[None], output_hidden_states=True)
    assert len(trace.steps) == KEY.max_new_tokens
    torch.testing.assert_close(trace.logits, own.logits[0], atol=5e-5, rtol=1e-4)
    for layer, stream in enumerate(own.hidden_states[:-2]):  # what leaves each block, but the last; then the norm's
        torch.testing.assert_close(trace.resid_post[layer], stream[0], atol=5e-5, rtol=1e-4)


def test_what_there_is_none_of_has_no_numbers() -> None:
    trace = capture(zoo.load(NAME), KEY)
    assert trace.pattern.shape[1] == trace.z.shape[2] == trace.dims.n_heads == 0
    assert trace.mlp_pre is None
    assert float(trace.mlp_out.abs().max()) == 0
    assert trace.attribution(3, 7).error < 1e-4  # embedding and mixers add up


def test_the_stream_can_be_changed() -> None:
    changed = TraceKey(NAME, KEY.text, interventions=(ScaleResidual(5, None, 0.0),))
    logits = capture(zoo.load(NAME), changed).logits
    assert float((logits - logits[0]).abs().max()) < 1e-6


LIGHT = [(panel, view) for panel, view in views() if not view.heavy]
WITHOUT = {"attention", "decoder", "experts"}


@pytest.mark.parametrize(("panel", "view"), spread(LIGHT, 6), ids=lambda each: each.name)
def test_every_light_view_has_data_or_a_reason(panel: Panel, view: View) -> None:
    drawn = service.Explorer().views(KEY.query(), panel.name, [view.name], {}, {})["views"][view.name]
    if WITHOUT.intersection(panel.required(view)):
        assert "no attention heads" in drawn["absent"]["message"] or "no experts" in drawn["absent"]["message"]
        assert drawn["absent"]["offer"] != NAME
    elif "absent" in drawn:
        assert "means nothing" in drawn["absent"]["message"]
    else:
        assert all(float(check["error"]) <= check["tolerance"] for check in drawn["checks"])
