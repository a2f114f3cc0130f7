"""Norms against transformers' and torch's own, the contrast by its law, and gradients gathered from real draws."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from explorer.errors import NotApplicableError
from explorer.experiments.transformer import applied_norms
from explorer.experiments.transformer import norms as experiment
from explorer.figures.payload import pack
from explorer.figures.transformer import norms as figure
from explorer.panels.protocol import whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.transformer import norms_views as panel
from explorer.stack.transformer import norms as mechanism
from explorer.tracing import TraceKey, capture, parse_intervention
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.stand_ins import StandIns
from tests.panels.both_runs import drawn

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

TEXT = "When Mary and John went to the store, John gave a drink to"
HERE, LAYER = 9, 5


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    return capture(model, TraceKey(model.name, TEXT))


def test_a_norm_is_transformers_on_the_same_stream(model: Model, trace: Trace) -> None:
    from transformers.models.llama.modeling_llama import LlamaRMSNorm

    streams = (trace.stream(LAYER), trace.resid_mid[LAYER], trace.resid_post[-1])
    places = applied_norms.places(trace, model.bridge, LAYER)
    assert [place.name for place in places] == ["ln1", "ln2", "ln_final"]
    for place, stream in zip(places, streams, strict=True):
        made = applied_norms.applied(place, HERE)
        theirs = LlamaRMSNorm(576, eps=1e-5)
        theirs.weight.data = place.norm.weight.detach()
        torch.testing.assert_close(made.out, theirs(stream)[HERE].detach(), rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(made.before, stream[HERE])
        assert float(made.scale[HERE]) == pytest.approx(math.sqrt(float(stream[HERE].square().mean()) + 1e-5), rel=1e-5)
        assert float(made.after[HERE]) == pytest.approx(float(made.out.square().mean().sqrt()), rel=1e-5)
        assert made.error < 1e-6


@pytest.mark.parametrize("bias", [False, True])
def test_a_layernorm_is_rebuilt_with_its_bias(bias: bool) -> None:
    own = nn.LayerNorm(4, eps=1e-3, bias=bias)
    own.weight.data = torch.tensor([1.0, 2.0, 3.0, 4.0])
    if bias:
        own.bias.data = torch.tensor([0.5, 0.0, 0.0, -0.5])
    component: Any = nn.Module()  # as the bridge wraps it
    component.original_component, component.uses_rms_norm, component.uses_weight_offset = own, False, False
    component.config, component.eps = SimpleNamespace(eps=1e-3), 1e-3
    made = applied_norms.rebuilt(component)
    x = torch.tensor([[1.0, 2.0, 3.0, 6.0], [0.0, 0.0, 1.0, -1.0]])
    torch.testing.assert_close(made(x), own(x))


def test_norms_are_read_while_another_run_is_captured(model: Model, trace: Trace) -> None:
    """Stand-ins then stand in the blocks' places, and have no norms."""
    stand_ins = anatomy(model.bridge).stand_ins
    assert isinstance(stand_ins, StandIns)
    stand_ins.put()
    try:
        found = applied_norms.places(trace, model.bridge, 0)
    finally:
        stand_ins.take_out()
    assert [each.own for each in found] == [each.own for each in applied_norms.places(trace, model.bridge, 0)]


def test_a_wrong_norm_is_found_out(model: Model, trace: Trace) -> None:
    place = applied_norms.places(trace, model.bridge, LAYER)[0]
    place.norm.weight = nn.Parameter(place.norm.weight.detach().roll(1), requires_grad=False)
    assert applied_norms.applied(place, HERE).error > 1e-2


def test_both_ways_are_torchs_and_differ_as_the_contrast_says(trace: Trace) -> None:
    found, rows = applied_norms.contrast(trace, 1e-5), applied_norms.both_ways(trace, LAYER, HERE, 1e-5)
    assert found.difference.shape == (61, 14)
    for i, (x, depth) in enumerate(
        ((trace.stream(LAYER), 2 * LAYER), (trace.resid_mid[LAYER], 2 * LAYER + 1), (trace.resid_post[-1], 60))
    ):
        rms, layer = F.rms_norm(x[HERE], (576,), eps=1e-5), F.layer_norm(x[HERE], (576,), eps=1e-5)
        torch.testing.assert_close(rows[i, 0], rms, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(rows[i, 1], layer, rtol=1e-4, atol=1e-5)
        assert float(found.difference[depth, HERE]) == pytest.approx(float((rms - layer).norm() / rms.norm()), abs=1e-5)
        share = float(x[HERE].mean() ** 2 / x[HERE].square().mean())
        assert float(found.share[depth, HERE]) == pytest.approx(share, rel=1e-3, abs=1e-8)
    assert found.error < 1e-5


def test_the_contrasts_law_by_hand(trace: Trace) -> None:
    """The row (1, 2, 3, 6, 0 ... 0) of 576 has mean 12/576 and mean square 50/576: share 144 / (576 · 50) = 0.005."""
    row = torch.zeros(576)
    row[:4] = torch.tensor([1.0, 2.0, 3.0, 6.0])
    rows = row.expand_as(trace.resid_post[-1])
    made = replace(trace, resid_post=torch.cat([trace.resid_post[:-1], rows[None]]), _kept=type(trace._kept)())
    found = applied_norms.contrast(made, 1e-9)
    assert float(found.share[-1, 0]) == pytest.approx(0.005, rel=1e-5)
    assert float(found.difference[-1, 0]) == pytest.approx(math.sqrt(2 - 2 * math.sqrt(0.995)), rel=1e-4)


@given(st.floats(-2, 2), st.floats(0.1, 10))
def test_a_pure_power_is_its_own_exponent(power: float, factor: float) -> None:
    depths = (2, 4, 8, 12)
    assert figure.exponent(depths, [factor * n**power for n in depths]) == pytest.approx(power, abs=1e-9)


def test_views_hold_and_stand_beside_the_unchanged_run(model: Model, trace: Trace) -> None:
    off = parse_intervention("ablate:3.1")
    changed = capture(model, TraceKey(model.name, TEXT, interventions=(off,)))
    scene = Scene(model, changed, trace, Focus(position=HERE, layer=LAYER))
    scale, mean = (drawn("norms", view, scene) for view in ("scale", "mean"))
    for made, _, _ in (scale, mean):
        assert all(check.holds for check in made.checks), made.checks
        pack(made.data)
    assert scale.there is not None
    assert mean.there is not None
    base = scale.there.made.data.norms["ln1"].scale
    torch.testing.assert_close(base, (trace.stream(LAYER).square().mean(-1) + 1e-5).sqrt())
    assert not base.equal(scale.made.data.norms["ln1"].scale)
    assert mean.there.made.data.difference.equal(applied_norms.contrast(trace, 1e-5).difference)
    assert mean.there.made.data.position == mean.made.data.position == HERE
    assert mean.made.data.rows.shape == (3, 2, 576)


def test_two_tokens_have_too_little_to_learn(model: Model) -> None:
    short = capture(model, TraceKey(model.name, "a"))
    with pytest.raises(NotApplicableError):
        whole(panel.gradients(Scene(model, short, None)))


def test_unknown_controls_are_the_defaults(model: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def at_start(ids: Any, seed: int, norm: str, progress: Any = None) -> experiment.AtStart:
        seen.update(seed=seed, norm=norm)
        raise NotApplicableError("enough")

    monkeypatch.setattr(experiment, "at_start", at_start)
    with pytest.raises(NotApplicableError, match="enough"):
        whole(panel.gradients(Scene(model, trace, None, controls={"seed": "-4", "norm": "batch"})))
    assert seen == {"seed": 0, "norm": "layer"}


@pytest.mark.breaks("norms.scale", "norms give what the model’s norms give, at every position")
@pytest.mark.breaks("norms.mean", "^Torch’s rms_norm and layer_norm differ by the same")
def test_a_layernorm_that_keeps_the_mean_is_found_out(
    model: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(model, trace, None, Focus(position=HERE, layer=LAYER))
    assert [panel.scale(scene).checks[0].holds, panel.mean(scene).checks[0].holds] == [True, True]
    monkeypatch.setattr(
        mechanism.RMSNorm, "forward", lambda self, x: x / (x.square().mean(-1, keepdim=True) + 1).sqrt()
    )
    monkeypatch.setattr(mechanism.LayerNorm, "forward", lambda self, x: x - x.mean(-1, keepdim=True))
    assert [panel.scale(scene).checks[0].holds, panel.mean(scene).checks[0].holds] == [False, False]
