"""Emergence: two metrics of the same answers, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import exp

import pytest

from explorer.experiments.pretraining import emergence as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.training import sweep as training

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_every_run_answers_every_drill(view: View) -> None:
    made = view("emergence.metrics")[-1].data
    assert [drill.kind for drill in made.drills] == ["copy", "back", "code", "sum"]
    for drill in made.drills:
        assert len(drill.runs) >= 12
        losses = [run.loss for run in drill.runs]
        assert losses == sorted(losses, reverse=True)
        for run in drill.runs:
            assert len(run.exact) == len(drill.answer)
            assert list(run.exact) == sorted(run.exact, reverse=True)  # a longer answer is no easier
            assert run.exact[-1] <= run.right + 1e-3
            assert 0 < run.likelihood <= 1


def test_the_largest_step_is_a_share_of_the_whole_way(view: View) -> None:
    for drill in view("emergence.metrics")[-1].data.drills:
        soft = [run.likelihood for run in drill.runs]
        steps = [abs(after - before) for before, after in zip(soft[:-1], soft[1:], strict=True)]
        assert drill.sharpest_likelihood == pytest.approx(max(steps) / (max(soft) - min(soft)))


def test_likelihood_is_a_geometric_mean() -> None:
    assert experiment.likelihood(experiment.Answers(0.5, 0.7, 0.1, (0.1,))) == exp(-0.5)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("emergence.metrics", r"^Exact match of each run = that at the end of its training curve")
def test_a_row_of_another_run(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.ordered

    def better(made: object) -> tuple[experiment.Run, ...]:
        first, *others = real(made)  # pyright: ignore[reportArgumentType]
        wrong = {kind: replace(each, exact=(*each.exact[:-1], 0.5)) for kind, each in first.drills.items()}
        return (replace(first, drills=wrong), *others)

    monkeypatch.setattr(experiment, "ordered", better)
    assert not check("emergence.metrics", "Exact match of each run").holds


@pytest.mark.breaks("emergence.length", r"^Answers that count as exact = those that greedy decoding writes")
def test_answers_read_one_place_too_late(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(model: object, questions: training.Questions) -> dict[str, float]:
        moved = tuple(ids.roll(1, -1) for ids in questions.rows)
        return training.answered(model, replace(questions, rows=moved))  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(experiment, "answered", late)
    experiment.greedy.cache_clear()
    assert not check("emergence.length", "greedy decoding").holds
    experiment.greedy.cache_clear()
