"""Objectives: a sentence by hand, texts of any kind, and what breaks each check."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.experiments.pretraining import objectives as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining.objectives import causal, infilling, masked, spans, twin

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]

TEXTS = ["a", "🙂🙂 👩‍👩‍👧", "مرحبا بالعالم", " ", "<|endoftext|>", "x" * 400]


def by_name(made: Rendered) -> dict:
    return {each.name: each for each in made.data.examples}


def test_the_runs_text_and_ones_own(view: View, run) -> None:
    own = view("objectives.examples")[-1].data
    assert list(own.ids) == run.ids.tolist()[: len(own.ids)]
    typed = view("objectives.examples", text="The cat sat on the mat.")[-1]
    assert typed.data.text == "The cat sat on the mat."
    assert typed.data.ids != own.ids
    assert set(by_name(typed)) == {"clm", "mlm", "spans", "prefix", "fim", "mtp"}


def test_shares_of_a_text(view: View) -> None:
    data = view("objectives.examples", text="The cat sat on the mat and slept.", heads=2)[-1]
    n, made = len(data.data.ids), by_name(data)
    assert made["clm"].share == pytest.approx((n - 1) / n)
    assert made["fim"].predicted == n
    assert int((made["mtp"].targets != -100).sum()) == (n - 1) + (n - 2)
    assert (data.data.source, data.data.fits, data.data.target) == (512, 568, 114)


@pytest.mark.parametrize("text", TEXTS)
def test_texts_of_any_kind(view: View, text: str) -> None:
    made = view("objectives.examples", text=text)[-1]
    assert all(check.holds for check in made.checks)
    assert ("spans" in by_name(made)) == (len(made.data.ids) > 1) == (not made.data.missing)
    assert len(made.data.ids) <= experiment.LONGEST
    if len(made.data.ids) > 1:
        assert all(check.holds for check in view("objectives.losses", text=text)[-1].checks)


def test_a_seed_draws_anew(view: View) -> None:
    one, same, other = (by_name(view("objectives.examples", seed=seed)[-1])["mlm"].targets for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_one_token_gives_no_loss(view: View) -> None:
    with pytest.raises(NotApplicableError, match="one token"):
        view("objectives.losses", text="a")


def test_losses_of_the_model(view: View, small, run) -> None:
    shown = view("objectives.losses", seed=1)[-1]
    data, n = shown.data, len(shown.data.ids)
    assert len(shown.checks) == 4
    assert all(check.holds for check in shown.checks)
    assert sorted(data.order.tolist()) == list(range(n))
    # What stands before the middle is read alike in both orders.
    same = slice(1, data.begin)
    np.testing.assert_allclose(data.causal[same], data.middle_last[same], atol=1e-3)
    logits = small.hf(torch.tensor([list(data.ids)])).logits[0]
    expected = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(data.ids[1:]), reduction="none")
    np.testing.assert_allclose(data.causal[1:], expected.detach().numpy(), atol=1e-3)
    assert math.isnan(data.causal[0])


@pytest.mark.breaks("objectives.examples", r"^Masked: targets, and inputs elsewhere")
def test_a_target_that_is_not_the_text(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = masked.masked

    def wrong(text: torch.Tensor, *given: object) -> object:
        return real(text.roll(1), *given)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(masked, "masked", wrong)
    assert not check("objectives.examples", "Masked").holds


@pytest.mark.breaks("objectives.examples", r"^Fill in the middle: its parts put together")
@pytest.mark.parametrize("order", ["psm", "spm"])
def test_a_middle_before_its_prefix(check: Find, monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    real = infilling.infill

    def wrong(text: torch.Tensor, cut: infilling.Cut, *given: object) -> object:
        return real(text.flip(0), cut, *given)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(infilling, "infill", wrong)
    assert not check("objectives.examples", "Fill in the middle", order=order).holds


@pytest.mark.breaks("objectives.examples", r"^Span corruption: source and target put together")
def test_spans_behind_the_wrong_sentinels(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = spans.corrupted

    def wrong(text: torch.Tensor, noise: torch.Tensor, sentinels: tuple[int, ...]) -> object:
        made = real(text, noise, sentinels)
        made.target[1:] = made.target[1:].flip(0)
        return made

    monkeypatch.setattr(spans, "corrupted", wrong)
    assert not check("objectives.examples", "Span corruption", rate=0.5).holds


@pytest.mark.breaks("objectives.losses", r"^Mean loss of our decoder")
@pytest.mark.breaks("objectives.losses", r"^Mean loss behind the prefix")
@pytest.mark.breaks("objectives.losses", r"^Mean loss with the middle last")
@pytest.mark.parametrize("part", ["of our decoder", "behind the prefix", "the middle last"])
def test_a_loss_against_the_token_itself(check: Find, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    real = experiment.surprises
    monkeypatch.setattr(
        experiment, "surprises", lambda decoder, ids, wanted: real(decoder, ids, list(ids)[-len(wanted) :])
    )
    assert not check("objectives.losses", part).holds


@pytest.mark.breaks("objectives.losses", r"^Mean loss against the token after the next")
def test_labels_shifted_once(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(causal, "shifted_twice", causal.next_tokens)
    assert not check("objectives.losses", "after the next").holds


def test_the_six_trained_models_read_a_text(view: View) -> None:
    shown = view(
        "objectives.trained", text="The king of France is in the house of his father and his friends.", seed=58
    )[-1]
    data = shown.data
    assert all(check.holds for check in shown.checks)
    made = {each.name: each for each in data.twins}
    assert list(made) == ["clm", "mlm", "spans", "prefix", "fim", "mtp"]
    n = len(data.ids)
    assert np.isnan(made["clm"].nats).tolist() == [True] + [False] * (n - 1)
    assert 0 < (~np.isnan(made["mlm"].nats)).sum() < n / 2
    assert not made["clm"].hidden.any()
    assert (~np.isnan(made["spans"].nats) == made["spans"].hidden).all()  # what is cut out is what is asked for
    assert len(made["mtp"].heads) == 4
    flops = [each.run.flops for each in data.twins]
    assert max(flops) / min(flops) < 1.01  # compute matched
    assert made["mlm"].run.targets / made["mlm"].run.tokens == pytest.approx(0.15, abs=0.02)


@pytest.mark.parametrize("text", ["🙂🙂 👩‍👩‍👧", "مرحبا بالعالم", "x" * 400])
def test_the_trained_models_read_texts_of_any_kind(view: View, text: str) -> None:
    shown = view("objectives.trained", text=text)[-1]
    assert all(check.holds for check in shown.checks)
    assert len(shown.data.ids) <= 64


def test_one_token_is_too_few_for_the_trained_models(view: View) -> None:
    with pytest.raises(NotApplicableError, match="One token"):
        view("objectives.trained", text="a")


@pytest.mark.breaks("objectives.trained", r"^Losses of the models trained here")
def test_a_mask_that_is_left_out_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin, "Masked", lambda _: "sdpa")  # whatever the positions allow: causal
    assert not check("objectives.trained", "trained here =", text="The king of France is in the house.", seed=3).holds
