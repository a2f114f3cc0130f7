"""The patch map on a small model: measured highest blocks first, beside estimates; and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explorer.corpora.prompt_pairs import TASKS
from explorer.experiments.inside import patch_map as experiment
from explorer.experiments.inside import prompt_pair
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
TASK = {"task": "agreement"}


@pytest.mark.parametrize("site", ["resid", "mlp", "z"])
def test_a_map_is_measured_and_holds(view: View, site: str) -> None:
    shown = view("patch_map.maps", site=site, **TASK)
    data = shown[-1].data
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    assert len(shown[-1].checks) == 2
    assert bool(data.measured.isfinite().all())
    assert len(data.worst) == 10
    if site == "resid":  # all of the stream at the changed word, before any block, is the other text
        clean, corrupt = data.pair.scores
        assert float(data.measured[0, data.first]) == pytest.approx(clean - corrupt, abs=1e-3)
        assert bool((data.measured[:, : data.first] == 0).all())
    else:
        assert -1 <= data.r <= 1


def test_noising_puts_the_changed_run_into_the_clean_one(view: View) -> None:
    data = view("patch_map.maps", way="noise", **TASK)[-1].data
    clean, corrupt = data.pair.scores
    assert float(data.measured[0, data.first]) == pytest.approx(corrupt - clean, abs=1e-3)


def test_edges_are_estimated_and_then_measured(view: View) -> None:
    first, last = view("patch_map.edges", **TASK)
    assert first.data.exact is None
    assert all(check.holds for check in last.checks), last.checks
    assert last.data.exact.heads.shape == (3, 6, 4)
    assert -1 <= last.data.r <= 1


def test_prompts_that_make_no_pair_are_told(view: View) -> None:
    (told,) = view("patch_map.maps", task="own")
    assert told.data.pair is None
    assert "no changed prompt yet" in told.data.problem
    (longer,) = view("patch_map.edges", task="own", changed="One word and many more of them than there were before it")
    assert "tokens and this run’s" in longer.data.problem
    (names,) = view("patch_map.trust", task="ioi")  # no name of the task is one token here
    assert "does not fit the task" in names.data.problem
    assert names.data.task.instead


def test_nothing_chosen_opens_on_a_task_that_fits(view: View) -> None:
    data = view("patch_map.maps", site="z")[-1].data
    assert not data.problem
    assert data.task.name in TASKS


def test_where_no_task_fits_this_runs_own_prompt_is_taken(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_pair, "opening_task", lambda *_: None)
    (told,) = view("patch_map.maps")
    assert (told.data.task.name, told.data.task.instead) == ("own", "")


@pytest.mark.thorough
def test_every_setting_has_its_correlation(view: View) -> None:
    *_, made = view("patch_map.trust", **TASK)
    assert len(made.data.found) == 16
    assert all(-1.0001 <= each.r <= 1.0001 for each in made.data.found)


@pytest.mark.breaks("patch_map.maps", r"^The \d strongest cells, patched by hooks")
def test_values_of_another_place(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.cells

    def moved(site: Any, source: Any, first: int) -> Any:
        return [replace(put, value=put.value * 1.2) for put in true(site, source, first)]

    monkeypatch.setattr(experiment, "cells", moved)
    assert not check("patch_map.maps", "The 3 strongest cells", **TASK).holds


@pytest.mark.breaks("patch_map.maps", "^The gradient = a real step of ±1 %")
def test_a_gradient_at_the_wrong_end(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.gradients

    def other(decoder: Any, target: Any, source: Any, metric: Any, steps: int = 1) -> Any:
        return true(decoder, source, target, metric, steps)

    monkeypatch.setattr(experiment, "gradients", other)
    assert not check("patch_map.maps", "The gradient", **TASK).holds


@pytest.mark.breaks("patch_map.edges", "^All estimated edges out of the head add up")
def test_edges_that_are_forgotten(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.edge_scores

    def fewer(*given: Any) -> Any:
        found = true(*given)
        return replace(found, heads=found.heads * 0, mlp=found.mlp * 0)

    monkeypatch.setattr(experiment, "edge_scores", fewer)
    assert not check("patch_map.edges", "All estimated edges", **TASK).holds


@pytest.mark.breaks("patch_map.edges", "^The strongest edge into a query")
def test_edges_by_another_logit(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.exact_edges

    def more(*given: Any) -> Any:
        found = true(*given)
        return replace(found, heads=found.heads + found.heads.sign() * 0.1)

    monkeypatch.setattr(experiment, "exact_edges", more)
    assert not check("patch_map.edges", "The strongest edge", **TASK).holds
