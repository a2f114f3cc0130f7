"""Contamination: a training with planted leaks is told by its probabilities, and checks that fail where broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from explorer.experiments.evaluation import contamination as experiment
from explorer.figures.evaluation import contamination as figure
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training of a moment, asked once."""
    real = experiment.trained
    monkeypatch.setattr(experiment, "trained", lambda test, _, seed, tell: real(test, 3, seed, tell))


@pytest.mark.thorough
def test_leaks_are_told_after_two_hundred_steps(view: View) -> None:
    shown = view("contamination.leaks", steps=200)
    made = shown[-1].data
    assert all(check.holds for check in shown[-1].checks)
    assert [each.step for each in made.course] == list(range(20, 201, 20))
    assert made.course[-1].loss < made.course[0].loss - 0.5
    for name in experiment.MEASURES:
        assert made.course[-1].auroc[name] > 0.9, name


@pytest.mark.usefixtures("short")
def test_a_training_is_a_function_of_its_seed(view: View) -> None:
    one, again, other = (view("contamination.leaks", seed=seed)[-1].data.scores for seed in (1, 1, 2))
    assert one == again
    assert one != other


@pytest.mark.usefixtures("short")
def test_every_second_text_is_planted(view: View) -> None:
    shown = view("contamination.leaks")
    made = shown[-1].data
    assert all(check.holds for check in shown[-1].checks)
    assert sum(item.leaked for item in made.items) * 2 == len(made.items)
    assert all(item.overlap == 1 for item in made.items if item.leaked)
    assert all(item.overlap < 0.5 for item in made.items if not item.leaked)


@pytest.mark.usefixtures("short")
@pytest.mark.breaks("contamination.leaks", r"^Counted pair by pair")
def test_groups_that_are_mixed_up(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = figure.auroc
    monkeypatch.setattr(figure, "auroc", lambda members, others: real(others, members))
    assert not check("contamination.leaks", "pair by pair").holds


@pytest.mark.usefixtures("short")
@pytest.mark.breaks("contamination.leaks", r"^The word overlap of every planted text is whole$")
def test_an_overlap_with_other_texts(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real: Any = figure.overlap
    monkeypatch.setattr(figure, "overlap", lambda words, texts, n: real(words, texts[1:], n))
    assert not check("contamination.leaks", "word overlap").holds
