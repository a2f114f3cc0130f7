"""Loops on rewards and pairs: what a step reads, and what its loss is."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F

from explorer.errors import BadRequestError
from explorer.stack.finetuning import aligning
from explorer.stack.finetuning.aligning import Drawing, Judged, Policy, Preferred, Rewarded
from explorer.stack.finetuning.policy.dapo import dapo
from explorer.stack.finetuning.rollouts import roll, scored, trainer
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Run, Settings
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

WANTED = 5
DRAWING = Drawing(3, 6, 3, 0)
PROMPTS = [[3], [4, 4], [1]]


@pytest.fixture
def tiny() -> Decoder:
    config = DecoderConfig(n_layers=1, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=16, d_vocab=8, n_ctx=16)
    return Decoder(config).initialise(torch.Generator().manual_seed(0))


def wants(prompt: int, answer: object) -> float:
    return float(WANTED in list(answer))  # pyright: ignore[reportArgumentType, reportCallIssue]


def test_groups_of_equal_rewards_change_no_gradient(tiny: Decoder) -> None:
    made = roll(tiny, PROMPTS, group=6, longest=3, end=0, generator=torch.Generator().manual_seed(1))
    rewards = torch.tensor([1.0, 0, 0, 1, 0, 1] + [1.0] * 6 + [0.0] * 6)
    ours = aligning.grpo(tiny, Judged(made, rewards))
    [ours_gradient] = torch.autograd.grad(ours.parts["grpo"], [tiny.embed.weight])
    whole = dapo(scored(made, trainer(tiny, made), rewards))
    [gradient] = torch.autograd.grad(whole.loss, [tiny.embed.weight])
    torch.testing.assert_close(ours_gradient, gradient, atol=1e-6, rtol=1e-4)
    assert ours.measures["mixed"] == pytest.approx(1 / 3)
    assert float(gradient.abs().max()) > 1e-3


def test_a_batch_without_a_gradient_leaves_the_weights(tiny: Decoder) -> None:
    course = Rewarded(tiny, PROMPTS, lambda prompt, answer: 1.0, DRAWING, seed=0)
    run = Run(Policy(tiny, aligning.grpo), course, _settings(0.0))
    before = deepcopy(tiny.state_dict())
    point = run.step()
    assert point.grad_norm == 0
    assert all(torch.equal(each, before[name]) for name, each in tiny.state_dict().items())


def test_answers_come_from_the_policy_as_it_stands(tiny: Decoder) -> None:
    course = Rewarded(tiny, PROMPTS, wants, DRAWING, seed=0)
    again, other = course.batch(4), course.batch(5)
    assert torch.equal(course.batch(4).made.tokens, again.made.tokens)
    assert not torch.equal(other.made.tokens, again.made.tokens)
    run = Run(Policy(tiny, aligning.grpo), course, _settings(0.05))
    for _ in range(6):
        run.step()
    now = course.batch(4)
    torch.testing.assert_close(trainer(tiny, now.made).detach(), now.made.sampler, atol=1e-5, rtol=0)


def test_k3_to_the_reference_is_added(tiny: Decoder) -> None:
    reference = deepcopy(tiny)
    with torch.no_grad():
        reference.embed.weight.mul_(1.5)
    course = Rewarded(tiny, PROMPTS, wants, DRAWING, 0, reference=reference)
    batch = course.batch(0)
    assert batch.reference is not None
    far = batch.reference - batch.made.sampler
    k3 = (far.exp() - far - 1)[batch.made.mask].mean()
    plain = aligning.grpo(tiny, Judged(batch.made, batch.rewards)).parts["grpo"]
    held = aligning.grpo(tiny, batch, beta=0.5).parts["grpo"]
    assert float(held.detach() - plain.detach()) == pytest.approx(0.5 * float(k3), abs=1e-5)


def test_pairs_are_the_best_over_the_worst_of_what_was_drawn(tiny: Decoder) -> None:
    pairs = aligning.drawn_pairs(tiny, PROMPTS, wants, Drawing(3, 24, 3, 0), seed=2)
    assert len(pairs) == 3
    for at in range(len(pairs)):
        assert WANTED in pairs.chosen.answer(at)
        assert WANTED not in pairs.rejected.answer(at)
        assert torch.equal(pairs.chosen.prompts[at], pairs.rejected.prompts[at])
    with pytest.raises(BadRequestError, match="one reward"):
        aligning.drawn_pairs(tiny, PROMPTS, lambda prompt, answer: 0.0, DRAWING, seed=2)


def test_dpo_by_hand_and_its_margin_grows(tiny: Decoder) -> None:
    reference = deepcopy(tiny)
    pairs = aligning.drawn_pairs(reference, PROMPTS, wants, Drawing(3, 24, 3, 0), seed=2)
    assert float(aligning.preferred(tiny, pairs, 0.1).parts["dpo"].detach()) == pytest.approx(0.693147, abs=1e-5)
    run = Run(
        Policy[aligning.Pairs](tiny, lambda decoder, batch: aligning.preferred(decoder, batch, 0.1)),
        Preferred(tiny, pairs, 3, 0), _settings(0.02),
    )  # fmt: skip
    for _ in range(5):
        run.step()
    made = aligning.preferred(tiny, pairs, 0.1)
    chosen, rejected = (
        (trainer(tiny, each) - trainer(reference, each)).sum(1) for each in (pairs.chosen, pairs.rejected)
    )
    expected = -F.logsigmoid(0.1 * (chosen - rejected)).mean()
    assert float(made.parts["dpo"].detach()) == pytest.approx(float(expected.detach()), abs=1e-5)
    assert made.measures["accuracy"] == 1
    assert made.measures["chosen"] > made.measures["rejected"]


def _settings(rate: float) -> Settings:
    return Settings(Schedule("constant", rate, 0.0, 0, 100), 1, weight_decay=0.0)
