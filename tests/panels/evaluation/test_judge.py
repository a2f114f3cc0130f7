"""Judge: a small model in both orders, and log-odds that are transformers' own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from explorer.experiments.evaluation import judge as experiment
from explorer.figures.evaluation import judge as figure
from explorer.panels.protocol import Check, Rendered
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.mark.parametrize("marks", ["letters", "numbers"])
def test_pairs_in_both_orders(view: View, marks: str) -> None:
    shown = view("judge.orders", pairs=4, marks=marks)
    made = shown[-1].data
    assert all(check.holds for check in shown[-1].checks)
    assert [each.kind for each in made.summaries] == ["all", "sum", "copy", "grammar"]
    assert made.summaries[0].pairs == len(made.pairs) == made.total == 12
    for pair in made.pairs:
        assert pair.preference + pair.bias == pytest.approx(pair.right_first, abs=1e-9)
        assert (pair.winner == "tie") == ((pair.right_first > 0) == (pair.wrong_first > 0))
    assert made.summaries[0].ties == sum(pair.winner == "tie" for pair in made.pairs)


def test_a_judge_that_always_says_first_agrees_by_half(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "log_odds", lambda *_: 2.0)
    made = view("judge.orders", pairs=4)[-1].data.summaries[0]
    assert (made.both_orders, made.right_first, made.wrong_first) == (0.5, 1, 0)
    assert made.bias.mean == 2
    assert made.ties == made.pairs


def test_a_judge_that_knows_the_truth_is_right(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = experiment.questions(4)
    first = {experiment.prompt(each, each.right, each.wrong, "letters") for each in asked}
    monkeypatch.setattr(experiment, "log_odds", lambda _model, text, _marks: 1.0 if text in first else -1.0)
    made = view("judge.orders", pairs=4)[-1].data.summaries[0]
    assert (made.both_orders, made.ties, made.bias.mean) == (1, 0, 0)


def test_questions_have_two_answers() -> None:
    asked = experiment.questions(24)
    assert len(asked) == 72
    for each in asked:
        assert each.right != each.wrong
        if each.kind == "sum":
            a, b = (int(word.strip("?")) for word in each.question.split() if word.strip("?").isdigit())
            assert int(each.right) == a + b


@pytest.mark.breaks("judge.orders", r"^The log-odds of \d+ pairs in both orders = those that transformers computes$")
def test_orders_that_are_mixed_up(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.verdict
    monkeypatch.setattr(experiment, "verdict", lambda one, other: real(other, one))
    assert not check("judge.orders", "transformers", pairs=4).holds


def test_the_summary_of_no_kind_is_all(small: Model) -> None:
    (first, *_) = experiment.judged(small, experiment.questions(1), "letters")
    made: Any = figure.orders("", [first], 3, "")
    assert made.summaries[0].kind == "all"
    assert made.summaries[0].bias.low is None
