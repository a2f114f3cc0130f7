"""Preferences: a policy that begins as its reference, a step by its terms, what is refused, what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from explorer.corpora import preferences
from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.finetuning import pairs_drawn, preferring
from explorer.panels import panels
from explorer.panels.finetuning import preferences_views
from explorer.panels.preference_choices import LOSSES, RULES
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.finetuning.preferences import one_parameter, training
from explorer.stack.finetuning.preferences.methods import TITLES
from explorer.stack.finetuning.preferences.pairs import Terms
from explorer.stack.finetuning.preferences.sequences import Answers, answers
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
PAIR, FALLS = {"steps": 1, "rule": "own"}, {"steps": 0, "rule": "own"}


def test_the_panels_offer_every_loss_and_every_rule() -> None:
    assert dict(LOSSES) == TITLES
    assert {name for name, _ in RULES} == set(preferences.RULES)


def test_before_the_first_step_the_policy_is_the_reference(view: View) -> None:
    data = view("preferences.pair", steps=0)[-1].data
    assert np.array_equal(data.chosen.reference, data.chosen.policy)
    assert data.way_chosen.shape == (1, pairs_drawn.PAIRS)
    assert {each.name: float(each.y[0]) for each in data.losses}["dpo"] == pytest.approx(np.log(2), abs=1e-6)
    assert data.about == "The answer that is the number asked for is preferred."


def test_steps_are_drawn_as_they_are_done_and_widen_the_margin(view: View) -> None:
    shown = view("preferences.pair", steps=2, rate=0.001)
    assert [each.data.way_chosen.shape[0] for each in shown] == [1, 2, 3, 3, 3]
    assert all(not each.checks for each in shown[:-1])
    data = shown[-1].data
    margin = data.way_chosen - data.way_rejected
    assert (margin[1:] > margin[:-1]).all()
    ratio = float((data.chosen.policy - data.chosen.reference).sum())
    assert ratio == pytest.approx(float(data.way_chosen[-1, 0]), abs=1e-3)
    assert all(each.holds for each in shown[-1].checks), shown[-1].checks
    for loss in data.losses:  # every pair lies on its curve
        on = np.interp(loss.x, loss.curve_x, loss.curve_y)
        assert np.allclose(on, loss.y, rtol=0.1, atol=0.02), loss.name


@pytest.mark.parametrize("method", ["dpo", "orpo", "kto"])
def test_terms_add_up_to_what_is_measured(method: str, view: View) -> None:
    made = view("preferences.falls", method=method, length=0.01, **FALLS)[-1]
    data = made.data
    assert all(each.holds for each in made.checks), made.checks
    assert ("cross-entropy of the chosen texts" in data.terms) == (method == "orpo")
    real = float((data.chosen.after - data.chosen.before).sum())
    assert real == pytest.approx(sum(data.chosen.predicted), rel=0.2, abs=2e-3)
    # What the rejected term does to the chosen answer, the chosen term does to the rejected one, the other way round.
    if method == "dpo":
        assert data.chosen.predicted[1] == pytest.approx(-data.rejected.predicted[0], rel=1e-4)


@pytest.mark.thorough
def test_the_pair_that_opens_on_the_default_model_falls(model: Model) -> None:
    *_, made = panels()["preferences"].results("falls", Scene(model, None))
    data = made.data
    assert all(each.holds for each in made.checks), made.checks
    assert float((data.chosen.after - data.chosen.before).sum()) < 0
    assert data.chosen.predicted[0] > 0 > data.chosen.predicted[1]
    assert data.cosine > 0.5


def test_a_step_on_the_pair_alone_has_two_terms(view: View) -> None:
    assert len(view("preferences.falls", scope="pair", **FALLS)[-1].data.terms) == 2


def test_the_stream_before_the_last_blocks_is_read_once(small: Model) -> None:
    pairs = pairs_drawn.in_tokens(small, pairs_drawn.taken("correct", 5, pairs_drawn.Preference("a", "b", "c")))
    rows = pairs_drawn.rows_of(small.decoder, pairs, 1)
    ids, learnt = rows.answers.rows.ids, rows.answers.rows.learnt
    with torch.no_grad():
        whole = answers(small.decoder(ids), ids, learnt)
    assert torch.allclose(whole.logp, rows.reference.logp, atol=1e-4)
    assert rows.mismatched is not None
    first = pairs[0].chosen
    asked = first.learnt.index(True)
    assert rows.mismatched.rows.ids[0, :asked].tolist() == list(first.ids[:asked])
    assert rows.mismatched.rows.ids[0, asked : asked + 3].tolist() != list(first.ids[asked : asked + 3])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"chosen": "It is Bergen."}, "Both answers are the same"),
        ({"chosen": " "}, "The chosen answer is empty"),
        ({"rejected": ""}, "The rejected answer is empty"),
        ({"request": " "}, "The request is empty"),
        ({"chosen": "q z x j " * 37}, "tokens with its template, and"),
        ({"chosen": "Oslo<|endoftext|>"}, "which ends or begins turns"),
    ],
)
def test_pairs_that_say_nothing_are_refused(given: dict[str, str], words: str, view: View) -> None:
    with pytest.raises(BadRequestError, match=words):
        view("preferences.pair", rule="own", **given)


def test_a_loss_that_asks_nothing_more_is_said(view: View) -> None:
    with pytest.raises(BadRequestError, match="The gradient is nought"):
        view("preferences.falls", method="hinge", beta=10.0, steps=2, rate=0.01)


def test_numbers_that_are_none_stop_the_training(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    real = training.scored

    def broken(*given: Any) -> Answers:
        found = real(*given)
        return replace(found, logp=found.logp * float("nan")) if torch.is_grad_enabled() else found

    monkeypatch.setattr(training, "scored", broken)
    with pytest.raises(NotApplicableError, match="The training stopped"):
        view("preferences.pair", steps=1)


def test_markup_is_a_text(view: View) -> None:
    data = view("preferences.pair", rule="own", steps=0, chosen="<b>Oslo</b>", request="<i>Norway?</i>")[-1].data
    assert data.pairs[0].chosen == "<b>Oslo</b>"
    assert data.about.startswith("You prefer the chosen answer. The other pairs have a rule:")


def test_the_chosen_answer_must_fall(view: View) -> None:
    data = view("preferences.smallest", start=0.5)[-1].data
    assert (np.diff(data.ab) < 0).all()
    assert (np.diff(data.margin) > 0).all()
    high = view("preferences.smallest", start=0.8)[-1].data
    assert np.diff(high.ab)[0] > 0
    assert float(data.by_chosen[0]) == pytest.approx(0, abs=1e-6)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("preferences.pair", r"^Log-probabilities of this pair’s answers by the reference")
def test_an_answer_that_is_scored_one_token_late(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = training.scored

    def late(*given: Any) -> Answers:
        found = real(*given)
        return replace(found, logp=found.logp * found.learnt.roll(1, -1))

    monkeypatch.setattr(training, "scored", late)
    assert not check("preferences.pair", "Log-probabilities", **PAIR).holds


@pytest.mark.breaks("preferences.pair", r"^Weights of the gradient by formula")
def test_weights_that_are_not_the_slope(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = preferring.terms

    def wrong(*given: Any) -> Terms:
        found = real(*given)
        return replace(found, lowers=found.lowers * 1.1)

    monkeypatch.setattr(preferring, "terms", wrong)
    assert not check("preferences.pair", "Weights of the gradient", **PAIR).holds


@pytest.mark.breaks("preferences.falls", r"^Change of both answers by inner products")
def test_a_gradient_of_another_length(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = preferring._dot  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(
        preferring, "_dot", lambda one, other: real(one, other) if one is other else 1.2 * real(one, other)
    )
    assert not check("preferences.falls", "Change of both answers", **FALLS).holds


@pytest.mark.breaks("preferences.falls", r"^Answers’ gradients times their weights")
def test_a_rejected_answer_that_is_forgotten(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = training.Preferred.terms

    def without(self: training.Preferred, rows: Any) -> Any:
        found, scored = real(self, rows)
        return replace(found, lowers=found.lowers * 0.9), scored

    monkeypatch.setattr(training.Preferred, "terms", without)
    assert not check("preferences.falls", "Answers’ gradients", **FALLS).holds


@pytest.mark.breaks("preferences.smallest", r"^Steps by the formula")
def test_a_step_without_the_sigmoid(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(start: float, beta: float, rate: float, steps: int) -> one_parameter.Path:
        t = torch.logit(torch.tensor(start, dtype=torch.float64))
        return one_parameter.Path(torch.stack([t - rate * beta * each / 2 for each in range(steps + 1)]), beta)

    monkeypatch.setattr(preferences_views.one_parameter, "fallen", wrong)
    assert not check("preferences.smallest", "Steps by the formula").holds
