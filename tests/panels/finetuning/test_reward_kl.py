"""Reward against KL: the frontier, the trainings beside it, flawed rewards, and what breaks each check."""

from __future__ import annotations

import itertools
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
    assert [each.stage for each in data.runs].count("dpo") == 1
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


@pytest.mark.breaks("reward_kl.hacking", r"^Both exact means at β 0.1")
def test_a_reward_that_is_another_on_texts(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(flawed.FLAWED, "digit", lambda of, answer: 1 - flawed.last_digit(of, answer))  # pyright: ignore[reportArgumentType]
    experiment.flawed_rewards.cache_clear()
    real = flawed.rewards
    monkeypatch.setattr(flawed, "rewards", lambda flaw, of: 1 - real(flaw, of))
    assert not check("reward_kl.hacking", "Both exact means", flaw="digit").holds


def test_the_few_are_those_of_the_trainings() -> None:
    assert len(pipeline.few()) == pipeline.recipe().run.measured == experiment.reference().shape[0]
