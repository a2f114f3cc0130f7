"""The panel of the backward pass on a small model, and its checks on broken mechanisms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.systems import flash_backward as experiment
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.figures.payload import pack
from explorer.figures.systems import flash_backward as figure
from explorer.panels.protocol import Check, Rendered, whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.systems import flash_backward_views as panel
from explorer.stack.systems import flash_backward as mechanism
from explorer.tracing import Trace, TraceKey, capture
from explorer.tracing.changes.interventions import parse_intervention
from explorer.tracing.probes import gradients
from explorer.zoo.model import Model
from tests.panels.both_runs import drawn

PLACE = Focus(position=14, layer=2, head=1)


@pytest.fixture
def rendered(small: Model, run: Trace) -> Callable[..., Rendered]:
    def render(name: str, *, trace: Trace = run, focus: Focus = PLACE, **controls: Any) -> Rendered:
        made = whole(getattr(panel, name)(Scene(small, trace, focus=focus, controls=controls)))
        pack(made.data)
        return made

    return render


def check(made: Rendered, statement: str) -> Check:
    return next(each for each in made.checks if statement in each.statement)


@pytest.mark.parametrize("objective", ["logit", "loss"])
@pytest.mark.parametrize("tile", [8, 16, 32])
def test_tiles_of_the_own_head(rendered: Callable[..., Rendered], run: Trace, objective: str, tile: int) -> None:
    made = rendered("tile", objective=objective, tile=tile)
    assert len(made.checks) == 4
    assert all(each.holds for each in made.checks), made.checks
    data, n = made.data, len(run)
    assert data.p.shape == (n, n)
    assert torch.equal(data.lse, (data.m + data.l.log()))
    blocks = -(-n // tile)
    assert len(data.order) == blocks * (blocks + 1) // 2
    assert data.order[0].tolist() == [0, 0]
    assert (data.p.T @ data.d_out - data.dv).abs().max() < 1e-5 * data.dv.abs().max()
    assert (data.ds @ data.k * data.scaling - data.dq).abs().max() < 1e-4 * data.dq.abs().max()
    if objective == "logit":
        assert data.target == int(run.logits[14].argmax())
        assert not data.d_out[15:].any()


def test_a_long_text_is_drawn_where_one_looks_and_its_tiles_need_no_others(
    small: Model, rendered: Callable[..., Rendered]
) -> None:
    long = capture(small, TraceKey(small.name, "One two three four five six seven eight. " * 12))
    made = rendered("tile", trace=long, focus=Focus(position=80, layer=1, head=0), tile=16)
    assert all(each.holds for each in made.checks), made.checks
    assert made.data.first == 17
    assert made.data.p.shape == (64, 64)
    assert (made.data.p - long.pattern[1, 0, 17:81, 17:81]).abs().max() < 1e-5


def test_an_ablated_head_is_said_to_be_one(small: Model, run: Trace, rendered: Callable[..., Rendered]) -> None:
    key = TraceKey(small.name, run.key.text, interventions=(parse_intervention("ablate:2.1"),))
    made = rendered("tile", trace=capture(small, key))
    assert all(each.holds for each in made.checks), made.checks
    assert "ablated" in made.note


def test_one_token_has_a_logit_and_no_loss(small: Model, rendered: Callable[..., Rendered]) -> None:
    one = capture(small, TraceKey(small.name, "One"))
    assert all(each.holds for each in rendered("tile", trace=one).checks)
    assert all(each.holds for each in rendered("kept", trace=one).checks)
    if len(one) == 1:
        with pytest.raises(NotApplicableError):
            rendered("tile", trace=one, objective="loss")


@pytest.mark.parametrize("tile", [8, 32])
def test_what_is_kept(rendered: Callable[..., Rendered], run: Trace, tile: int) -> None:
    made = rendered("kept", tile=tile)
    assert [each.error for each in made.checks] == [0.0, 0.0]
    data, n, d = made.data, len(run), run.dims.d_head
    assert [each.name for each in data.standard] == ["Q", "K", "V", "P"]
    assert [each.name for each in data.flash] == ["Q", "K", "V", "O", "L"]
    assert data.standard[-1].bytes == 4 * n * n
    assert data.flash[-1].bytes == 4 * n
    assert (data.flash[-1].rows, data.flash[-1].columns) == (n, 1)
    assert 2.2 < data.backward_flops / data.forward_flops < 2.5
    assert data.cells * 10 * d < data.backward_flops


def test_windows_are_counted_as_they_are_skipped() -> None:
    """The formula's tiles from positions against those that the loops saw."""
    generator = torch.Generator().manual_seed(0)
    for n, tile, window in ((70, 16, 20), (64, 8, 8), (33, 32, 5), (50, 16, None)):
        q, k, v = torch.randn(3, 1, 1, n, 8, generator=generator)
        head = experiment.Head(q, k, v, experiment.TileMask(True, window), 0.3)
        made = experiment.kept(head, tile)
        assert (made.forward.flops, made.backward.flops) == figure.expected_flops(n, 8, tile, head.mask)


@pytest.mark.breaks("flash_backward.tile", r"^Gradients by tiles = gradients by autograd")
def test_a_softmax_gradient_without_d(rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch) -> None:
    own = mechanism.tile_gradient
    monkeypatch.setattr(mechanism, "tile_gradient", lambda *a: replace(made := own(*a), ds=made.p * made.dp))
    assert not check(rendered("tile"), "Gradients by tiles").holds


def test_a_gradient_that_is_nan(rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.flash_backward
    monkeypatch.setattr(experiment, "flash_backward", lambda *a: replace(made := own(*a), dv=made.dv * torch.nan))
    assert not check(rendered("tile"), "Gradients by tiles").holds


@pytest.mark.breaks("flash_backward.tile", r"^rowsum\(dO ∘ O\) by tiles")
def test_a_d_of_the_wrong_output(rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.row_delta
    monkeypatch.setattr(experiment, "row_delta", lambda made, *a: own(replace(made, out=made.out.roll(1, 2)), *a))
    assert not check(rendered("tile"), "rowsum").holds


@pytest.mark.breaks("flash_backward.tile", r"^exp\(S − L\)")
def test_a_log_sum_exp_that_forgets_the_maximum(
    rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = experiment.flash_attention_2

    def forgets(*given: Any, memory: Any, **more: Any) -> Any:
        made = own(*given, memory=memory, **more)
        last = {step.i: step for step in memory.steps}
        return replace(made, lse=torch.cat([last[i].l.log() for i in sorted(last)], -1))

    monkeypatch.setattr(experiment, "flash_attention_2", forgets)
    assert not check(rendered("tile"), "exp(S").holds


@pytest.mark.breaks("flash_backward.tile", r"^Change of the (logit|loss) after a small step along dO")
@pytest.mark.parametrize("objective", ["logit", "loss"])
def test_a_gradient_that_loses_half_in_each_block(
    rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch, objective: str
) -> None:
    own = gradients.call_block

    def half(*given: Any) -> torch.Tensor:
        out = own(*given)
        return (out + out.detach()) / 2

    monkeypatch.setattr(gradients, "call_block", half)
    assert not check(rendered("tile", objective=objective), "small step along dO").holds


@pytest.mark.breaks("flash_backward.kept", r"^Bytes that autograd kept")
def test_a_way_that_keeps_its_output_too(rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.standard
    monkeypatch.setattr(experiment, "standard", lambda *a: own(*a).sin())
    assert not check(rendered("kept"), "Bytes").holds


@pytest.mark.breaks("flash_backward.kept", r"^FLOPs counted")
def test_a_meter_that_counts_four_products(rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.Ledger.compute
    monkeypatch.setattr(experiment.Ledger, "compute", lambda self, flops: own(self, flops * 4 // 5))
    assert not check(rendered("kept"), "FLOPs").holds


@pytest.mark.breaks("flash_backward.kept", r"^Bytes that autograd kept")
def test_what_a_longer_text_of_the_other_run_keeps(small: Model, run: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = Run(small, run), Run(small, capture(small, TraceKey(small.name, "One two three. " * 8)))
    scene = Scene(*here, focus=PLACE, other=Compared(here, there))
    made, _, other = drawn("flash_backward", "kept", scene)
    assert other is not None
    base, n, d = other.made.data, len(there.trace), run.dims.d_head
    assert n > len(run)
    assert (base.n_tokens, base.layer, base.head) == (n, 2, 1)
    assert sum(each.bytes for each in base.standard) == 4 * (3 * n * d + n * n)
    assert sum(each.bytes for each in base.flash) == 4 * (4 * n * d + n)
    assert [each.error for each in made.checks] == [0.0, 0.0]
    own = experiment.standard

    def keeps_a_long_output(q: torch.Tensor, *more: Any) -> torch.Tensor:
        out = own(q, *more)
        return out.sin() if q.shape[2] == n else out

    monkeypatch.setattr(experiment, "standard", keeps_a_long_output)
    assert not drawn("flash_backward", "kept", scene).made.checks[0].holds
