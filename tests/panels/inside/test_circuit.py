"""A circuit on a small model: all parts are the model, none are the changed run; and what breaks the check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from explorer.experiments.inside import circuit as experiment
from explorer.experiments.inside import circuit_methods as methods_experiment
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"task": "agreement", "kept": 4, "steps": 1}


def test_a_circuit_is_measured_at_every_size(view: View) -> None:
    first, last = view("circuit.graph", **FEW)
    data = last.data
    assert not first.data.edges
    assert all(check.holds for check in last.checks), last.checks
    assert data.sizes == [1, 2, 4, 8, 16, 30]
    assert float(data.faithful[-1]) == pytest.approx(1, abs=1e-3)  # all parts are the model
    assert float(data.complete[-1]) == pytest.approx(0, abs=1e-3)  # without all, nothing is left
    assert len(data.minimal) == 4
    assert bool(data.minimal.isfinite().all())
    sizes = data.estimates.abs().tolist()
    assert sizes == sorted(sizes, reverse=True)
    assert data.edges
    assert all(-1 <= edge.target < 4 and 0 <= edge.source < 4 for edge in data.edges)
    assert all(edge.target < 0 or data.layers[edge.source] <= data.layers[edge.target] for edge in data.edges)


def test_a_task_that_does_not_fit_is_told(view: View) -> None:
    (told,) = view("circuit.graph", task="ioi")
    assert "does not fit the task" in told.data.problem


@pytest.mark.breaks("circuit.graph", "^The drawn parts alone, by hooks in a whole run of the model")
def test_parts_that_are_not_replaced(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.alone

    def lazy(decoder: Any, clean: Any, corrupt: Any, circuits: Any, metric: Any, told: Any = None) -> Any:
        found = true(decoder, clean, corrupt, circuits, metric, told)
        return found if len(circuits) == 1 else found * 1.2 + 0.3

    monkeypatch.setattr(experiment, "alone", lazy)
    assert not check("circuit.graph", "The drawn parts alone", **FEW).holds


def test_ways_are_held_to_one_measure(view: View) -> None:
    shown = view("circuit.methods", task="agreement", kept=4)
    last = shown[-1]
    assert all(check.holds for check in last.checks), last.checks
    assert [each.name for each in last.data.methods] == ["EAP", "EAP-IG", "ACDC", "random"]
    for each in last.data.methods:
        if each.name != "ACDC":
            assert float(each.faithful[-1]) == pytest.approx(1, abs=1e-3)
    search = last.data.methods[2]
    # each step of the search loses less than the threshold
    assert abs(float(search.faithful[0]) - 1) <= last.data.threshold * (last.data.parts - search.sizes[0]) + 1e-3


@pytest.mark.breaks("circuit.methods", "^What the search keeps, by hooks in a whole run of the model")
def test_a_search_whose_circuit_is_measured_wrongly(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = methods_experiment.alone

    def lazy(decoder: Any, clean: Any, corrupt: Any, circuits: Any, metric: Any, told: Any = None) -> Any:
        found = true(decoder, clean, corrupt, circuits, metric, told)
        return found if len(circuits) == 1 else found * 1.2 + 0.3

    monkeypatch.setattr(methods_experiment, "alone", lazy)
    assert not check("circuit.methods", "What the search keeps", task="agreement", kept=4).holds
