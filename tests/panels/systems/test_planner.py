"""Planner: 70B on 64 cards, what is refused, what a cluster of none says, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from explorer.experiments.systems import published_runs
from explorer.panels.protocol import Check, Rendered
from explorer.stack.parallelism.planning import memory
from explorer.stack.parallelism.planning.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_70b_on_64_cards(view: View) -> None:
    data = view("planner.plans")[-1].data
    assert data.cards == 64
    best = data.cells[data.best]
    assert not best.refused
    assert best.cost.bytes <= data.usable
    assert best.plan.cards == 64
    refused = {each.constraint for each in data.cells if each.refused}
    assert {"node", "blocks", "memory", "cards"} <= refused
    assert all(each.refused.endswith(".") for each in data.cells if each.refused)


@pytest.mark.parametrize(("cards", "said"), [(0, "take 1 or more"), (1_000_000, "")])
def test_no_cards_and_too_many(view: View, cards: int, said: str) -> None:
    data = view("planner.plans", cards=cards)[-1].data
    assert data.best is None
    assert said in data.refused
    assert all("sequences feed" in each.refused or each.constraint != "batch" for each in data.cells)
    typical = view("planner.typical", cards=cards)[-1].data
    assert typical.refused


def test_the_references_layout_is_costed_beside_the_best(view: View) -> None:
    data = view("planner.typical")[-1].data
    assert (data.plan.tp, data.plan.pp, data.plan.dp, data.plan.zero) == (8, 2, 4, 1)
    assert data.best.cost.seconds <= data.cost.seconds
    assert [each.name for each in data.links] == ["tensor", "pipeline", "data"]
    tensor = next(each for each in data.links if each.name == "tensor")
    named = {each.name: each.amount for each in data.cost.time}
    assert tensor.bytes / tensor.rate == pytest.approx(named["tensor"], rel=1e-3)


def test_more_cards_shorten_a_step_and_cost_more_hours(view: View) -> None:
    grown = [each for each in view("planner.growth", model="Llama 3 8B", tokens=1)[-1].data.grown if each.cost]
    seconds = [each.cost.seconds for each in grown]
    assert seconds[-1] < seconds[0] / 50
    assert grown[-1].hours > 1.2 * min(each.hours for each in grown)


def test_published_runs_are_shown_with_their_errors(view: View) -> None:
    data = view("planner.published")[-1].data
    assert len(data.runs) == 39
    assert sum(abs(each.error) <= data.goal for each in data.runs) >= 26
    assert all(each.address.startswith("https://") for each in data.runs)
    assert all(each.assumed or each.plan_read for each in data.runs)


@pytest.mark.breaks("planner.plans", r"^The planner’s matrices = the released weights")
def test_a_feed_forward_without_its_gate(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    right = Model.feed_forward
    monkeypatch.setattr(Model, "feed_forward", lambda self, width: right(replace(self, gated=False), width))
    view("planner.plans", cards=0)


@pytest.mark.breaks("planner.plans", r"^GPT-3’s activations = Korthikanti’s")
def test_activations_without_sequence_parallelism(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    right = memory.kept_by_a_token
    monkeypatch.setattr(
        "explorer.panels.systems.planner_views.kept_by_a_token",
        lambda model, plan: right(model, replace(plan, sequence=False)),
    )
    view("planner.plans", cards=0)


@pytest.mark.breaks("planner.published", r"^A source’s two numbers are one speed, \d+ runs")
def test_work_that_counts_masked_scores_everywhere(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    right = published_runs.work
    monkeypatch.setattr(published_runs, "work", lambda model, plan, _counts: right(model, plan, "useful"))
    published_runs.published_runs.cache_clear()
    try:
        view("planner.published")
    finally:
        published_runs.published_runs.cache_clear()
