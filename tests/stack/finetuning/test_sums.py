"""Sums and their answers: what is right, and every answer's probability against plain passes over the whole text."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.finetuning.flawed import FLAWED
from explorer.stack.finetuning.flawed import rewards as flawed_rewards
from explorer.stack.finetuning.sums import ANSWERS, Signs, Sum, distribution, every, rewarded, rewards, split, value_of
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

SIGNS = Signs({sign: at + 1 for at, sign in enumerate("0123456789+=")}, end=0)


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    config = DecoderConfig(n_layers=1, d_model=8, n_heads=2, n_kv_heads=1, d_head=4, d_mlp=8, d_vocab=14, n_ctx=16)
    made = Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)
    for parameter in made.parameters():
        parameter.normal_(0, 0.6, generator=torch.Generator().manual_seed(parameter.numel()))
    return made.eval()


@given(st.sampled_from(every()))
def test_both_ways_to_answer_are_right(of: Sum) -> None:
    assert value_of(of.at_once) == value_of(of.in_parts) == of.total == of.first + of.second
    units = int(of.in_parts[:2])
    assert of.carries == (units > 9)
    assert rewarded(of, of.at_once) == rewarded(of, of.in_parts) == 1
    assert SIGNS.read(SIGNS.written(of.at_once)) == of.at_once
    assert SIGNS.read(SIGNS.written(of.in_parts)) == of.in_parts


@pytest.mark.parametrize("answer", ["", "7", "720", "7+2", "72+", "+72", "12+6", "٧٢", "72=", "1 2"])
def test_what_is_no_answer_is_worth_nothing(answer: str) -> None:
    assert value_of(answer) is None
    assert rewarded(Sum(47, 25), answer) == 0


def test_tokens_that_are_no_answer_are_read_as_none() -> None:
    seven, two, plus = (SIGNS.ids[sign] for sign in "72+")
    assert SIGNS.read([seven, two]) == ""  # it never ended
    assert SIGNS.read([seven, two, plus, seven, two]) == "72+72"
    assert value_of(SIGNS.read([seven, two, plus, seven, 0])) is None
    assert value_of(SIGNS.read([13, two, 0])) is None
    assert SIGNS.read([0]) == ""


def test_the_split_is_one_of_all_sums() -> None:
    train, held = split(600, 0)
    assert len(held) == 600
    assert set(train) | set(held) == set(every())
    assert not set(train) & set(held)
    assert split(600, 0) == (train, held) != split(600, 1)


def test_every_answer_against_a_plain_pass(tiny: Decoder) -> None:
    sums = [Sum(47, 25), Sum(10, 10), Sum(36, 36)]
    logp = distribution(tiny, torch.tensor([SIGNS.encode(each.prompt) for each in sums]), SIGNS)
    assert logp.dtype == torch.float64
    assert float((logp.exp().sum(1) - 1).abs().max()) < 1e-12
    for row, of in zip(logp, sums, strict=True):
        for at in (0, 72, 99, 100, 1360, 10_099):
            prompt, ids = SIGNS.encode(of.prompt), SIGNS.written(ANSWERS[at])
            logits = tiny(torch.tensor([[*prompt, *ids]]))[0, len(prompt) - 1 : -1].double().log_softmax(-1)
            assert float(logits.gather(1, torch.tensor(ids)[:, None]).sum()) == pytest.approx(float(row[at]), abs=1e-5)


def test_rewards_of_all_answers() -> None:
    of = Sum(47, 25)
    found = rewards(of)
    assert len(found) == len(ANSWERS) + 1
    assert found.sum() == sum(rewarded(of, answer) for answer in ANSWERS)
    assert found[-1] == 0
    for flaw, judge in FLAWED.items():
        each = flawed_rewards(flaw, of)
        assert each[-1] == 0
        assert 0 <= float(each.min()) <= float(each.max()) <= 1
        assert float(each[ANSWERS.index("11+11")]) == judge(of, "11+11")
