"""Cycles: a puzzle's boards, the recording; each check fails when broken."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from explorer.corpora import sudoku
from explorer.experiments.frontier import cycles as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.training import recursive

Find = Callable[[str, str], Check]


def _shown(view: str, **controls: str) -> list[Rendered]:
    from explorer.panels import panels

    made = panels()["cycles"].rendering(view)(Scene(controls=controls))
    return [made] if isinstance(made, Rendered) else list(made)


@pytest.fixture
def check() -> Find:
    def find(view: str, statement: str) -> Check:
        (found,) = [each for each in _shown(view)[-1].checks if statement in each.statement]
        return found

    return find


def test_the_shown_puzzle_is_solved_and_stays_so() -> None:
    (shown,) = _shown("think")
    data = shown.data
    assert all(each.holds for each in shown.checks), shown.checks
    assert (data.solutions, data.answers.shape) == (1, (16, 16))
    at = data.right.index(True)
    assert data.answers[at].tolist() == data.solution.tolist()
    assert torch.allclose(data.probabilities.sum(-1), torch.ones(16, 16))
    assert sum(each.count for each in data.ends) == experiment.STARTS
    (other,) = _shown("think", net="one_cycle", cycles="64")
    assert not all(other.data.right)  # a net that was never asked to go on loses what it has
    assert all(each.holds for each in other.checks), other.checks


def test_puzzles_without_a_solution_and_what_is_none() -> None:
    (shown,) = _shown("think", puzzle="11.. .... .... ....", cycles="4")
    assert (shown.data.solutions, any(shown.data.right), shown.data.solution.tolist()) == (0, False, [0] * 16)
    assert "16 cells" in _shown("think", puzzle="12")[0].data.problem


def test_what_was_recorded() -> None:
    first, last = _shown("curves")
    assert not first.checks
    assert all(each.holds for each in last.checks), last.checks
    data, (own, one) = last.data, last.data.arms
    assert (own.arm, own.seeds, one.arm) == ("recursive", 5, "one_cycle")
    assert float(data.gain.low[0]) > 0.1  # longer thinking solves more, beyond what seeds do
    assert float(own.held.mean[-1]) > float(own.held.mean[0]) + 0.1
    assert all(math.isnan(each) for each in one.still_right)  # the other net never stands still
    assert data.given[-1] == 15  # one empty cell


@pytest.mark.breaks("cycles.think", "^Plain code in float64, with a loop over the heads")
def test_a_cycle_that_forgets_the_puzzle(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.Recursive.cycle
    monkeypatch.setattr(experiment.Recursive, "cycle", lambda self, state, x: true(self, state, 0.9 * x))
    assert not check("think", "Plain code").holds


@pytest.mark.breaks("cycles.curves", "^The kept nets solve now what was recorded")
def test_a_recording_of_other_nets(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = experiment.outcomes()
    other = [replace(each, held=[share + 0.05 for share in each.held]) for each in kept]
    monkeypatch.setattr(experiment, "outcomes", lambda: other)
    assert not check("curves", "The kept nets").holds


@pytest.mark.breaks("cycles.curves", "^No renaming or move of cells turns a held-out grid into a trained one")
def test_a_split_by_grids_alone(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sudoku, "kinds", lambda: torch.arange(288) % 2)
    assert not check("curves", "No renaming").holds


def test_it_is_trained_by_its_recipe(tmp_path: Any) -> None:
    said = (experiment.folder() / recursive.FILE).read_text(encoding="utf-8")
    small = said.replace("steps = 1000", "steps = 3").replace("[0, 1, 2, 3, 4]", "[0]").replace("400", "8")
    (tmp_path / recursive.FILE).write_text(small.replace("cycles = 16", "cycles = 3"), encoding="utf-8")
    told: list[str] = []
    recursive.run(tmp_path / recursive.FILE, told.append)
    first = load_file(tmp_path / "recursive.safetensors")
    found = recursive.outcomes(tmp_path)
    assert [(each.arm, each.seed, len(each.held)) for each in found] == [("recursive", 0, 3), ("one_cycle", 0, 3)]
    assert len(told) == 2
    recursive.run(tmp_path / recursive.FILE, told.append)
    again = load_file(tmp_path / "recursive.safetensors")  # the same net again, but for what another thread adds up
    assert again.keys() == first.keys()
    assert all(torch.allclose(again[name].float(), first[name].float(), atol=1e-4) for name in first)
