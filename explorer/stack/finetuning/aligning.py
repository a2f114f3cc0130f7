"""Training on rewards and on pairs, with the loop of pre-training: what a step reads is drawn from the policy itself.

    GRPO   each step draws a group of answers to each of some prompts, rewards them, and takes one step of the clipped
           loss on them (`policy.dapo`: trl's default). The policy that draws is the one that is trained.
    DPO    pairs of a right and a wrong answer to one prompt are drawn once, from the reference; each step reads some
           of them (`preferences.direct.dpo`).

A run is a function of its seed: the answers of step t come from the weights before it and from (seed, t).

>>> from explorer.stack.pretraining.schedule import Schedule
>>> from explorer.stack.pretraining.train import Run, Settings
>>> from explorer.stack.transformer.config import DecoderConfig
>>> config = DecoderConfig(n_layers=1, d_model=16, n_heads=2, n_kv_heads=1, d_head=8, d_mlp=32, d_vocab=8, n_ctx=16)
>>> decoder = Decoder(config).initialise(torch.Generator().manual_seed(0))
>>> course = Rewarded(decoder, [[3], [4]], lambda prompt, answer: float(5 in answer), Drawing(2, 16, 3, 0), seed=0)
>>> run = Run(Policy(decoder, grpo), course, Settings(Schedule("constant", 0.02, 0.0, 0, 40), 1))
>>> before = course.mean_reward()
>>> points = [run.step() for _ in range(20)]
>>> before < 0.5 < 0.9 < course.mean_reward()
True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import BadRequestError
from explorer.stack.finetuning.policy.dapo import dapo, mixed
from explorer.stack.finetuning.policy.estimate import KL
from explorer.stack.finetuning.preferences.direct import dpo
from explorer.stack.finetuning.preferences.pairs import Compared
from explorer.stack.finetuning.rollouts import Rollouts, roll, scored, trainer
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import Losses

Batch = TypeVar("Batch")
Ids = Sequence[int]
#: (which prompt, the answer's tokens with its end) to a reward.
Reward = Callable[[int, Ids], float]
#: A policy to what is measured of it.
Measure = Callable[[Decoder], Mapping[str, float]]
#: Two of them, for generators: steps of different seeds draw apart.
_APART = 1_000_003


class Policy(nn.Module, Generic[Batch]):
    """A decoder that is trained under a loss of its own answers."""

    def __init__(self, decoder: Decoder, objective: Callable[[Decoder, Batch], Losses]) -> None:
        super().__init__()
        self.decoder, self.objective = decoder, objective

    def loss(self, batch: Batch) -> Losses:
        return self.objective(self.decoder, batch)


class Measured:
    """Of a course: it has no held-out loss, and scores of the policy as it stands."""

    decoder: Decoder
    measure: Measure

    def losses(self, model: object, everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return {}

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return dict(self.measure(self.decoder))


@dataclass(frozen=True)
class Drawing:
    """What a step draws."""

    prompts: int
    group: int
    longest: int
    end: int
    temperature: float = 1.0


@dataclass(frozen=True)
class Judged:
    """Rollouts and their rewards."""

    made: Rollouts
    rewards: Float[Tensor, " row"]
    reference: Float[Tensor, "row token"] | None = None


def grpo(decoder: Decoder, batch: Judged, beta: float = 0.0) -> Losses:
    """trl's default loss: advantages by the group's spread, a mean over all tokens, k3 to the reference; the clip is
    DAPO's, .2 and .28.

    Without a KL term a group of equal rewards has no gradient: the trainer does not read it, and its tokens count in
    the mean.
    """
    whole, tokens = batch.made, int(batch.made.mask.sum())
    moved = mixed(scored(whole, whole.sampler, batch.rewards)) | bool(beta)
    measures = {
        "reward": batch.rewards.mean(),
        "mixed": moved.float().mean(),
        "tokens": whole.mask.sum(1).float().mean(),
    }
    if not bool(moved.any()):
        return Losses({"grpo": 0 * next(decoder.parameters()).sum()}, measures)
    made = whole.of(moved.nonzero()[:, 0])
    reference = None if batch.reference is None else batch.reference[moved]
    found = scored(made, trainer(decoder, made), batch.rewards[moved], reference)
    loss = dapo(found, tokens=tokens, penalty=KL(beta) if beta else None)
    measures["ratio"] = loss.ratio[made.mask].sub(1).abs().max()
    return Losses({"grpo": loss.loss}, measures)


@dataclass(frozen=True)
class Rewarded(Measured):
    """Answers drawn at each step from the policy as it stands, and their rewards."""

    decoder: Decoder
    """It is trained."""
    prompts: Sequence[Ids]
    reward: Reward
    drawing: Drawing
    seed: int
    measure: Measure = field(default=lambda _: {})
    reference: Decoder | None = None

    def batch(self, step: int) -> Judged:
        generator = torch.Generator().manual_seed(self.seed * _APART + step)
        which = torch.randperm(len(self.prompts), generator=generator)[: self.drawing.prompts].tolist()
        made = self._roll(which, generator)
        rewards = [self.reward(which[g], each) for g, each in zip(made.groups.tolist(), made.answers, strict=True)]
        with torch.no_grad():
            reference = None if self.reference is None else trainer(self.reference, made)
        return Judged(made, torch.tensor(rewards), reference)

    def mean_reward(self) -> float:
        """Of the answers that one step would draw."""
        return float(self.batch(0).rewards.mean())

    def _roll(self, which: Sequence[int], generator: torch.Generator) -> Rollouts:
        said, prompts = self.drawing, [self.prompts[each] for each in which]
        return roll(
            self.decoder, prompts, group=said.group, longest=said.longest, end=said.end, temperature=said.temperature,
            generator=generator,
        )  # fmt: skip


@dataclass(frozen=True)
class Pairs:
    """Chosen and rejected answers to the same prompts, as rollouts, with the reference's log-probabilities."""

    chosen: Rollouts
    rejected: Rollouts
    reference: tuple[Float[Tensor, " pair"], Float[Tensor, " pair"]]

    def of(self, rows: Int[Tensor, " pair"]) -> Pairs:
        one, other = self.reference
        return Pairs(self.chosen.of(rows), self.rejected.of(rows), (one[rows], other[rows]))

    def __len__(self) -> int:
        return len(self.chosen.tokens)


def drawn_pairs(reference: Decoder, prompts: Sequence[Ids], reward: Reward, drawing: Drawing, seed: int) -> Pairs:
    """Of each prompt at most one pair: of the answers drawn, the first of the highest reward over the first of the
    lowest. A prompt whose answers have one reward has none. Raises BadRequestError where no prompt has a pair."""
    generator = torch.Generator().manual_seed(seed)
    made = roll(
        reference, prompts, group=drawing.group, longest=drawing.longest, end=drawing.end,
        temperature=drawing.temperature, generator=generator,
    )  # fmt: skip
    rewards = torch.tensor(
        [reward(group, each) for group, each in zip(made.groups.tolist(), made.answers, strict=True)]
    ).view(len(prompts), drawing.group)
    apart = rewards.max(1).values > rewards.min(1).values
    if not bool(apart.any()):
        raise BadRequestError("All answers to each prompt have one reward: no pair can be made.", "Draw more answers.")
    at = torch.arange(len(prompts)) * drawing.group
    chosen = made.of((at + rewards.argmax(1))[apart])
    rejected = made.of((at + rewards.argmin(1))[apart])
    with torch.no_grad():
        sums = (trainer(reference, chosen).sum(1), trainer(reference, rejected).sum(1))
    return Pairs(chosen, rejected, sums)


def preferred(decoder: Decoder, pairs: Pairs, beta: float) -> Losses:
    """DPO's loss, and how far both answers have moved from the reference."""
    one, other = pairs.reference
    compared = Compared(
        trainer(decoder, pairs.chosen).sum(1), trainer(decoder, pairs.rejected).sum(1), one, other,
        pairs.chosen.mask.sum(1), pairs.rejected.mask.sum(1),
    )  # fmt: skip
    made = dpo(compared, beta)
    measures = {
        "chosen": made.chosen.detach().mean(),
        "rejected": made.rejected.detach().mean(),
        "accuracy": (made.margin.detach() > 0).float().mean(),
    }
    return Losses({"dpo": made.total}, measures)


@dataclass(frozen=True)
class Preferred(Measured):
    """Some pairs at each step."""

    decoder: Decoder
    pairs: Pairs
    rows: int
    seed: int
    measure: Measure = field(default=lambda _: {})

    def batch(self, step: int) -> Pairs:
        generator = torch.Generator().manual_seed(self.seed * _APART + step)
        return self.pairs.of(torch.randperm(len(self.pairs), generator=generator)[: self.rows])
