"""Shots on a small model: accuracies counted from the items, losses as transformers has them, limits that are said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.corpora.tasks import shelf
from explorer.errors import NotApplicableError
from explorer.experiments.evaluation import shots as experiment
from explorer.figures.evaluation import shots as figure
from explorer.panels.protocol import Check, Rendered
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"task": "copy", "items": 12, "most": 2}
SHORT = {"task": "facts", "length": 6, "sequences": 4}


def test_points_come_one_by_one(view: View) -> None:
    shown = view("shots.curve", **FEW)
    made = shown[-1].data
    assert [len(part.data.points) for part in shown] == list(range(1, made.total + 1))
    assert [(point.shots, point.arm) for point in made.points] == experiment.plan(2)
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    none = made.points[0]
    for point in made.points:
        assert point.low <= point.accuracy <= point.high
        assert point.accuracy == pytest.approx(none.accuracy + (point.won - point.lost) / 12)


def test_no_item_is_among_its_own_examples_and_orders_are_one_draw(small: Model) -> None:
    task = shelf.own("facts")
    task = replace(task, items=task.items[:4], shots=task.items[:4])  # so few that each would soon meet itself
    *_, made = experiment.curve(small, task, 4, 2)
    for point in made.points:
        for each in point.found:
            assert each.asked.item not in each.asked.examples
            assert len(each.asked.examples) == point.shots
    drawn, turned = (
        [each.asked.examples for each in point.found]
        for point in made.points
        if point.shots == 2 and point.arm in ("as drawn", "reversed")
    )
    assert [each[::-1] for each in turned] == drawn


def test_more_examples_than_the_task_has_are_not_measured_and_that_is_said(small: Model) -> None:
    task = shelf.own("facts")
    task = replace(task, items=task.items[:3], shots=task.items[:3])
    *_, made = experiment.curve(small, task, 3, 4)
    assert made.whole
    assert max(point.shots for point in made.points) == 2
    assert "4 examples are not measured" in figure.curve(made).stopped


def test_the_first_answer_of_a_prompt_costs_what_it_costs_alone(small: Model) -> None:
    """Nothing stands before it: one pass over the sequence = a request behind the question."""
    for task in ("facts", "copy", "agreement"):
        (read,) = experiment.sequences(small, shelf.own(task), 1, 6, seed=3)
        assert read.here[0] == pytest.approx(read.alone[0], abs=1e-3)
        words = [str(small.tokenizer.decode(list(read.ids[start:end]))).strip() for start, end in read.spans]
        assert words == [each.target for each in read.examples]


def test_losses_come_prompt_by_prompt(view: View) -> None:
    shown = view("shots.loss", **SHORT)
    made = shown[-1].data
    assert [part.data.sequences for part in shown] == [1, 2, 3, 4]
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    assert len(made.answers) == len(made.places) == 6
    assert shown[0].data.gain_low is None
    assert made.gain_low < made.gain < made.gain_high
    assert all(0 <= place.low <= place.here <= place.high for place in made.places)
    later = [place.alone - place.here for place in made.places[3:]]
    assert made.gain == pytest.approx(sum(later) / 3)


def test_a_prompt_longer_than_the_context_is_refused(small: Model) -> None:
    with pytest.raises(NotApplicableError, match="the model reads"):
        list(experiment.sequences(small, shelf.own("induction"), 1, 60, seed=0))


@pytest.mark.breaks("shots.curve", r"^\d+ choices of all points, behind shared keys and values")
def test_attention_that_reads_wrong_values(check: Find, wrong_values: Callable[[], None]) -> None:
    wrong_values()
    assert not check("shots.curve", "of all points", **FEW).holds


@pytest.mark.breaks("shots.loss", r"^The losses of \d+ answers in the first prompt = those of transformers")
def test_losses_one_token_late(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.surprises
    monkeypatch.setattr(experiment, "surprises", lambda decoder, ids, targets: real(decoder, ids, targets).roll(1))
    assert not check("shots.loss", "The losses", **SHORT).holds
