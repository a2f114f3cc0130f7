"""Arena on a small model: answers one by one, simulated voters, and checks that fail where they are broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.experiments.evaluation import arena as experiment
from explorer.experiments.evaluation import simulated_votes as simulation
from explorer.figures.evaluation import arena as figure
from explorer.panels import panels
from explorer.panels.evaluation import arena_views
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.evaluation.bradley_terry import bradley_terry
from explorer.stack.evaluation.bradley_terry import style as bradley_terry_style
from explorer.stack.evaluation.elo import Game
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing.capturing.changed_weights import under
from explorer.tracing.key import TraceKey, read_interventions
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_answers_come_one_by_one(view: View) -> None:
    shown = view("arena.vote", new=12)
    assert [len(each.data.answers) for each in shown] == [1, 2, 3, 4, 4]
    made = shown[-1].data
    assert not any(each.data.whole for each in shown[:-1])
    assert made.whole
    assert all(check.holds for check in shown[-1].checks)
    assert len({answer.contestant for answer in made.answers}) == 4
    assert all(0 < answer.tokens <= 12 for answer in made.answers)
    assert all(answer.contestant.startswith("Six Kinds dense, ") for answer in made.answers)
    assert made.proof.ratings == pytest.approx(bradley_terry(figure.PROVED, 4, ridge=figure.RIDGE).ratings)


def test_two_models_of_the_shelf_meet_under_one_setting(view: View) -> None:
    shown = view("arena.vote", new=12, models="page,six-kinds-moe,int2", settings="greedy")[-1]
    names = [answer.contestant for answer in shown.data.answers]
    assert len(names) == len(set(names)) == 3
    assert all(name.endswith(", greedy") for name in names)
    assert names[2] == names[0].replace(", greedy", " in INT2, greedy")
    assert len({answer.text for answer in shown.data.answers}) == 3
    assert shown.checks[0].holds
    assert {"six-kinds-moe", "int2"} <= {each.key for each in shown.data.models}


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ("page,nonsense", "There is no model"),
        ("cache:int4", "There is no model"),
        ("do", "There is no model"),
        ("../x", "There is no model"),
        ("page,quantized:nobody+int2", "is not at hand"),
        ("page,trained:six-kinds-dense@3", ""),
    ],
)
def test_a_model_that_cannot_take_part_is_said(view: View, models: str, words: str) -> None:
    made = view("arena.vote", new=12, models=models, settings="greedy")[-1].data
    assert words in made.wrong
    assert made.wrong
    assert len(made.answers) == ("page" in models)


def test_no_setting_and_no_greedy_answer(view: View) -> None:
    assert not view("arena.vote", new=12, settings="nothing")[-1].data.answers
    drawn = view("arena.vote", new=12, settings="t0.7,t1.5")[-1]
    assert len(drawn.data.answers) == 2
    assert not drawn.checks  # nothing greedy is there to be held against transformers


def test_the_other_runs_model_takes_part(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = under(small, TraceKey(small.name, "", interventions=read_interventions(["quant:all:int2"])))
    scene = Scene(loaded=small, other_model=changed, settings=panels()["arena"].settings)
    *_, shown = arena_views.vote(replace(scene, controls={"new": 12, "settings": "greedy"}))
    one, other = shown.data.answers
    assert "quant:all:int2 (the other run)" in other.contestant
    assert one.text != other.text


def test_the_seed_is_all_that_draws(small: Model) -> None:
    one, again, other = (
        [each.ids for each in experiment.answers(experiment.Taking("", small), "Once upon a time", 8, seed)]
        for seed in (1, 1, 2)
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
    assert made.needed == simulation.votes_needed(100.0) == 103
    assert view("arena.voters", votes=50, gap=0)[-1].data.needed is None


def test_so_many_votes_tell_two_apart() -> None:
    """In about four of five arenas."""
    needed, generator = simulation.votes_needed(100.0), torch.Generator().manual_seed(0)
    assert needed is not None
    told = 0
    for _ in range(200):
        made = bradley_terry(simulation.voted([1050.0, 950.0], needed, generator), 2)
        told += made.ratings[0] - made.ratings[1] > 1.96 * made.error_between(0, 1)
    assert 0.7 < told / 200 < 0.9


def test_strengths_come_back() -> None:
    true = [1100.0, 1000.0, 900.0]
    made = bradley_terry(simulation.voted(true, 20_000, torch.Generator().manual_seed(0)), 3)
    assert made.ratings == pytest.approx(true, abs=12)


def test_length_controlled_ratings(view: View) -> None:
    """The votes alone take the longest writer for the strongest; with lengths the order is the true one."""
    made = view("arena.style", votes=1000, gap=100, pull=2.0)[-1].data
    assert made.true == (1150, 1050, 950, 850)
    assert made.plain.ratings[0] < made.plain.ratings[-1]
    assert sorted(made.controlled.ratings, reverse=True) == list(made.controlled.ratings)
    assert made.found == pytest.approx(2.0, abs=0.5)
    assert made.covered[0] < 10
    assert made.covered[1] > 85
    equal = view("arena.style", votes=500, gap=50, pull=0.0)[-1].data
    assert min(equal.covered) > 85  # nobody looks at the length: both fits hold


def test_lengths_of_the_proof_are_the_modules(view: View) -> None:
    made = figure.proof()
    first, second = torch.tensor(made.lengths, dtype=torch.float64).T[:, :, None]
    games = [Game(*each) for each in made.games]
    fit = bradley_terry(games, 4, features=bradley_terry_style(first, second), ridge=figure.RIDGE)
    assert made.controlled == pytest.approx(fit.ratings)
    assert made.controlled != pytest.approx(made.ratings)
    assert made.pull == pytest.approx(float(fit.style[0]))


@pytest.mark.breaks("arena.style", r"^With length controlled, the interval holds")
def test_lengths_that_are_lost(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = simulation.bradley_terry

    def without(games: Any, players: int, features: torch.Tensor | None = None) -> Any:
        return real(games, players, features=None if features is None else torch.zeros_like(features))

    monkeypatch.setattr(simulation, "bradley_terry", without)
    assert not check("arena.style", "length controlled", votes=200).holds


@pytest.mark.breaks("arena.vote", r"^Each token of a greedy answer is the likeliest")
def test_a_greedy_answer_that_is_drawn(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(experiment.SETTINGS, experiment.GREEDY, Sampler(temperature=1.5))
    assert not check("arena.vote", "greedy", new=12).holds


@pytest.mark.breaks("arena.voters", r"^The interval of 95 % holds the true difference")
def test_errors_that_are_too_small(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = simulation.bradley_terry

    def sure(*arguments: Any, **named: Any) -> Any:
        made = real(*arguments, **named)
        return replace(made, covariance=made.covariance / 4)

    monkeypatch.setattr(simulation, "bradley_terry", sure)
    assert not check("arena.voters", "holds the true", votes=50).holds
