"""Train on preferences: both begin alike and part, a training that loses its numbers, what breaks the check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import pairs_drawn, preference_runs, preferring
from explorer.panels.protocol import Check, Rendered
from explorer.stack.finetuning.adapter import Adapter
from explorer.stack.finetuning.preferences import training
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
TINY = {"rule": "polite", "steps": 2, "pairs": 4, "rate": 0.001}


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preference_runs, "NEW", 2)
    monkeypatch.setattr(preference_runs, "DRAWN", 1)
    monkeypatch.setattr(preference_runs, "MEASURED", 1)


def test_both_begin_as_the_reference_and_part(view: View) -> None:
    shown = view("preference_training.two", **TINY)
    assert all(not each.checks for each in shown[:-1])
    last = shown[-1]
    assert last.checks[0].holds, last.checks
    one, other = last.data.runs
    assert (one.name, other.name) == ("dpo", "simpo")
    for run in (one, other):
        assert [each.step for each in run.points] == [0, 2]
        assert len(run.losses) == 2
        first = run.points[0]
        assert (first.chosen, first.rejected) == (0, 0)
        assert first.kl == pytest.approx(0, abs=1e-9)
        assert run.points[-1].kl > 0
        assert run.points[-1].chosen - run.points[-1].rejected > 0
    assert one.losses[0] == pytest.approx(np.log(2), abs=1e-6)
    assert one.points[0].said == other.points[0].said
    assert one.points[-1].chosen != other.points[-1].chosen


@pytest.mark.thorough
def test_the_same_loss_twice_is_the_same_training(view: View) -> None:
    one, other = view("preference_training.two", one="dpo", other="dpo", **TINY)[-1].data.runs
    assert replace(one, title="") == replace(other, title="")


def test_a_training_that_loses_its_numbers_stops_and_the_other_goes_on(
    view: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = training.terms

    def broken(name: str, *given: Any) -> Any:
        found = real(name, *given)  # pyright: ignore[reportArgumentType]
        return replace(found, loss=found.loss * float("nan")) if name == "simpo" else found

    monkeypatch.setattr(training, "terms", broken)
    one, other = view("preference_training.two", **TINY)[-1].data.runs
    assert other.stopped == "the loss is not a number at step 1"
    assert [each.step for each in other.points] == [0]
    assert len(one.losses) == 2
    assert not one.stopped


def test_a_batch_has_what_was_worked_out_of_its_pairs(small: Model) -> None:
    pairs = pairs_drawn.in_tokens(small, pairs_drawn.taken("polite", 0, pairs_drawn.Preference("a", "b", "c"), 4))
    rows = pairs_drawn.rows_of(small.decoder, pairs, preferring.first_block(small.decoder))
    some = rows.some([2, 0])
    assert torch.equal(some.reference.total, rows.reference.total[[2, 0, 6, 4]])
    policy = training.Preferred(preferring.adapted(small.decoder, 0), "kto")
    with torch.no_grad():
        batch, _ = policy.batch(some)
    assert batch.mismatched is not None
    assert torch.allclose(batch.mismatched, torch.zeros(4), atol=1e-4)
    order = preference_runs.Shuffled(rows, 0)
    assert sorted(order.order(0) + order.order(1)) == [0, 1, 2, 3]


def test_no_prompt_is_refused(view: View) -> None:
    with pytest.raises(NotApplicableError, match="There is no prompt"):
        view("preference_training.two", ask=" ", **TINY)


@pytest.mark.breaks("preference_training.two", r"^The first held-out pair by the last blocks")
def test_an_adapter_that_is_merged_too_strongly(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = preference_runs.merged

    def other(decoder: Any, *worn: tuple[Adapter, float]) -> Any:
        return real(decoder, *((adapter, 3 * by) for adapter, by in worn))

    monkeypatch.setattr(preference_runs, "merged", other)
    assert not check("preference_training.two", "The first held-out pair", **TINY).holds
