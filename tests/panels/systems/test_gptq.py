"""GPTQ, step by step: the panel on a small model and a mixture, and its checks on broken mechanisms."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.systems import calibration_text
from explorer.experiments.systems import gptq as experiment
from explorer.figures.payload import pack
from explorer.figures.systems import gptq as figure
from explorer.panels.protocol import Check, Rendered, whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.systems import gptq_views as panel
from explorer.stack.systems.quantization import awq, calibration
from explorer.stack.systems.quantization.matrices import matrices
from explorer.stack.systems.quantization.schemes import SCHEMES
from explorer.zoo.model import Model
from tests.tiers import spread

Render = Callable[..., Rendered]


@pytest.fixture(scope="module")
def mixture() -> Model:
    """Its rows, unlike those of a random one, are cut into groups evenly."""
    from explorer import zoo

    return zoo.load("six-kinds-moe")


@pytest.fixture
def rendered(small: Model) -> Render:
    def render(name: str, model: Model = small, focus: Focus | None = None, **controls: Any) -> Rendered:
        made = whole(getattr(panel, name)(Scene(model, focus=focus or Focus(layer=2), controls=controls)))
        pack(made.data)
        return made

    return render


def check(made: Rendered, statement: str) -> Check:
    return next(each for each in made.checks if statement in each.statement)


@pytest.mark.parametrize("order", spread(["matrix", "act"], 2))
@pytest.mark.parametrize("role", ["W_Q", "W_out"])
def test_a_window_is_walked_through(rendered: Render, order: str, role: str) -> None:
    made = rendered("steps", role=role, order=order, **{"from": 70}, format="int3")
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert (data.first, data.format, data.role) == (64, "int3", role)
    assert data.start.shape == data.original.shape == (experiment.ROWS, experiment.COLUMNS)
    # what the page does: from the start, every column's push, and the column's own rounding
    weights = data.start.double()
    for at in range(experiment.COLUMNS):
        error = (weights[:, at] - data.rounded[:, at]) / data.pushes[at, at]
        assert torch.allclose(error, data.errors[at], atol=1e-5)
        weights[:, at + 1 :] -= torch.outer(data.errors[at], data.pushes[at, at + 1 :])
    assert data.loss < data.nearest_loss
    assert data.loss <= float(data.grown[-1]) < data.nearest_loss  # damping lies between
    assert (data.grown.diff() >= 0).all()
    if order == "matrix":
        assert data.columns.tolist() == list(range(64, 96))


@pytest.mark.parametrize("role", ["W_Q", "W_V"])
def test_the_mix_gives_this_matrix_what_it_falls_back_to(rendered: Render, small: Model, role: str) -> None:
    made = rendered("steps", role=role, format="q4_k_m")
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    given = SCHEMES["q4_k_m"].formats(matrices(small.decoder))[data.matrix]
    assert data.format == "q4_k_m"
    assert data.formats[-1].title == f"Q4_K_M: {given.title} here"
    assert data.loss < data.nearest_loss
    expected = given.quantize(next(m.weight for m in matrices(small.decoder) if m.name == data.matrix)).dequantize()
    assert torch.equal(data.nearest, expected[: experiment.ROWS, data.columns])
    losses = rendered("losses", format="q4_k_m")
    assert all(each.holds for each in losses.checks), losses.checks
    assert next(row for row in losses.data.rows if row.role == role).nearest == pytest.approx(data.nearest_loss)


def test_the_hessian_in_both_orders(rendered: Render) -> None:
    made = rendered("hessian", role="W_gate")
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert (data.diagonal[data.order].diff() <= 0).all()
    assert data.plain.shape == data.ordered.shape == (96, 96)
    assert sorted(data.order.tolist()) == list(range(192))
    assert (data.left <= data.diagonal[data.order] + data.damping + 1e-9).all()


@pytest.mark.thorough
def test_every_matrix_of_a_block_and_of_all(rendered: Render, small: Model) -> None:
    made = rendered("losses")
    assert all(each.holds for each in made.checks), made.checks
    assert [row.role for row in made.data.rows] == ["W_Q", "W_K", "W_V", "W_O", "W_gate", "W_in", "W_out"]
    assert all(row.gptq < row.nearest for row in made.data.rows)
    scene = Scene(small, focus=Focus(layer=2), controls={"scope": "all"})
    parts = list(panel.losses(scene))
    assert [part.data.done for part in parts] == list(range(1, small.dims.n_layers + 1))
    assert not any(part.checks for part in parts[:-1])
    again = [row for row in parts[-1].data.rows if row.layer == 2]
    assert again[0].nearest == pytest.approx(made.data.rows[0].nearest, rel=1e-4)


@pytest.mark.thorough
def test_a_mixture_and_links_that_say_nonsense(rendered: Render, mixture: Model) -> None:
    focus = Focus(layer=0, expert=0)
    made = rendered("steps", mixture, focus, role="out", format="nonsense", **{"from": "nowhere"})
    assert made.data.matrix.endswith("experts.0.out")
    assert all(each.holds for each in made.checks), made.checks
    many = rendered("losses", mixture, focus)
    assert all(each.holds for each in many.checks)
    assert len(many.data.rows) == 4 + 2 * 8


def test_an_expert_whom_nobody_chose(rendered: Render, mixture: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "LEAST", 10**9)
    with pytest.raises(NotApplicableError, match="too few"):
        rendered("steps", mixture, Focus(layer=0, expert=1), role="out")


# ---- broken mechanisms ---------------------------------------------------------------------------------------------


@pytest.mark.breaks("gptq.steps", r"^Σe²")
def test_losses_that_forget_a_column(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.gptq

    def forgetful(*given: Any, **named: Any) -> Any:
        made = own(*given, **named)
        return dataclasses.replace(made, column_loss=made.column_loss * (torch.arange(len(made.order)) != 7))

    monkeypatch.setattr(experiment, "gptq", forgetful)
    assert not check(rendered("steps"), "Σe²").holds


@pytest.mark.breaks("gptq.steps", r"^Sum of all corrections")
def test_pushes_by_another_factor(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = experiment.factor
    monkeypatch.setattr(experiment, "factor", lambda H: own(H * 1.01))
    assert not check(rendered("steps"), "all corrections").holds


@pytest.mark.breaks("gptq.steps", r"^Loss by the formula")
@pytest.mark.breaks("gptq.losses", r"^GPTQ’s loss by the formula")
@pytest.mark.thorough
def test_a_hessian_of_other_inputs(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = calibration.Sums.add

    def doubled(self: Any, x: torch.Tensor) -> None:
        own(self, x)
        if self._products is not None:
            self._products += x.flatten(0, -2).abs().T @ x.flatten(0, -2).abs()

    monkeypatch.setattr(calibration.Sums, "add", doubled)
    monkeypatch.setattr(calibration_text, "_KNOWN", type(calibration_text._KNOWN)())
    assert not check(rendered("steps"), "by the formula").holds
    assert not check(rendered("losses"), "by the formula").holds


@pytest.mark.breaks("gptq.steps", r"^Weights column by column")
def test_blocks_that_push_too_little(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = torch.Tensor.addmm_
    monkeypatch.setattr(torch.Tensor, "addmm_", lambda self, *given, alpha=1: own(self, *given, alpha=0.5 * alpha))
    assert not check(rendered("steps"), "column by column").holds


@pytest.mark.breaks("gptq.hessian", r"^Eigenvalues = squared singular")
def test_a_hessian_without_its_two(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration.Inputs, "hessian", property(lambda self: self.second_moment))
    assert not check(rendered("hessian"), "Eigenvalues").holds


@pytest.mark.breaks("gptq.hessian", r"^\(UᵀU\)\(H")
def test_a_factor_of_the_hessian_itself(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure, "factor", lambda H: torch.linalg.cholesky(H).T)
    assert not check(rendered("hessian"), "(UᵀU)").holds


@pytest.mark.breaks("gptq.losses", r"^AWQ’s loss at exponent 0")
@pytest.mark.thorough
def test_scales_that_are_never_even(rendered: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    own = awq.scale_of
    monkeypatch.setattr(awq, "scale_of", lambda mean, alpha: own(mean, alpha + 0.3))
    assert not check(rendered("losses"), "exponent 0").holds
