"""PPO in the loop: what its rewards pay for KL, what moves the critic, and that it learns."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch

from explorer.stack.finetuning import actor_critic
from explorer.stack.finetuning.actor_critic import ActorCritic
from explorer.stack.finetuning.aligning import Drawing, Judged, Policy, Rewarded
from explorer.stack.finetuning.policy.ppo import advantages, whitened
from explorer.stack.finetuning.rollouts import trainer
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Run, Settings
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

DRAWING = Drawing(3, 6, 3, 0)
PROMPTS = [[3], [4, 4], [1]]


@pytest.fixture
def tiny() -> Decoder:
    config = DecoderConfig(n_layers=1, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=16, d_vocab=8, n_ctx=16)
    return Decoder(config).initialise(torch.Generator().manual_seed(0))


def has_five(prompt: int, answer: object) -> float:
    return float(5 in list(answer))  # pyright: ignore[reportArgumentType, reportCallIssue]


def batch_of(tiny: Decoder, held: bool = True) -> Judged:
    reference = deepcopy(tiny)
    with torch.no_grad():
        reference.embed.weight.mul_(1.5)
    return Rewarded(tiny, PROMPTS, has_five, DRAWING, 0, reference=reference if held else None).batch(0)


def test_a_token_pays_for_its_kl(tiny: Decoder) -> None:
    """A critic of 0 everywhere: advantages are the discounted rewards, each less by beta (ln pi - ln ref)."""
    batch = batch_of(tiny)
    made = batch.made
    assert batch.reference is not None
    rewards = torch.where(made.mask, -0.5 * (made.sampler - batch.reference), 0.0)
    for row, ids in enumerate(made.answers):
        rewards[row, len(ids) - 1] += batch.rewards[row]
    _, gae = advantages(rewards, torch.zeros_like(rewards), made.mask)
    expected = -(whitened(gae, made.mask) * made.mask).sum() / made.mask.sum()  # every ratio is 1
    found = ActorCritic(16, beta=0.5)(tiny, batch).parts["ppo"]
    value = 0.1 * gae[made.mask].square().mean() / 2
    assert float(found.detach()) == pytest.approx(float(expected + value), abs=1e-5)


def test_the_critics_loss_moves_the_head_alone(tiny: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = batch_of(tiny, held=False)

    def gradients(vf: float) -> tuple[torch.Tensor, torch.Tensor]:
        monkeypatch.setattr(actor_critic, "VALUE", vf)
        critic = ActorCritic(16)
        with torch.no_grad():
            critic.head.w.fill_(0.1)
        one, other = torch.autograd.grad(critic(tiny, batch).parts["ppo"], [tiny.embed.weight, critic.head.w])
        return one, other

    with_loss, without = gradients(10.0), gradients(0.0)
    torch.testing.assert_close(with_loss[0], without[0])
    assert float(without[0].abs().max()) > 1e-4
    assert float(without[1].abs().max()) == 0 < float(with_loss[1].abs().max())


def test_it_is_trained_with_its_policy(tiny: Decoder) -> None:
    course = Rewarded(tiny, PROMPTS, has_five, Drawing(3, 16, 3, 0), seed=0)
    critic = ActorCritic(16)
    run = Run(Policy(tiny, critic), course, Settings(Schedule("constant", 0.02, 0.0, 0, 100), 1, weight_decay=0.0))
    before = course.mean_reward()
    off = [run.step().measures["critic"] for _ in range(25)]
    assert course.mean_reward() > before + 0.3
    assert off[-1] < off[0]
    assert float(critic.head.w.detach().abs().max()) > 0.01


def test_without_a_reference_nothing_is_paid(tiny: Decoder) -> None:
    with pytest.raises(ValueError, match="reference"):
        ActorCritic(16, beta=0.1)(tiny, batch_of(tiny, held=False))
    held, free = (ActorCritic(16, beta=beta)(tiny, batch_of(tiny)).parts["ppo"] for beta in (20.0, 0.0))
    assert float((held - free).detach().abs()) > 1e-3
    assert trainer(tiny, batch_of(tiny).made).requires_grad
