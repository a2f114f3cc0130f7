"""A circuit on a small model: all parts are the model, none are the changed run; and what breaks the check."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from explorer import zoo
from explorer.corpora.prompt_pairs import TASKS, fitted
from explorer.experiments.inside import circuit as experiment
from explorer.experiments.inside import circuit_edges as edges_experiment
from explorer.experiments.inside import circuit_edges_kept as kept_edges
from explorer.experiments.inside import circuit_methods as methods_experiment
from explorer.experiments.inside.prompt_pair import TOLD, of_task, opening_task, run_both
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier import edge_graph
from explorer.zoo.model import Model

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


@pytest.mark.parametrize("name", ["circuit.graph", "circuit.methods", "circuit.edges"])
def test_a_task_that_does_not_fit_is_told_with_one_that_does(view: View, name: str) -> None:
    (told,) = view(name, task="ioi")
    assert "does not fit the task" in told.data.problem
    small = zoo.load("six-kinds-dense")
    assert told.data.task.instead == opening_task(small, small.plain_decoder) != "ioi"


def test_nothing_chosen_opens_on_a_task_that_the_generators_make_and_the_model_tells_apart(
    view: View, small: Model
) -> None:
    data = view("circuit.graph", kept=4, steps=1)[-1].data
    assert not data.problem
    assert data.pair is not None
    fitting = [task for task in TASKS if any(True for _ in islice(fitted(task, small.vocabulary.encode, 0), 1))]
    assert 0 < len(fitting) < len(TASKS)
    assert (data.task.name in fitting, data.task.instead) == (True, "")
    clean, corrupt = data.pair.scores
    assert clean - corrupt >= TOLD


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


EDGES = {"task": "agreement", "threshold": 0.05}


def test_edges_are_held_to_one_measure(view: View) -> None:
    shown = view("circuit.edges", **EDGES)
    last = shown[-1]
    assert all(check.holds for check in last.checks), last.checks
    data = last.data
    assert [each.name for each in data.ways] == ["ACDC", "EAP-IG", "EAP", "random"]
    search, *others = data.ways
    assert search.sizes[0] == data.opened < data.edges
    for each in others:
        assert float(each.faithful[-1]) == pytest.approx(1, abs=1e-3)  # all edges are the model
        assert float(each.complete[-1]) == pytest.approx(0, abs=1e-3)
        assert data.opened in each.sizes
        assert all(few <= many for few, many in zip(each.carrying, each.sizes, strict=True))
    assert all(0 <= each.needed <= 1 for each in data.ways[:3])
    assert float(search.faithful[0]) > float(others[-1].faithful[others[-1].sizes.index(data.opened)])
    assert all(wire.from_layer <= wire.to_layer for each in data.ways for wire in each.wires)


@pytest.mark.breaks("circuit.edges", "^The circuit’s parts with all their edges, by hooks in a whole run of the model")
@pytest.mark.breaks("circuit.edges", "^An edge left out alone moves the lead as its path patched does")
def test_edges_that_carry_half(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = edge_graph._terms
    monkeypatch.setattr(edge_graph, "_terms", lambda *given: true(*given) / 2)
    monkeypatch.setattr(edges_experiment, "SEARCHED", 0)  # no search, which would go astray
    assert not check("circuit.edges", "The circuit’s parts", **EDGES).holds
    assert not check("circuit.edges", "An edge left out alone", **EDGES).holds


@pytest.mark.breaks("circuit.edges", "^The recorded circuits, run now, keep what was recorded")
def test_a_recorded_circuit_of_another_model(view: View, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is kept is written and read again; a number that is not of these edges is found out."""
    model = zoo.load("six-kinds-dense")
    monkeypatch.setattr(edges_experiment, "SEARCHED", 0)
    monkeypatch.setattr(kept_edges, "path_of", lambda *_: tmp_path / "kept.json")
    pair = of_task(model, "agreement", 0)
    runs = run_both(model.plain_decoder, pair)
    *_, found = edges_experiment.found(model.plain_decoder, runs, "lead", 0.05, 0, lambda *_: None, among=0)
    kept_edges.write(tmp_path / "kept.json", kept_edges.Kept("agreement", 0, pair.clean.tolist(), 1.0, found))
    (shown,) = view("circuit.edges", **EDGES)
    assert shown.data.recorded
    assert all(check.holds for check in shown.checks), shown.checks
    assert shown.data.ways[0].wires
    held = json.loads((tmp_path / "kept.json").read_text(encoding="utf-8"))
    held["ways"][0]["faithful"] = [each + 0.1 for each in held["ways"][0]["faithful"]]
    (tmp_path / "kept.json").write_text(json.dumps(held), encoding="utf-8")
    (shown,) = view("circuit.edges", **EDGES)
    assert not shown.checks[0].holds
