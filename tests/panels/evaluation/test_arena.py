"""Arena on a small model: answers one by one, simulated voters, and checks that fail where they are broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.experiments.evaluation import arena as experiment
from explorer.figures.evaluation import arena as figure
from explorer.panels.protocol import Check, Rendered
from explorer.stack.evaluation.bradley_terry import bradley_terry
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_answers_come_one_by_one(view: View) -> None:
    shown = view("arena.vote", new=12)
    assert [len(each.data.answers) for each in shown] == [1, 2, 3, 4]
    made = shown[-1].data
    assert made.whole
    assert all(check.holds for check in shown[-1].checks)
    assert len({answer.contestant for answer in made.answers}) == 4
    assert all(0 < answer.tokens <= 12 for answer in made.answers)
    assert made.proof.ratings == pytest.approx(bradley_terry(figure.PROVED, 4, ridge=figure.RIDGE).ratings)


def test_the_seed_is_all_that_draws(small: Model) -> None:
    one, again, other = (
        [each.ids for each in experiment.answers(small, "Once upon a time", 8, seed)] for seed in (1, 1, 2)
    )
    assert one == again
    assert one != other
    assert one[0] == other[0]  # greedy


def test_simulated_voters(view: View) -> None:
    made = view("arena.voters", votes=200, gap=100)[-1].data
    assert [each.votes for each in made.fitted] == [10, 20, 50, 100, 200]
    widths = [each.half[0] for each in made.fitted]
    assert widths[-1] < widths[1] / 2
    assert made.true == (1150, 1050, 950, 850)
    assert made.needed == experiment.votes_needed(100.0) == 103
    assert view("arena.voters", votes=50, gap=0)[-1].data.needed is None


def test_so_many_votes_tell_two_apart() -> None:
    """In about four of five arenas."""
    needed, generator = experiment.votes_needed(100.0), torch.Generator().manual_seed(0)
    assert needed is not None
    told = 0
    for _ in range(200):
        made = bradley_terry(experiment.voted([1050.0, 950.0], needed, generator), 2)
        told += made.ratings[0] - made.ratings[1] > 1.96 * made.error_between(0, 1)
    assert 0.7 < told / 200 < 0.9


def test_strengths_come_back() -> None:
    true = [1100.0, 1000.0, 900.0]
    made = bradley_terry(experiment.voted(true, 20_000, torch.Generator().manual_seed(0)), 3)
    assert made.ratings == pytest.approx(true, abs=12)


@pytest.mark.breaks("arena.vote", r"^Each token of a greedy answer is the likeliest")
def test_a_greedy_answer_that_is_drawn(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(experiment.SETTINGS, experiment.GREEDY, Sampler(temperature=1.5))
    assert not check("arena.vote", "greedy", new=12).holds


@pytest.mark.breaks("arena.voters", r"^The interval of 95 % holds the true difference")
def test_errors_that_are_too_small(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.bradley_terry

    def sure(*arguments: Any, **named: Any) -> Any:
        made = real(*arguments, **named)
        return replace(made, covariance=made.covariance / 4)

    monkeypatch.setattr(experiment, "bradley_terry", sure)
    assert not check("arena.voters", "holds the true", votes=50).holds
