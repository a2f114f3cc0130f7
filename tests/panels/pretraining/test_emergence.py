"""Emergence: two metrics of the same answers, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import exp

import pytest

from explorer.experiments.pretraining import emergence as experiment
from explorer.experiments.pretraining.sweep import Answers
from explorer.panels.protocol import Check, Rendered
from explorer.training import sweep as training

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_every_model_answers_every_drill(view: View) -> None:
    made = view("emergence.metrics")[-1].data
    assert [drill.kind for drill in made.drills] == ["copy", "back", "code", "sum"]
    for drill in made.drills:
        sizes = [model.parameters for model in drill.models]
        assert sizes == sorted(sizes)
        assert len(sizes) == 4
        for model in drill.models:
            assert len(model.points) >= 8
            for point in model.points:
                assert point.compute == 6 * model.parameters * point.tokens
                assert len(point.exact) == len(drill.answer)
                assert list(point.exact) == sorted(point.exact, reverse=True)  # a longer answer is no easier
                assert point.exact[-1] <= point.right + 1e-3
                assert 0 < point.likelihood <= 1


def test_the_largest_step_is_a_share_of_the_whole_way(view: View) -> None:
    for drill in view("emergence.metrics")[-1].data.drills:
        for model in drill.models:
            soft = [point.likelihood for point in model.points]
            steps = [abs(after - before) for before, after in pairwise(soft)]
            assert model.sharpest_likelihood == pytest.approx(max(steps) / (max(soft) - min(soft)))


def test_likelihood_is_a_geometric_mean() -> None:
    assert experiment.likelihood(Answers(0.5, 0.7, 0.1, (0.1,))) == exp(-0.5)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("emergence.metrics", r"^Answers at the end of each training = those of its model, asked anew")
def test_answers_of_another_model(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    *made, last = experiment.asked()
    wrong = {kind: replace(each, exact=(*each.exact[:-1], 0.123)) for kind, each in last.drills.items()}
    monkeypatch.setattr(experiment, "asked", lambda: (*made, replace(last, drills=wrong)))
    assert not check("emergence.metrics", "asked anew").holds


@pytest.mark.breaks("emergence.length", r"^Answers that count as exact = those that greedy decoding writes")
def test_answers_read_one_place_too_late(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(model: object, questions: training.Questions) -> dict[str, float]:
        moved = tuple(ids.roll(1, -1) for ids in questions.rows)
        return training.answered(model, replace(questions, rows=moved))  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(experiment, "answered", late)
    experiment.greedy.cache_clear()
    assert not check("emergence.length", "greedy decoding").holds
    experiment.greedy.cache_clear()
