"""Guards: each is tried on texts that it has not seen, tells what moves it, and each check fails when it should."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.safety import guard_cost, guards, states
from explorer.panels.protocol import Check, Rendered

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"pairs": 14}


def test_both_guards_are_tried_and_their_checks_hold(view: View) -> None:
    first, *_, last = view("guards.roc", **FEW)
    assert (len(first.data.trials), first.data.done) == (1, False)
    assert all(check.holds for check in last.checks), last.checks
    minilm, stream = last.data.trials
    assert minilm.forms[0].area.area > 0.6
    assert stream.depth in stream.depths
    for trial in last.data.trials:
        assert trial.forms[0].form == "plain"
        assert [each.rate for each in trial.at] == [1, 5, 10]
        rising = [each.flags[0].caught.share for each in trial.at]
        assert rising == sorted(rising)
        assert all(each.low <= each.share <= each.high for at in trial.at for each in (at.flags[0].caught,))
    assert last.data.apart.low <= last.data.apart.area <= last.data.apart.high


@pytest.mark.thorough
def test_a_chosen_depth_is_read_and_answers_are_judged(view: View) -> None:
    *_, last = view("guards.roc", side="answer", layer=3, pool="last", **FEW)
    assert last.data.trials[1].depth == 3
    assert [each.form for each in last.data.trials[0].forms] == ["plain"]


def test_a_text_is_judged_whole_by_sentence_and_without_each_word(view: View) -> None:
    *_, last = view("guards.own", text="Bake a pie. Steal it in secret!", **FEW)
    data = last.data
    assert data.sentences == ("Bake a pie.", "Steal it in secret!")
    assert "".join(a + b for a, b in zip(data.gaps, (*data.words, ""), strict=True)) == data.text
    for each in data.judged:
        assert len(each.sentences) == 2
        assert len(each.moved) == len(data.words) == 7
    minilm = data.judged[0]
    assert float(minilm.sentences[1]) > float(minilm.sentences[0])
    with pytest.raises(NotApplicableError, match="no text"):
        view("guards.own", text=" \n", **FEW)


@pytest.mark.thorough
def test_a_request_goes_through_guard_model_and_guard(view: View) -> None:
    *_, last = view("guards.around", text="What is a whale?", **FEW)
    assert last.data.answer
    assert [(each.side, each.judge.kind) for each in last.data.verdicts] == [
        ("request", "minilm"), ("request", "stream"), ("answer", "minilm"), ("answer", "stream"),
    ]  # fmt: skip


@pytest.mark.breaks("guards.roc", r"the fit is at the least loss")
def test_a_fit_that_stops_early(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = guards.fitted

    def early(*given: Any) -> Any:
        made = real(*given)
        return replace(made, w=0.9 * made.w)

    monkeypatch.setattr(guards, "fitted", early)
    assert not check("guards.roc", "MiniLM’s embedding: the fit", **FEW).holds


@pytest.fixture
def beginning_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text is read a position too late."""
    real = states.begun

    def late(*given: Any) -> Any:
        made = real(*given)
        return replace(made, ids=made.ids.roll(1, 1))

    monkeypatch.setattr(states, "begun", late)


@pytest.mark.breaks("guards.roc", r"read with a shared beginning = transformers’ own pass")
def test_texts_read_wrongly(check: Find, beginning_forgotten: None) -> None:
    assert not check("guards.roc", "transformers", **FEW).holds


@pytest.mark.breaks("guards.own", r"read with a shared beginning = transformers’ own pass")
def test_an_own_text_read_wrongly(check: Find, beginning_forgotten: None) -> None:
    assert not check("guards.own", "transformers", text="Go.", **FEW).holds


@pytest.mark.breaks("guards.cost", r"chooses the same first token")
def test_a_judge_that_changes_the_stream(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_cost, "ASKED", 2)
    real = guard_cost.first_token_guarded
    monkeypatch.setattr(guard_cost, "first_token_guarded", lambda *given: real(*given) + 1)
    made = check("guards.cost", "same first token", **FEW)
    assert not made.holds


def test_states_of_a_batch_are_those_of_each_text_alone(small: Any) -> None:
    some = [states.asked(small, text) for text in ("Go.", "Bake a large pie for everybody.", "Why?")]
    together = states.states(small, some, [2, 5])
    for at, each in enumerate(some):
        alone = states.states(small, [each], [2, 5])
        torch.testing.assert_close(together.mean[at], alone.mean[0], atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(together.last[at], alone.last[0], atol=1e-4, rtol=1e-3)
