"""Reward model: heads that learn their rule, twins, answers of one's own, what is refused, what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from explorer.errors import BadRequestError, NotFiniteError
from explorer.experiments.finetuning import rewarding
from explorer.panels.protocol import Check, Rendered
from explorer.stack.finetuning.preferences.reward_model import ValueHead
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.model import Model

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
FEW = {"pairs": 8}


def test_heads_learn_the_rule_and_twins_follow(view: View) -> None:
    shown = view("reward_model.judged", **FEW)
    assert [len(each.data.twins) for each in shown] == [0, 2]
    assert all(not each.checks for each in shown[:-1])
    made = shown[-1]
    data = made.data
    assert made.checks[0].holds, made.checks
    assert data.chosen.shape == data.rejected.shape == (3, 4)
    assert data.together >= 0.75
    assert not np.array_equal(data.chosen[0], data.chosen[1])  # each head was fitted on a draw of its own
    assert sum(data.count) == len(data.requests) == 4
    assert data.twins[0].example == f"{rewarding.FLATTERY}{data.rejected_texts[0]}"


def test_a_larger_ridge_makes_smaller_rewards(small: Model) -> None:
    sizes = []
    for ridge in (0.01, 1.0):
        made = rewarding.heads(small, small.decoder, rewarding.RewardRecipe("format", 4, ridge))
        chosen, rejected = made.train
        sizes.append(float(made.heads[0](chosen - rejected).detach().abs().mean()))
    assert sizes[0] > 2 * sizes[1]


def test_tokens_are_left_out_one_by_one(view: View) -> None:
    made = view("reward_model.scores", answers="Certainly.\nOK, I do.", **FEW)[-1]
    assert made.checks[0].holds, made.checks
    first = made.data.answers[0]
    assert 0 < len(first.moves) < len(first.ids)  # the marks that end the answer stay
    assert float(np.abs(first.moves).max()) > 0
    [alone] = view("reward_model.scores", answers="Certainly.", **FEW)[-1].data.answers
    assert np.allclose(alone.rewards, first.rewards, atol=1e-4)  # whoever stands beside it


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"answers": " \n "}, "There is no answer"),
        ({"answers": "a\nb\nc\nd\ne"}, "There are 5 answers, and 4 are taken"),
        ({"request": " "}, "The request is empty"),
        ({"answers": "q z x j " * 60}, "tokens with its request, and"),
        ({"answers": "Yes<|endoftext|>"}, "which ends or begins turns"),
    ],
)
def test_what_cannot_be_scored_is_refused(given: dict[str, str], words: str, view: View) -> None:
    with pytest.raises(BadRequestError, match=words):
        view("reward_model.scores", **FEW, **given)


def test_a_reward_that_is_no_number_is_said() -> None:
    head = ValueHead(2)
    with torch.no_grad():
        head.weight.copy_(torch.tensor([1.0, 0.0]))
    with pytest.raises(NotFiniteError, match="The reward of answer 2 is not a number"):
        rewarding.of([head], torch.tensor([[1.0, 0.0], [float("nan"), 0.0]]))


def test_markup_is_a_text(view: View) -> None:
    data = view("reward_model.scores", answers="<b>Yes</b>", **FEW)[-1].data
    assert data.answers[0].text == "<b>Yes</b>"


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("reward_model.judged", r"^The loss has no slope where the first head stands")
def test_a_head_that_has_not_arrived(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = rewarding.fitted

    def early(*given: Any, **more: Any) -> ValueHead:
        return real(*given, steps=1, **more)

    monkeypatch.setattr(rewarding, "fitted", early)
    assert not check("reward_model.judged", "no slope", **FEW).holds


@pytest.mark.breaks("reward_model.scores", r"^Rewards by our decoder")
def test_a_head_that_reads_before_the_norm(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Decoder, "read", lambda self, x: x)
    assert not check("reward_model.scores", "Rewards by our decoder", **FEW).holds
