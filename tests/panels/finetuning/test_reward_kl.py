"""Reward against KL: the frontier, the trainings beside it, flawed rewards, and what breaks each check."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator

import pytest

from explorer.experiments.finetuning import pipeline
from explorer.experiments.finetuning import reward_kl as experiment
from explorer.panels.finetuning.reward_kl import PANEL
from explorer.panels.protocol import Check, Rendered
from explorer.stack.finetuning import flawed, optimum
from explorer.stack.finetuning.flawed import FLAWED

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def counted_anew() -> Iterator[None]:
    """What a broken mechanism has counted is not kept."""
    yield
    for each in (experiment.flawed_rewards, experiment.true_rewards):
        each.cache_clear()


def test_the_slider_offers_what_is_counted() -> None:
    assert PANEL.settings["beta"].values == experiment.BETAS
    assert PANEL.settings["flaw"].values == tuple(FLAWED)


def test_trainings_beside_the_frontier(view: View) -> None:
    made = view("reward_kl.frontier")[-1]
    assert all(each.holds for each in made.checks)
    data = made.data
    assert [each.stage for each in data.runs].count("grpo") == 3
    assert [each.stage for each in data.runs].count("ppo") == 3
    assert [each.stage for each in data.runs].count("dpo") == 1
    assert {each.stage for each in data.runs} == {"dpo", "grpo", "ppo"}
    for run in data.runs:
        assert run.steps[0].kl == pytest.approx(0, abs=1e-6)
        assert run.steps[0].reward == pytest.approx(data.start, abs=1e-4)
        assert run.steps[-1].kl > 0
    by_beta = sorted(data.frontier, key=lambda each: each.beta)
    for one, other in itertools.pairwise(by_beta):
        assert one.reward >= other.reward
        assert one.kl >= other.kl
    assert by_beta[0].reward > 0.99
    # At a large beta nothing is worth its way.
    assert by_beta[-1].reward == pytest.approx(data.start, abs=0.1)


def test_ppo_pays_for_its_way(view: View) -> None:
    """At the beta that it was trained at each of its runs ends worth more than each of GRPO, which nothing holds."""
    data = view("reward_kl.frontier")[-1].data
    assert data.ppo_beta in {each.beta for each in data.frontier}
    worth = {
        stage: [run.steps[-1].reward - data.ppo_beta * run.steps[-1].kl for run in data.runs if run.stage == stage]
        for stage in ("ppo", "grpo")
    }
    assert min(worth["ppo"]) > max(worth["grpo"])


def test_one_sum_answer_by_answer(view: View) -> None:
    made = view("reward_kl.optimum", sum="45+29")[-1]
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert data.prompt == "45+29="
    assert data.held_out
    assert [each.name for each in data.stages] == ["sft", "dpo", "grpo"]
    assert data.right[:2] == (True, True)
    assert {"74", "14+60"} == set(data.answers[:2])
    reference = data.stages[0]
    assert reference.kl == 0
    one, other = reference.p[:2]
    for row, point in zip(data.best, data.frontier, strict=True):
        assert row[0] / row[1] == pytest.approx(one / other, rel=1e-9)
        assert row[data.answers.index("74")] <= point.reward + 1e-12
    # A right answer gains what the formula says: exp(1 / beta) / Z.
    at = [each.beta for each in data.frontier].index(0.5)
    Z = reference.reward * math.exp(2) + 1 - reference.reward
    assert data.best[at][0] == pytest.approx(one * math.exp(2) / Z, rel=1e-9)


def test_a_sum_that_is_none_is_said(view: View) -> None:
    data = view("reward_kl.optimum", sum="60+60")[-1].data
    assert "not among the sums" in data.refused
    assert data.prompt == pipeline.FIRST.prompt
    assert pipeline.asked(str(PANEL.settings["sum"].default)) == pipeline.FIRST


def test_trainings_on_the_flawed_reward(view: View) -> None:
    """By default proxy goes up and truth falls: for the best policy, and in each of three trainings."""
    data = view("reward_kl.hacking")[-1].data
    at = next(each for each in data.points if each.beta == PANEL.settings["beta"].default)
    assert at.proxy > data.proxy + 0.05
    assert at.truth < data.truth - 0.1
    assert len(data.runs) == 3
    for run in data.runs:
        assert run.steps[0].proxy == pytest.approx(data.proxy, abs=1e-4)
        assert run.steps[-1].proxy > data.proxy + 0.1
        assert run.steps[-1].truth < data.truth / 2
    assert experiment.flaw_trained() == PANEL.settings["flaw"].default
    assert not view("reward_kl.hacking", flaw="parts")[-1].data.runs


@pytest.mark.parametrize("flaw", list(FLAWED))
def test_a_flawed_reward_rises(view: View, flaw: str) -> None:
    made = view("reward_kl.hacking", flaw=flaw)[-1]
    assert all(each.holds for each in made.checks)
    data = made.data
    path = sorted(data.points, key=lambda each: each.kl)
    assert path[-1].proxy > data.proxy
    assert all(other.proxy >= one.proxy for one, other in itertools.pairwise(path))
    if flaw == "large":  # nearly no sum has the largest answer
        assert path[-1].truth < data.truth / 2


@pytest.mark.breaks("reward_kl.frontier", r"^No recorded policy lies above the frontier")
def test_a_frontier_that_lies_too_low(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = optimum.expected
    monkeypatch.setattr(optimum, "expected", lambda logp, reward: 0.5 * real(logp, reward))
    assert not check("reward_kl.frontier", "No recorded policy").holds


@pytest.mark.breaks("reward_kl.frontier", r"^The frontier’s values = those that mirror ascent reaches")
def test_a_reward_that_is_not_divided_by_beta(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = optimum.optimum
    monkeypatch.setattr(optimum, "optimum", lambda reference, reward, beta: real(reference, 0.9 * reward, beta))
    assert not check("reward_kl.frontier", "mirror ascent").holds


@pytest.mark.breaks("reward_kl.optimum", r"^π\* as the formula has it = where mirror ascent ends")
def test_a_factor_that_is_too_small(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = optimum.optimum
    monkeypatch.setattr(optimum, "optimum", lambda reference, reward, beta: real(reference, 0.9 * reward, beta))
    assert not check("reward_kl.optimum", "π* as the formula").holds


@pytest.mark.breaks("reward_kl.hacking", r"^Both exact means at β 0.1")
def test_a_reward_that_is_another_on_texts(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(flawed.FLAWED, "digit", lambda of, answer: 1 - flawed.last_digit(of, answer))  # pyright: ignore[reportArgumentType]
    experiment.flawed_rewards.cache_clear()
    real = flawed.rewards
    monkeypatch.setattr(flawed, "rewards", lambda flaw, of: 1 - real(flaw, of))
    assert not check("reward_kl.hacking", "Both exact means", flaw="digit").holds


def test_the_few_are_those_of_the_trainings() -> None:
    assert len(pipeline.few()) == pipeline.recipe().run.measured == experiment.reference().shape[0]
