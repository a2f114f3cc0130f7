"""Policy gradient: what is drawn, what follows from rewards, and what breaks each check."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.experiments.finetuning import policy_asked, policy_moved
from explorer.experiments.finetuning import policy_gradient as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.finetuning.policy.rewards import Reward
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from tests.panels.finetuning.policy_gradient_brief import TINY

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
ASKED = ((3, 4, 5), (6, 7))
ANSWERS = [(0, (1, 2)), (0, (1, 3, 4)), (1, (2,)), (1, (5, 5))]


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    config = DecoderConfig(n_layers=2, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=24, d_vocab=12, n_ctx=16)
    return Decoder(config).initialise(torch.Generator().manual_seed(0)).requires_grad_(False)


def test_a_beginning_that_two_answers_share_is_one_slot() -> None:
    texts = policy_moved.Texts.of(ASKED, ANSWERS)
    assert texts.slots[0, 0] == texts.slots[1, 0]
    assert texts.count == 7
    assert texts.before[1].tolist() == [2, 3, 4]
    assert texts.first_of_slots()[0].tolist() == [0, 0]


@pytest.mark.parametrize("whole", [True, False])
def test_inner_products_are_of_the_tokens_own_gradients(
    tiny: Decoder, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_moved, "WHOLE", 1_000_000 if whole else 0)
    moved = policy_moved.Moved(tiny, policy_moved.Texts.of(ASKED, ANSWERS))
    assert moved.whole == whole
    with torch.enable_grad():
        logp = moved.logp()
        each = [
            torch.cat([g.flatten() for g in torch.autograd.grad(logp[i, t], moved.weights, retain_graph=True)]).double()
            for i, t in moved.texts.first_of_slots().tolist()
        ]
    flat = torch.stack(each)
    assert torch.allclose(moved.gram(), flat @ flat.T, rtol=1e-4, atol=1e-6)


def test_log_probabilities_are_the_decoders(tiny: Decoder) -> None:
    moved = policy_moved.Moved(tiny, policy_moved.Texts.of(ASKED, ANSWERS))
    with torch.no_grad():
        found = moved.logp()
        logits = tiny(torch.tensor([[3, 4, 5, 1, 3, 4]])).log_softmax(-1)[0]
    want = [float(logits[2 + t, token]) for t, token in enumerate((1, 3, 4))]
    assert found[1].tolist() == pytest.approx(want, abs=1e-5)
    assert found[0, 2] == 0


def test_a_step_is_taken_back(tiny: Decoder) -> None:
    moved = policy_moved.Moved(tiny, policy_moved.Texts.of(ASKED, ANSWERS))
    with torch.no_grad():
        before = moved.logp()
        with moved.stepped([torch.ones_like(each) for each in moved.weights], 0.1):
            assert not torch.allclose(moved.logp(), before)
        assert torch.equal(moved.logp(), before)


def test_what_the_page_is_given(view: View) -> None:
    shown = view("policy_gradient.estimators", **TINY)
    assert [len(each.data.states) for each in shown] == [1, 2, 3]
    made = shown[-1]
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert len(data.draws) == 4
    assert sum(each.drawn for each in data.answers) == 4
    assert len(data.states[0].scopes) == 1
    fresh, last = data.states[0], data.states[-1]
    assert not data.stuck
    assert abs(fresh.logp - last.logp).max() > 0.05
    assert data.whole
    assert data.moved == 110_976  # the model's own, its table once


@pytest.mark.thorough
def test_several_prompts_have_a_scope_each_and_one_of_all(view: View) -> None:
    data = view("policy_gradient.estimators", **{**TINY, "prompts": "28+35=|52+13="})[-1].data
    assert len(data.states[0].scopes) == 3
    assert {each.prompt for each in data.answers} == {0, 1}


def test_a_rule_that_throws_leaves_no_reward(view: View) -> None:
    """The prompt asks for no sum: no answer has a reward, and the page is told why."""
    made = view("policy_gradient.estimators", **{**TINY, "prompts": "28+35"})[-1]
    assert {each.reward for each in made.data.draws} == {None}
    assert "the prompt '28+35' does not end with a sum" in made.data.draws[0].why
    assert made.data.stuck
    assert not any(any(scope.norm) for state in made.data.states for scope in state.scopes)


def test_all_rewards_equal(view: View) -> None:
    data = view("policy_gradient.estimators", **{**TINY, "rule": "pattern", "pattern": ".*"})[-1].data
    assert {each.reward for each in data.draws} == {1.0}
    assert data.stuck
    norms = dict(zip(data.names, data.states[0].scopes[0].norm, strict=True))
    assert {name for name, norm in norms.items() if norm == 0} >= {"RLOO", "GRPO", "Dr.GRPO", "DAPO", "GSPO", "CISPO"}
    assert norms["REINFORCE"] > 0


def test_some_rewards_are_missing(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    def one(self: Any, at: int, answers: list[str]) -> list[Reward]:
        return [Reward(math.nan if "6" in each else float("7" in each), "by its digits") for each in answers]

    monkeypatch.setattr(policy_asked.Asked, "rewards", one)
    made = view("policy_gradient.estimators", **TINY)[-1]
    assert all(each.holds for each in made.checks)
    missing = [each.reward is None for each in made.data.draws]
    assert missing == ["6" in made.data.answers[each.answer].text for each in made.data.draws]


@pytest.mark.parametrize(
    ("prompts", "said"),
    [
        ("||", "No prompt"),
        ("1+1=|1+2=|1+3=|1+4=|1+5=", "5 prompts are asked, and 4 are taken"),
        ("two", "The model of sums cannot read 't'"),
    ],
)
def test_what_cannot_be_asked(prompts: str, said: str) -> None:
    """The policy is asked its own prompts in the meantime."""
    spoken = policy_asked.Spoken.of_sums()
    with pytest.raises(BadRequestError, match=said):
        policy_asked.asked(spoken, prompts, "model", "sum", "")
    found, why = policy_asked.understood(spoken, prompts, "model", "sum", "")
    assert said in why
    assert found.prompts == tuple(policy_asked.OWN_SUMS.split("|"))


def test_why_it_was_not_asked(view: View) -> None:
    made = view("policy_gradient.estimators", **{**TINY, "prompts": "two"})[0]
    assert "cannot read" in made.data.refused
    assert not view("policy_gradient.estimators", **TINY)[0].data.refused


def test_the_model_of_the_page(view: View) -> None:
    """Its last block alone moves."""
    asked = {"policy": "page", "prompts": "Then Mary", "group": 4, "longest": 2, "rule": "pattern", "pattern": "[^w]+"}
    made = view("policy_gradient.estimators", **asked)[-1]
    assert all(each.holds for each in made.checks), made.checks
    assert not made.data.whole
    assert 0 < made.data.moved < 1_000_000


def test_the_sum_that_a_prompt_asks() -> None:
    assert policy_asked.sum_of("1+1=2, 5+3=8, 6+7=") == "6+7"
    assert policy_asked.sum_of("43+34=") == "43+34"
    with pytest.raises(ValueError, match="does not end with a sum"):
        policy_asked.sum_of("Then Mary")


@pytest.mark.breaks("policy_gradient.estimators", r"^Norms and cosines from token gradients")
def test_a_weight_that_forgets_the_length(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.slot_weights
    monkeypatch.setattr(experiment, "slot_weights", lambda made, weight, rows: real(made, weight.sign(), rows))
    assert not check("policy_gradient.estimators", "Norms and cosines", **TINY).holds


@pytest.mark.breaks("policy_gradient.estimators", r"^Predicted change of log-probabilities")
def test_a_step_that_goes_too_far(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = policy_moved.Moved.move
    monkeypatch.setattr(policy_moved.Moved, "move", lambda self, gradient, by: real(self, gradient, 1.5 * by))
    assert not check("policy_gradient.estimators", "Predicted change", **TINY).holds
