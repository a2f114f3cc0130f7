"""SFT: a conversation by hand, what a step moves, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.finetuning import sft as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.finetuning.tuned import Tuned

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_the_answer_and_its_end_are_learnt_and_nothing_else(view: View, small) -> None:
    data = view("sft.conversation", request="Who goes there?", answer="A friend.")[-1].data
    said = small.tokenizer.decode([i for i, yes in zip(data.ids, data.learnt, strict=True) if yes])
    assert said.strip() == "A friend."
    assert not data.template  # the model has none: the plain one
    assert data.first == data.learnt.tolist().index(True) == data.by_length
    assert np.isnan(data.loss[0])
    assert np.isfinite(data.loss[1:]).all()


def test_checks_hold_on_texts_of_any_kind(view: View) -> None:
    for answer in ("🙂", "مرحبا", "x" * 40, "  two spaces"):
        assert all(each.holds for each in view("sft.conversation", answer=answer)[-1].checks)


def test_a_step_makes_the_answer_likelier_and_moves_the_rest(view: View) -> None:
    made = view("sft.step", length=0.1)[-1]
    data = made.data
    assert made.checks[0].holds
    learnt = data.learnt
    assert data.after[learnt].mean() < data.before[learnt].mean()
    assert np.abs(data.other_after[1:] - data.other_before[1:]).max() > 1e-4
    assert data.by_layer.sum() == pytest.approx(1, abs=1e-3)
    twice = view("sft.step", length=0.1)[-1].data
    assert np.array_equal(twice.after, data.after, equal_nan=True)


def test_what_cannot_be_learnt_is_refused(view: View) -> None:
    with pytest.raises(NotApplicableError, match="no answer"):
        view("sft.conversation", answer=" ")
    with pytest.raises(NotApplicableError, match="no token to predict"):
        view("sft.step", other="a")
    with pytest.raises(BadRequestError, match="tokens, and 160 are taken"):
        view("sft.conversation", request="q z x j " * 37, answer="q z x j " * 37)


@pytest.mark.breaks("sft.conversation", r"^First token of the answer by its place")
def test_a_mask_that_is_one_token_late(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.learnt

    def late(*given: object) -> tuple[bool, ...]:
        found = list(real(*given))  # pyright: ignore[reportArgumentType]
        found[found.index(True)] = False
        return tuple(found)

    monkeypatch.setattr(experiment, "learnt", late)
    assert not check("sft.conversation", "First token").holds


@pytest.mark.breaks("sft.conversation", r"^Mean loss of the answer")
def test_losses_of_the_tokens_before(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.losses
    monkeypatch.setattr(experiment, "losses", lambda logits, ids: real(logits, ids).roll(1))
    assert not check("sft.conversation", "Mean loss").holds


@pytest.mark.breaks("sft.step", r"^Loss falls by the gradient")
def test_a_gradient_of_another_batch(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Tuned.loss
    calls = []

    def other(self: Tuned, rows: object) -> object:
        calls.append(rows)
        found = real(self, rows)  # pyright: ignore[reportArgumentType]
        if len(calls) == 1:  # the one whose gradient is taken
            return type(found)({"lm": 2 * found.parts["lm"]})
        return found

    monkeypatch.setattr(Tuned, "loss", other)
    assert not check("sft.step", "Loss falls").holds
