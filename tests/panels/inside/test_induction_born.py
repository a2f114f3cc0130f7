"""Induction is born: the recording shows what is said of it; the live one trains; each check fails when broken."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explorer.experiments.inside import induction_born as experiment
from explorer.experiments.inside import induction_kept
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
QUICK = {"steps": "4"}


def test_the_recording_has_induction_in_two_layers_alone(view: View) -> None:
    (shown,) = view("induction_born.recorded")
    data = shown.data
    two, one, _ = data.births
    assert (two.name, two.count, one.name, one.count) == ("two layers", two.seeds, "one layer", 0)
    assert two.seeds >= 3
    assert two.half > 0
    assert two.accuracy > 0.9 > 0.4 > one.accuracy
    assert all(check.holds for check in shown.checks), shown.checks
    for course in induction_kept.stored().of("two layers"):
        assert course.cause is not None
        assert course.cause.without_pair[0] < course.cause.accuracy - 0.4  # without both, copying is gone
    assert tuple(data.heads.pictures.shape[1:]) == (2, 40, 40)


def test_it_is_drawn_as_it_trains(view: View) -> None:
    shown = view("induction_born.live", **QUICK)
    assert len(shown) == 4
    last = shown[-1]
    assert [each.name for each in last.data.courses] == ["two layers", "one layer", "wider start"]
    assert last.data.courses[0].step.tolist() == list(range(5))
    assert all(each.holds for each in last.checks), last.checks
    assert not shown[0].checks
    assert len(last.data.heads.terms) == 6


@pytest.mark.breaks("induction_born.recorded", "^Without the two heads that its keys read most")
def test_a_head_that_another_replaces(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = induction_kept.stored()

    def unharmed(curve: induction_kept.Curve) -> induction_kept.Curve:
        if curve.cause is None:
            return curve
        same = (curve.cause.accuracy, curve.cause.score)
        return replace(curve, cause=replace(curve.cause, without_pair=same))

    other = replace(kept, curves=tuple(unharmed(each) for each in kept.curves))
    monkeypatch.setattr(induction_kept, "stored", lambda: other)
    assert not check("induction_born.recorded", "Without the two heads").holds


@pytest.mark.breaks("induction_born.live", "^The induction head’s scores, added up from what wrote its keys")
def test_a_head_that_is_not_counted(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.key_terms
    monkeypatch.setattr(experiment, "key_terms", lambda *given: 3 * true(*given))
    assert not check("induction_born.live", "added up from", **QUICK).holds


@pytest.mark.breaks("induction_born.live", "^Left out of the run, the previous-token head changes the logits")
def test_a_run_that_leaves_nothing_out(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.AttentionOnly.looked
    monkeypatch.setattr(experiment.AttentionOnly, "looked", lambda self, ids, without=(): true(self, ids))
    assert not check("induction_born.live", "Left out of", **QUICK).holds


@pytest.mark.breaks("induction_born.live", "trained again with the same seed are the same$")
def test_a_training_that_draws_elsewhere(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    true, calls = experiment.begun, iter(range(100))

    def drifting(name: str, layers: int, std: float, seed: int) -> Any:
        return true(name, layers, std, seed + next(calls))

    monkeypatch.setattr(experiment, "begun", drifting)
    assert not check("induction_born.live", "trained again", **QUICK).holds


def test_birth_is_the_first_step_over_the_threshold() -> None:
    assert math.isnan(experiment.born([0, 1], [0.0, 0.3]))
    assert experiment.born([0, 5, 9], [0.1, 0.31, 0.9]) == 5
