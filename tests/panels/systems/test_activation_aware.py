"""AWQ and SmoothQuant: the panel on a small model, and its checks on broken mechanisms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.experiments.systems import activation_aware as experiment
from explorer.experiments.systems import turned_stream
from explorer.figures.payload import pack
from explorer.panels.protocol import Check, Rendered, whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.systems import activation_aware_views as panel
from explorer.stack.systems.quantization import awq, clipping, smooth_quant
from explorer.zoo.model import Model

Render = Callable[..., Rendered]


@pytest.fixture
def rendered(small: Model) -> Render:
    def render(name: str, model: Model = small, **controls: Any) -> Rendered:
        made = whole(getattr(panel, name)(Scene(model, focus=Focus(layer=2), controls=controls)))
        pack(made.data)
        return made

    return render


def check(made: Rendered, statement: str) -> Check:
    return next(each for each in made.checks if statement in each.statement)


@pytest.mark.parametrize("seam", ["W_Q", "W_gate", "W_out", "nonsense"])
def test_every_seam_has_its_ranges(rendered: Render, seam: str) -> None:
    made = rendered("ranges", seam=seam)
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert data.role == ("W_Q" if seam == "nonsense" else seam)
    first = data.outliers[0]
    assert first.largest == pytest.approx(float(data.x_largest.max()))
    assert first.channel == int(data.x_largest.argmax())
    assert [each.largest for each in data.outliers] == sorted((each.largest for each in data.outliers), reverse=True)
    assert 0 <= first.first_share <= 1


def test_errors_of_every_exponent(rendered: Render) -> None:
    made = rendered("errors", seam="W_out", format="int3")
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert len(data.alphas) == len(data.awq) == len(data.smooth) == 21
    assert data.format == "int3"
    assert min(data.awq) <= data.awq[0]
    assert min(data.smooth) < data.smooth[0]
    assert 0 < data.cut < 1
    assert data.clipped < min(data.awq)


@pytest.mark.parametrize("view", ["errors", "turned"])
def test_each_matrix_takes_what_the_mix_gives_it(rendered: Render, view: str) -> None:
    made = rendered(view, seam="W_Q", format="q4_k_m")
    assert all(each.holds for each in made.checks), made.checks
    assert made.data.format == "q4_k_m"
    assert made.data.formats[-1].title.startswith("Q4_K_M: ")


def test_one_output_in_whole_numbers(rendered: Render) -> None:
    made = rendered("product", token=37, output=5, alpha=0.6, seam="W_gate")
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert (data.token, data.output, data.alpha) == (37, 5, 0.6)
    assert int((data.x_codes * data.w_codes).sum()) + data.rest == data.total
    assert data.y == pytest.approx(data.total * data.step_x * data.step_w, rel=1e-5)
    assert data.y == pytest.approx(data.exact, abs=0.1)
    assert rendered("product", token=10**9, output=-4).data.output == 0


def test_a_mixture_has_one_seam_a_block(rendered: Render, moe: Model) -> None:
    made = rendered("ranges", moe)
    assert made.data.roles == ("W_Q",)
    assert all(each.holds for each in made.checks)


def test_the_stream_turned(rendered: Render) -> None:
    made = rendered("turned", format="int3")
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert (data.format, data.core, data.d_model) == ("int3", 12, 192)
    assert [row.role for row in data.rows] == ["W_Q", "W_K", "W_V", "W_O", "W_gate", "W_in", "W_out"]
    assert float(data.after.max() / data.after.median()) < float(data.before.max() / data.before.median())


# ---- broken mechanisms ---------------------------------------------------------------------------------------------


@pytest.mark.breaks("activation_aware.ranges", r"^\(x ÷ s\)")
def test_scales_with_a_nought(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = awq.scale_of
    monkeypatch.setattr(awq, "scale_of", lambda mean, alpha: own(mean, alpha) * (torch.arange(len(mean)) != 3))
    assert not check(rendered("ranges"), "(x ÷ s)").holds


@pytest.mark.breaks("activation_aware.errors", r"^AWQ’s error at exponent 0")
def test_scales_that_are_never_even(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = awq.scale_of
    monkeypatch.setattr(awq, "scale_of", lambda mean, alpha: own(mean, alpha + 0.3))
    assert not check(rendered("errors"), "exponent 0").holds


@pytest.mark.breaks("activation_aware.errors", r"^Error of integer products without smoothing")
def test_codes_that_are_cut_off(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = smooth_quant.by_token

    def cut(x: torch.Tensor) -> Any:
        codes, step = own(x)
        return codes // 2 * 2, step

    monkeypatch.setattr(smooth_quant, "by_token", cut)
    assert not check(rendered("errors"), "without smoothing").holds


@pytest.mark.breaks("activation_aware.errors", r"^AWQ’s smallest error by the formula")
def test_scales_that_are_not_undone(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.awq.search

    def halved(*given: Any) -> Any:
        made = own(*given)
        object.__setattr__(made, "losses", tuple(each / 2 for each in made.losses))
        return made

    monkeypatch.setattr(experiment.awq, "search", halved)
    assert not check(rendered("errors"), "smallest error by the formula").holds


@pytest.mark.breaks("activation_aware.errors", r"^Error of each clipped group")
def test_groups_that_read_each_others_inputs(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = clipping._squares
    monkeypatch.setattr(clipping, "_squares", lambda hessian, width: own(hessian, width).roll(1, 0))
    assert not check(rendered("errors", seam="W_out"), "clipped group").holds


@pytest.mark.breaks("activation_aware.product", r"^The integer product")
@pytest.mark.breaks("activation_aware.product", r"^Listed products")
def test_sums_that_overflow(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = torch._int_mm  # pyright: ignore[reportPrivateImportUsage]
    monkeypatch.setattr(torch, "_int_mm", lambda a, b: own(a, b).to(torch.int8).int() + 1)
    made = rendered("product")
    assert not check(made, "The integer product").holds
    assert not check(made, "Listed products").holds


@pytest.mark.breaks("activation_aware.product", r"^Output smoothed and unrounded")
def test_scales_on_one_side_only(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = smooth_quant.scale_of

    def one_sided(*given: Any) -> Any:
        scale = own(*given)
        scale[scale.argmax()] = torch.inf  # what is divided away does not come back
        return scale

    monkeypatch.setattr(smooth_quant, "scale_of", one_sided)
    assert not check(rendered("product"), "Output smoothed").holds


@pytest.mark.breaks("activation_aware.turned", r"^Logits of the rotated model")
@pytest.mark.breaks("activation_aware.turned", r"^Squares of Q’s outputs")
def test_a_turn_that_is_none(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = turned_stream.turn
    monkeypatch.setattr(turned_stream, "turn", lambda width, generator: own(width, generator).clamp(max=0.05))
    made = rendered("turned")
    assert not check(made, "Logits").holds
    assert not check(made, "Squares of Q").holds
