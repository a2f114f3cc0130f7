"""Which words mattered, on a small model: methods come one by one, hold, and each check fails when broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explorer.experiments.inside import which_words as experiment
from explorer.panels.inside import which_words_views as panel
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"orders": 4, "steps": 8}


def test_methods_come_one_by_one_and_what_must_add_up_does(view: View) -> None:
    shown = view("which_words.words", **FEW)
    data = shown[-1].data
    assert [len(part.data.methods) for part in shown] == [3, 4, 5, 5, 5]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    sums = {each.name: each.sum for each in data.methods}
    assert sums["shapley"] == pytest.approx(data.whole - data.nothing, abs=1e-3)
    assert sums["rollout"] == pytest.approx(1, abs=1e-4)
    assert data.agreement.diagonal().tolist() == [1] * 5
    assert not data.exact


def test_few_units_are_shared_out_exactly(view: View) -> None:
    (*_, made) = view("which_words.words", unit="sentence", score="logit", **FEW)
    (shapley,) = (each for each in made.data.methods if each.name == "shapley")
    assert made.data.exact
    assert shapley.errors is None
    assert made.data.rival is None
    assert shapley.sum == pytest.approx(made.data.whole - made.data.nothing, abs=1e-3)


@pytest.mark.breaks("which_words.words", "^Without “.*”, the model’s own run loses as much as here")
def test_what_is_left_out_is_another(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.leave_one_out
    monkeypatch.setattr(experiment, "leave_one_out", lambda *given: true(*given) * 1.1)
    assert not check("which_words.words", "Without", **FEW).holds


@pytest.mark.breaks("which_words.words", "^The gradients’ sum = the slope of two of the model’s own runs")
def test_a_gradient_that_forgets_the_baseline(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.gradient_x_input
    monkeypatch.setattr(experiment, "gradient_x_input", lambda score, x, b: true(score, x, 0 * b))
    assert not check("which_words.words", "The gradients’ sum", absent="mean", **FEW).holds


@pytest.mark.breaks("which_words.path", "^The gradients’ sum = the slope of the model’s own runs")
def test_slopes_that_are_halved(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = panel.integrated_gradients

    def halved(*given: Any, **how: Any) -> Any:
        found = true(*given, **how)
        return replace(found, slopes=found.slopes / 2)

    monkeypatch.setattr(panel, "integrated_gradients", halved)
    monkeypatch.setattr(panel, "COUNTS", (4, 8))
    assert not check("which_words.path", "The gradients’ sum").holds


def test_the_way_is_summed_ever_finer(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "COUNTS", (2, 16))
    (_, made) = view("which_words.path")
    assert made.data.steps == [2, 16]
    assert all(check.holds for check in made.checks), made.checks
