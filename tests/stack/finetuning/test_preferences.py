"""Losses of preferences: known numbers, weights of the gradient against autograd, and what holds of each."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import BadRequestError
from explorer.stack.finetuning.preferences import direct
from explorer.stack.finetuning.preferences.methods import NAMES, Batch, Name, Settings, terms
from explorer.stack.finetuning.preferences.pairs import Compared
from explorer.stack.finetuning.preferences.sequences import answers
from explorer.stack.finetuning.preferences.unpaired import kto, rolled
from explorer.stack.finetuning.preferences.without_reference import log1mexp, orpo, simpo

NATS = st.floats(-40.0, -0.5)
PAIR = st.tuples(NATS, NATS, NATS, NATS)


def compared(rows: list[tuple[float, float, float, float]], tokens: tuple[int, int] = (5, 4)) -> Compared:
    n = len(rows)
    columns = [list(each) for each in zip(*rows, strict=True)]
    return Compared.of(*columns, tokens=([tokens[0]] * n, [tokens[1]] * n))


def test_known_numbers() -> None:
    pair = compared([(-10.0, -12.0, -11.0, -11.0)])
    assert direct.dpo(pair, 0.1).loss.item() == pytest.approx(0.598139, abs=1e-6)
    assert direct.ipo(pair, 0.1, by_token=False).loss.item() == pytest.approx(9.0)
    assert direct.ipo(pair, 0.1).loss.item() == pytest.approx(20.7025)
    assert direct.hinge(pair, 0.1).loss.item() == pytest.approx(0.8)
    averages = compared([(-5.0, -6.0, 0.0, 0.0)])
    found = orpo(averages, torch.tensor(2.0, dtype=torch.float64), 0.1)
    assert found.logits.item() == pytest.approx(0.706193, abs=1e-6)
    assert found.loss.item() == pytest.approx(0.0401135, abs=1e-7)
    assert found.total.item() == pytest.approx(2.0401135, abs=1e-7)
    assert simpo(averages, 2.5, 0.5).loss.item() == pytest.approx(0.386871, abs=1e-6)


def test_label_smoothing_is_two_losses() -> None:
    """cDPO expects wrong labels; robust DPO's expectation under them is DPO's loss."""
    pair, flipped = compared([(-10.0, -12.0, -11.0, -11.0)]), compared([(-12.0, -10.0, -11.0, -11.0)])
    right, wrong = direct.dpo(pair).loss, direct.dpo(flipped).loss
    assert torch.allclose(direct.cdpo(pair, wrong=0.2).loss, 0.8 * right + 0.2 * wrong)
    expected = 0.8 * direct.robust(pair, wrong=0.2).loss + 0.2 * direct.robust(flipped, wrong=0.2).loss
    assert torch.allclose(expected, right)
    for made in (direct.cdpo, direct.robust):
        assert torch.allclose(made(pair, wrong=0.0).loss, right)
        with pytest.raises(BadRequestError, match=r"0\.5 of wrong labels"):
            made(pair, wrong=0.5)


@settings(max_examples=25, deadline=None)
@given(st.lists(PAIR, min_size=2, max_size=4), st.sampled_from(NAMES))
def test_the_weights_are_the_gradient(rows: list[tuple[float, float, float, float]], name: Name) -> None:
    pairs = compared(rows)
    chosen, rejected = pairs.chosen.clone().requires_grad_(True), pairs.rejected.clone().requires_grad_(True)
    live = Compared(
        chosen, rejected, pairs.reference_chosen, pairs.reference_rejected, pairs.chosen_tokens, pairs.rejected_tokens
    )
    found = terms(name, Batch(live, mismatched=torch.tensor([0.5, 1.0], dtype=torch.float64)))
    raises, lowers = torch.autograd.grad(found.loss.sum(), (chosen, rejected))
    assert torch.allclose(-raises, found.raises, atol=1e-9)
    assert torch.allclose(lowers, found.lowers, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(PAIR, st.floats(-5.0, 5.0))
def test_dpo_sees_the_margin_alone(row: tuple[float, float, float, float], by: float) -> None:
    moved = (row[0] + by, row[1] + by, *row[2:])
    one, other = direct.dpo(compared([row])), direct.dpo(compared([moved]))
    assert torch.allclose(one.loss, other.loss)
    assert torch.equal(one.raises, one.lowers)


def test_ipo_pulls_back_what_has_gone_too_far() -> None:
    found = direct.ipo(compared([(-1.0, -60.0, -11.0, -11.0)]), 0.1)
    assert found.raises.item() < 0
    assert found.lowers.item() < 0


def test_kto_learns_nothing_through_its_reference() -> None:
    ratio = torch.tensor([1.0, -1.0], dtype=torch.float64, requires_grad=True)
    apart = torch.tensor([2.0, 4.0], dtype=torch.float64, requires_grad=True)
    found = kto(ratio, torch.tensor([True, False]), apart, 0.1, good_weight=2.0)
    found.loss.sum().backward()
    assert found.kl.item() == 3.0
    assert apart.grad is None
    assert ratio.grad is not None
    assert torch.allclose(ratio.grad.abs(), found.weight)
    assert found.loss[0].item() == pytest.approx(2 * (1 - torch.sigmoid(torch.tensor(-0.2)).item()))
    with pytest.raises(BadRequestError, match="other prompts"):
        rolled([1])
    with pytest.raises(BadRequestError, match="other prompts"):
        terms("kto", Batch(compared([(-1.0, -2.0, -1.0, -2.0)])))


@settings(max_examples=30, deadline=None)
@given(st.floats(-30.0, -1e-6))
def test_log1mexp_and_its_gradient(x: float) -> None:
    at = torch.tensor([x], dtype=torch.float64, requires_grad=True)
    found = log1mexp(at)
    assert found.exp().item() == pytest.approx(1 - at.exp().item(), rel=1e-9, abs=1e-12)
    found.sum().backward()
    assert at.grad is not None
    assert at.grad.isfinite().all()


def test_equal_answers_have_a_margin_of_nought() -> None:
    batch = Batch(compared([(-3.0, -3.0, -2.0, -2.0)] * 2, (4, 4)), torch.zeros(2, dtype=torch.float64))
    for name in NAMES:
        found = terms(name, batch, Settings())
        assert found.margin.abs().max().item() == 0
        assert found.loss.isfinite().all()


def test_an_answer_is_scored_as_cross_entropy_scores_it() -> None:
    generator = torch.Generator().manual_seed(0)
    logits, ids = torch.randn(3, 6, 11, generator=generator), torch.randint(0, 11, (3, 6), generator=generator)
    learnt = torch.tensor([[0, 0, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0]]).bool()
    found = answers(logits, ids, learnt)
    labels = ids.masked_fill(~learnt, -100)[:, 1:]
    theirs = F.cross_entropy(logits[:, :-1].transpose(1, 2), labels, reduction="none", ignore_index=-100)
    assert torch.allclose(found.logp, -theirs, atol=1e-6)
    assert found.tokens.tolist() == [3, 0, 2]
    assert found.marked.tolist() == [
        3,
        0,
        3,
    ]  # of a row that begins with its answer, the first token is predicted by none
    assert found.mean[1].item() == 0
    pairs = Compared.scored((found, found), (found, found), unshifted=True)
    assert pairs.chosen_tokens.tolist() == [3, 0, 3]
