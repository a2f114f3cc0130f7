"""Which words mattered, on a small model: methods come one by one, hold, and each check fails when broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from explorer.experiments.inside import which_words as experiment
from explorer.panels.inside import which_words_views as panel
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import Trace
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"orders": 4, "steps": 8}


@pytest.fixture
def at_ten(small: Model, run: Trace) -> View:
    """A view at a later token: there are more words than all coalitions are asked of."""

    def render(make: Callable[[Scene], Iterator[Rendered]], **controls: Any) -> list[Rendered]:
        return list(make(Scene(small, run, None, Focus(position=14), controls=controls)))

    return render


def test_methods_come_one_by_one_and_what_must_add_up_does(at_ten: View) -> None:
    shown = at_ten(panel.words, **FEW)
    data = shown[-1].data
    assert [len(part.data.methods) for part in shown] == [3, 4, 5, 5, 5]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    sums = {each.name: each.sum for each in data.methods}
    assert sums["shapley"] == pytest.approx(data.whole - data.nothing, abs=1e-3)
    assert sums["rollout"] == pytest.approx(1, abs=1e-4)
    assert data.agreement.diagonal().tolist() == pytest.approx([1] * 5)
    assert not data.exact


def test_few_units_are_shared_out_exactly(at_ten: View) -> None:
    (*_, made) = at_ten(panel.words, unit="sentence", score="logit", **FEW)
    (shapley,) = (each for each in made.data.methods if each.name == "shapley")
    assert made.data.exact
    assert shapley.errors is None
    assert made.data.rival is None
    assert shapley.sum == pytest.approx(made.data.whole - made.data.nothing, abs=1e-3)
    assert bool(made.data.agreement.isnan().all())  # one sentence has no order


def failing(shown: list[Rendered], statement: str) -> bool:
    (check,) = (each for each in shown[-1].checks if statement in each.statement)
    return not check.holds


@pytest.mark.breaks("which_words.words", "^Without “.*”, the model’s own run loses as much as here")
def test_what_is_left_out_is_another(at_ten: View, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.leave_one_out
    monkeypatch.setattr(experiment, "leave_one_out", lambda *given: true(*given) * 1.1)
    assert failing(at_ten(panel.words, unit="sentence", **FEW), "Without")


@pytest.mark.breaks("which_words.words", "^The gradients’ sum = the slope of two of the model’s own runs")
def test_a_gradient_that_forgets_the_baseline(at_ten: View, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.gradient_x_input
    monkeypatch.setattr(experiment, "gradient_x_input", lambda score, x, b: true(score, x, 0 * b) + 1)
    assert failing(at_ten(panel.words, unit="sentence", **FEW), "The gradients’ sum")


@pytest.mark.breaks("which_words.path", "^The gradients’ sum = the slope of the model’s own runs")
def test_slopes_that_are_halved(at_ten: View, monkeypatch: pytest.MonkeyPatch) -> None:
    true = panel.integrated_gradients

    def halved(*given: Any, **how: Any) -> Any:
        found = true(*given, **how)
        return replace(found, slopes=found.slopes / 2)

    monkeypatch.setattr(panel, "integrated_gradients", halved)
    monkeypatch.setattr(panel, "COUNTS", (4, 8))
    assert failing(at_ten(panel.path), "The gradients’ sum")


def test_the_way_is_summed_ever_finer(at_ten: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "COUNTS", (2, 16))
    (*_, made) = at_ten(panel.path)
    assert made.data.steps == [2, 16]
    assert all(check.holds for check in made.checks), made.checks
