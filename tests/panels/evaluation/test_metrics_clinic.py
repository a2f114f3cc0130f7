"""Metrics clinic: known answers of each defect, and checks that fail where the right formula is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explorer.figures.evaluation import metrics_clinic as figure
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_the_mean_explains_nothing_but_by_one_formula(view: View) -> None:
    made = view("metrics_clinic.variance")[-1].data
    assert made.true == pytest.approx(0, abs=1e-9)
    assert made.squared_squares == pytest.approx(0.935, abs=2e-3)
    same = view("metrics_clinic.variance", noise="same")[-1].data
    assert (same.true, same.ratio_averaged, same.squared_squares) == (1, 1, 1)


def test_a_ratio_is_decided_by_short_tokens(view: View) -> None:
    made = view("metrics_clinic.variance", noise="half", scales="two", shift=0)[-1].data
    assert made.true > 0.7
    assert made.ratio_averaged < -1


def test_far_from_zero_the_variance_is_negative(view: View) -> None:
    made = view("metrics_clinic.variance", shift=10)[-1].data
    assert made.coded_variance < 0
    assert made.squared_squares > 1
    assert made.variance == pytest.approx(64, rel=0.05)


def test_filters_and_judgements(view: View) -> None:
    made = view("metrics_clinic.filters", text="I pay 7. ...", right="7")[-1].data
    found = {(text.text[:13], cut.filter): (cut.found, cut.right) for text in made.texts for cut in text.cuts}
    assert found["The answer is", "flexible"] == ("...", False)
    assert found["The answer is", "digit first"] == ("5", True)
    assert found["I pay 7. ...", "flexible"] == ("...", False)
    assert [[cut.right for cut in each.cuts] for each in made.judgements] == [[False, True], [True, True]]
    assert not any(cut.right for text in made.texts for cut in text.cuts if text.right == "18")  # 6 stands last


def test_a_short_batch_counts_too_much(view: View) -> None:
    made = view("metrics_clinic.denominators", last=1)[-1].data
    assert made.of_means - made.of_tokens > 0.1, "a batch of one token has nothing before it"
    even = view("metrics_clinic.denominators", last=64)[-1].data
    assert even.of_means == pytest.approx(even.of_tokens)
    assert (made.answered, made.right, made.items) == (1, 1, 5)


def test_three_orders_three_ratings(view: View) -> None:
    made = view("metrics_clinic.order", order="losses")[-1].data
    assert made.others["wins"] == pytest.approx(997.9268, abs=5e-5)
    assert made.others["losses"] == made.elo[-1] == pytest.approx(1002.0732, abs=5e-5)
    assert made.others["turns"] == pytest.approx(999.7921, abs=5e-5)
    assert made.bradley_terry == pytest.approx(1000)
    assert sum(made.scores) == 10


@pytest.mark.breaks("metrics_clinic.variance", r"^The right formula = each coordinate")
def test_a_ratio_averaged_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = figure.explained_variance

    def wrong(x: Any, y: Any) -> Any:
        made = real(x, y)
        return replace(made, true=made.ratio_averaged)

    monkeypatch.setattr(figure, "explained_variance", wrong)
    assert not check("metrics_clinic.variance", "The right formula", noise="half", scales="two").holds


@pytest.mark.breaks("metrics_clinic.denominators", r"^The weighted mean of the batches")
def test_a_mean_of_means_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = figure.denominators

    def wrong(batches: Any) -> Any:
        made = real(batches)
        return replace(made, of_tokens=made.of_means)

    monkeypatch.setattr(figure, "denominators", wrong)
    assert not check("metrics_clinic.denominators", "The weighted mean", last=3).holds


@pytest.mark.breaks("metrics_clinic.order", r"^Bradley-Terry’s fit")
def test_a_fit_of_the_last_games_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = figure.bradley_terry
    monkeypatch.setattr(figure, "bradley_terry", lambda games, players: real(games[-15:], players))
    assert not check("metrics_clinic.order", "fit").holds
