"""Is it real, on the small model's dictionaries and on known features; and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explorer.experiments.inside import features, is_it_real
from explorer.panels.protocol import Check, Rendered
from explorer.stack.frontier.sparse_autoencoders.metrics import Predicted

QUICK = {"steps": "20", "features": "128", "width": "128"}
View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "WINDOWS", 2)
    monkeypatch.setattr(is_it_real, "WINDOWS", 3)
    monkeypatch.setattr(is_it_real, "VECTORS", 2_000)
    monkeypatch.setattr(is_it_real, "HELD", 400)


def test_trained_dictionaries_leave_their_placebos_behind(view: View) -> None:
    shown = view("is_it_real.bought")
    assert [each.data.done for each in shown] == list(range(1, shown[-1].data.of + 1))
    made = shown[-1].data
    assert all(each.holds for each in shown[-1].checks), shown[-1].checks
    trained, placebo = ([each for each in made.dictionaries if each.role == role] for role in ("trained", "placebo"))
    assert min(each.explained for each in trained) > max(each.explained for each in placebo) + 0.2
    for name in ("zero", "mean", "resample"):
        assert min(each.recovered[name] for each in trained) > max(each.recovered[name] for each in placebo)
    assert all(each.ratio_averaged != each.explained for each in made.dictionaries)
    assert all(each.role in ("trained", "placebo") for each in made.curves)


def test_what_is_known_is_counted_seed_by_seed(view: View) -> None:
    shown = view("is_it_real.truth", **QUICK)
    assert [len(each.data.runs) for each in shown] == [1, 2, 3, 4, 5, 6]
    made = shown[-1].data
    assert all(each.holds for each in shown[-1].checks), shown[-1].checks
    assert bool((made.often.diff() <= 0).all())
    assert {(each.role, each.seed) for each in made.runs} == {(r, s) for r in ("trained", "placebo") for s in (0, 1, 2)}
    assert max(each.recovered for each in made.runs if each.role == "placebo") < 0.1


@pytest.mark.breaks("is_it_real.bought", r"with the stream as it is = what transformers computes$")
def test_a_loss_that_forgets_the_last_token(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = is_it_real.Runs.predicted

    def off(self: is_it_real.Runs, stream: Any) -> Predicted:
        made = plain(self, stream)
        return replace(made, loss=1.01 * made.loss)

    monkeypatch.setattr(is_it_real.Runs, "predicted", off)
    assert not check("is_it_real.bought", "transformers").holds


@pytest.mark.breaks("is_it_real.truth", r"^The placebos’ mean best cosine")
def test_a_placebo_that_learns(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = is_it_real.recovery

    def better(directions: Any, dictionary: Any) -> Any:
        return plain(directions, directions)

    monkeypatch.setattr(is_it_real, "recovery", better)
    assert not check("is_it_real.truth", "best cosine", **QUICK).holds
