"""Answers drawn from a policy, each with its reward and with what a critic expects at each of its tokens.

The critic of PPO is a value head, fitted by least squares to the rewards of other answers to the same prompts.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.finetuning.policy_asked import Asked, Spoken
from explorer.experiments.finetuning.policy_moved import Moved, Texts
from explorer.stack.finetuning.policy.critic import ValueHead
from explorer.stack.finetuning.policy.rewards import Reward
from explorer.stack.finetuning.policy.scored import Scored
from explorer.stack.finetuning.rollouts import Rollouts, roll
from explorer.stack.transformer.decoder import Decoder

#: The critic reads so many times the answers.
CRITIC = 3


@dataclass(frozen=True)
class Drawn:
    """Answers with rewards."""

    asked: Asked
    texts: Texts
    of: Int[Tensor, " row"]
    """The text of each answer drawn; further texts are shown only."""
    groups: Int[Tensor, " row"]
    rewards: Float[Tensor, " row"]
    why: tuple[str, ...]
    answers: tuple[str, ...]
    """Of each text."""
    right: tuple[bool, ...]
    values: Float[Tensor, "text token"]
    """The critic's."""
    critic_error: float
    """Its mean squared error on the rewards of the answers shown."""
    reward_variance: float
    longest: int

    def scored(self, logp: Tensor, sampler: Tensor, rewards: Tensor | None = None) -> Scored:
        of = self.of
        given = self.rewards if rewards is None else rewards
        return Scored(logp[of], sampler[of], self.texts.mask[of], given.to(logp.dtype), self.groups)


def drawn(spoken: Spoken, decoder: Decoder, asked: Asked, group: int, longest: int, seed: int) -> Drawn:
    """Answers of the policy, and of a second draw for the critic."""
    made = _roll(decoder, asked, group, longest, seed)
    texts_of = [spoken.text(ids, asked.end) for ids in made.answers]
    given = _rewards(asked, made, texts_of)
    known = dict[tuple[int, tuple[int, ...]], int]()
    of = [known.setdefault((int(g), tuple(ids)), len(known)) for g, ids in zip(made.groups, made.answers, strict=True)]
    best = _greedy(decoder, asked, longest)
    for at, ids in enumerate(best):
        known.setdefault((at, tuple(ids)), len(known))
    texts = Texts.of(asked.ids, list(known))
    answers = tuple(spoken.text(list(ids), asked.end) for _, ids in known)
    right = tuple(
        asked.rewards(at, [answer])[0].value == 1.0 for at, answer in zip(texts.prompts, answers, strict=True)
    )
    rewards = torch.tensor([each.value for each in given])
    head = _critic(decoder, asked, group, longest, seed + 1, spoken)
    moved = Moved(decoder, texts)
    values = torch.zeros(texts.mask.shape).masked_scatter(texts.mask, head(moved.states().float()).detach())
    there = texts.mask[of] & ~rewards.isnan()[:, None]
    off = (values[of] - rewards[:, None])[there]
    spread = float(rewards[~rewards.isnan()].var(correction=0)) if bool((~rewards.isnan()).any()) else 0.0
    error = float(off.square().mean()) if len(off) else 0.0
    return Drawn(
        asked, texts, torch.tensor(of), made.groups, rewards, tuple(each.why for each in given), answers, right, values,
        error, spread, longest,
    )  # fmt: skip


def _roll(decoder: Decoder, asked: Asked, group: int, longest: int, seed: int) -> Rollouts:
    generator = torch.Generator().manual_seed(seed)
    return roll(decoder, asked.ids, group=group, longest=longest, end=asked.end, generator=generator)


def _greedy(decoder: Decoder, asked: Asked, longest: int) -> list[list[int]]:
    return roll(decoder, asked.ids, group=1, longest=longest, end=asked.end, temperature=0.0).answers


def _rewards(asked: Asked, made: Rollouts, texts: list[str]) -> list[Reward]:
    return [asked.rewards(int(at), [text])[0] for at, text in zip(made.groups, texts, strict=True)]


def _critic(decoder: Decoder, asked: Asked, group: int, longest: int, seed: int, spoken: Spoken) -> ValueHead:
    """Fitted to the rewards of other answers."""
    made = _roll(decoder, asked, CRITIC * group, longest, seed)
    given = _rewards(asked, made, [spoken.text(ids, asked.end) for ids in made.answers])
    rewards = torch.tensor([each.value for each in given])
    texts = Texts.of(asked.ids, [(int(g), tuple(ids)) for g, ids in zip(made.groups, made.answers, strict=True)])
    states = Moved(decoder, texts).states().float()
    each = rewards[:, None].expand(texts.mask.shape)[texts.mask]
    there = ~each.isnan()
    if not bool(there.any()):
        return ValueHead(states.shape[1]).to(states.dtype)
    scale = float(states.square().mean().sqrt())
    return ValueHead.fitted(states[there], each[there], ridge=0.05 * scale**2)
