"""The panel of FP8 attention on a small model, and its checks on broken mechanisms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.experiments.systems import fp8_attention as experiment
from explorer.figures.payload import pack
from explorer.panels.protocol import Check, Rendered, whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.systems import fp8_attention_views as panel
from explorer.stack.systems import float8, hadamard, overlap
from explorer.tracing import Trace, TraceKey, capture
from explorer.tracing.changes.interventions import parse_intervention
from explorer.zoo.model import Model

PLACE = Focus(position=14, layer=2, head=1)


@pytest.fixture
def rendered(small: Model, run: Trace) -> Callable[..., Rendered]:
    def render(name: str, *, trace: Trace = run, focus: Focus = PLACE, **controls: Any) -> Rendered:
        bare = name == "overlap"
        scene = Scene(None if bare else small, None if bare else trace, focus=focus, controls=controls)
        made = whole(getattr(panel, name)(scene))
        pack(made.data)
        return made

    return render


def check(made: Rendered, statement: str) -> Check:
    return next(each for each in made.checks if statement in each.statement)


def test_every_head_is_measured_in_four_ways(rendered: Callable[..., Rendered], run: Trace) -> None:
    made = rendered("errors")
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert data.rmse.shape == (4, run.dims.n_layers, run.dims.n_heads)
    assert bool(data.rmse.isfinite().all())
    assert (data.rmse[0] < data.rmse[1:]).all()  # bfloat16 is nearer in every head
    assert (data.rmse < 0.3).all()
    assert torch.allclose(data.draws.mean(0), data.rmse[3])
    assert data.helped == int((data.draws < data.rmse[2]).all(0).sum())
    assert data.helped + data.hurt <= run.dims.n_layers * run.dims.n_heads
    assert (data.outlier >= 1).all()


def test_what_is_not_yet_measured_is_no_number(small: Model, run: Trace) -> None:
    first = next(iter(panel.errors(Scene(small, run, focus=PLACE))))
    assert first.data.measured == 4
    assert not first.checks
    assert bool(first.data.rmse[:, 4:].isnan().all())


def test_scores_error_goes_with_the_length_of_products(rendered: Callable[..., Rendered], run: Trace) -> None:
    """In every head of the small model, the rotation's effect on the scores' error is that on the products' length."""
    apart = []
    for layer in range(run.dims.n_layers):
        for head in range(run.dims.n_heads):
            data = rendered("turned", focus=Focus(position=14, layer=layer, head=head)).data
            wanted = data.after.products / data.before.products
            apart.append(abs(math.log(data.after.scores / data.before.scores / wanted)))
    assert sorted(apart)[len(apart) // 2] < 0.15


def test_one_head_before_and_after(rendered: Callable[..., Rendered], run: Trace) -> None:
    made = rendered("turned", rows=16)
    assert all(each.holds for each in made.checks), made.checks
    data, n, d = made.data, len(run), run.dims.d_head
    assert data.rows == 16
    assert data.spread == 16  # 48 = 3 x 16
    for side in (data.before, data.after):
        assert side.sizes.sum(1).tolist() == [n * d, n * d]
        assert (side.rounding > 0.005).all()
        assert (side.rounding < 0.05).all()
    assert torch.equal(data.before.q, run.rot_q[2, :, 1])
    assert data.after.q.norm().item() == pytest.approx(data.before.q.norm().item(), rel=1e-5)


def test_a_head_that_was_cut_is_not_held_against_the_model(
    small: Model, run: Trace, rendered: Callable[..., Rendered]
) -> None:
    key = TraceKey(small.name, run.key.text, interventions=(parse_intervention("ablate:2.1"),))
    assert all(each.holds for each in rendered("errors", trace=capture(small, key)).checks)


def test_a_text_of_one_token(small: Model, rendered: Callable[..., Rendered]) -> None:
    one = capture(small, TraceKey(small.name, "One"))
    for name in ("errors", "turned"):
        assert all(each.holds for each in rendered(name, trace=one).checks)


@pytest.mark.parametrize("numbers", ["fp16", "fp8", "nonsense"])
def test_the_timeline_needs_no_model(rendered: Callable[..., Rendered], numbers: str) -> None:
    made = rendered("overlap", numbers=numbers, d_head=64)
    assert all(each.holds for each in made.checks)
    assert [each.name for each in made.data.schedules] == list(overlap.NAMES)
    assert made.data.numbers == ("fp8" if numbers == "fp8" else "fp16")
    serial, *others = made.data.schedules
    assert all(each.seconds < serial.seconds for each in others)


@pytest.mark.breaks("fp8_attention.errors", r"^Attention in float64")
def test_a_yardstick_with_another_scale(rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.exact_attention
    monkeypatch.setattr(experiment, "exact_attention", lambda q, k, v, mask, scale: own(q, k, v, mask, 1.1 * scale))
    assert not check(rendered("errors"), "float64").holds


@pytest.mark.breaks("fp8_attention.turned", r"^\(QM\)\(KM\)")
def test_a_transform_that_is_not_orthogonal(rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch) -> None:
    own = hadamard.walsh_hadamard
    monkeypatch.setattr(hadamard, "walsh_hadamard", lambda x: own(x).clamp(max=1.0))
    assert not check(rendered("turned"), "(QM)").holds


@pytest.mark.breaks("fp8_attention.turned", r"^Each code is the nearest")
def test_rounding_that_cuts_digits_off(rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch) -> None:
    own = float8.rounded
    monkeypatch.setattr(float8, "rounded", lambda x: own(x * (1 - 2**-5)))
    assert not check(rendered("turned"), "nearest").holds


@pytest.mark.breaks("fp8_attention.overlap", r"^Each unit does one task")
def test_a_schedule_that_does_not_wait(rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlap, "needs", lambda *_: [])
    assert not check(rendered("overlap"), "Each unit does").holds


@pytest.mark.breaks("fp8_attention.overlap", r"^Time of one after the other")
def test_a_schedule_that_skips_a_tile(rendered: Callable[..., Rendered], monkeypatch: pytest.MonkeyPatch) -> None:
    own = overlap._order
    monkeypatch.setattr(overlap, "_order", lambda groups, tiles, ahead: own(groups, tiles - 1, ahead))
    assert not check(rendered("overlap"), "Time of one after").holds
