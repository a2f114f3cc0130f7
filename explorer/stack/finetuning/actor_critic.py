"""PPO on answers drawn at each step (`aligning.Rewarded`): the policy and its critic are trained together.

    loss = PPO's surrogate + vf mean over tokens of (V - returns)² / 2

The critic is a value head on the policy's own last states, 0 everywhere at first. Its loss moves the head alone: no
gradient goes on into the policy. beta holds the policy to the reference: a token's reward is less by beta k1, and the
answer's own reward stands at its last token. So beta is the price of a nat, as in  reward - beta KL (`optimum`), while
a KL term beside advantages that were divided by their spread has another price in each group.

A batch is read once. Every ratio is 1 then, and the clip never acts.

Schulman et al. 2017 (arXiv 1707.06347); vf as in trl's PPOTrainer.

>>> from explorer.stack.finetuning.aligning import Drawing, Policy, Rewarded
>>> from explorer.stack.pretraining.schedule import Schedule
>>> from explorer.stack.pretraining.train import Run, Settings
>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=1, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=32, d_vocab=8, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0))
>>> course = Rewarded(decoder, [[3], [4]], lambda prompt, answer: float(5 in answer), Drawing(2, 16, 3, 0), seed=0)
>>> run = Run(Policy(decoder, ActorCritic(16)), course, Settings(Schedule("constant", 0.02, 0.0, 0, 40), 1))
>>> before = course.mean_reward()
>>> points = [run.step() for _ in range(20)]
>>> before < 0.5 < 0.9 < course.mean_reward()
True
"""

from __future__ import annotations

import torch
from torch import nn

from explorer.stack.finetuning.aligning import Judged
from explorer.stack.finetuning.policy.critic import ValueHead
from explorer.stack.finetuning.policy.ppo import ppo
from explorer.stack.finetuning.rollouts import said_of, scored, streams
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import Losses

#: trl's vf_coef.
VALUE = 0.1


class ActorCritic(nn.Module):
    """The objective of a policy, with a critic of its own."""

    def __init__(self, d_model: int, beta: float = 0.0) -> None:
        super().__init__()
        self.head, self.beta = ValueHead(d_model), beta

    def forward(self, decoder: Decoder, batch: Judged) -> Losses:
        made = batch.made
        x = streams(decoder, made)
        values = torch.where(made.mask, self.head(decoder.read(x).detach()), 0.0)
        found = ppo(
            scored(made, said_of(decoder, made, x), batch.rewards, batch.reference), values, beta=self.beta, kind="k1"
        )
        loss = found.loss + VALUE * found.value_loss
        measures = {
            "reward": batch.rewards.mean(),
            "tokens": made.mask.sum(1).float().mean(),
            "critic": 2 * found.value_loss.detach(),
        }
        return Losses({"ppo": loss}, measures)
