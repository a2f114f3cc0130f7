"""Of conversations that a model learns from."""

from __future__ import annotations

import math

import torch

from explorer.experiments.finetuning import sft
from explorer.lessons.fact import fact
from explorer.panels.scene import Scene
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.conversations import sliced
from explorer.stack.finetuning.counts import trained_numbers
from explorer.stack.finetuning.policy.advantages import standardised


@fact("count")
def n_conversation(scene: Scene, request: str, answer: str) -> int:
    """Tokens of the conversation in the model's template."""
    return len(sft.conversation(scene.model, request, answer).example.ids)


@fact("count")
def n_learnt(scene: Scene, request: str, answer: str) -> int:
    """Of them, those that count in the loss."""
    return sum(sft.conversation(scene.model, request, answer).example.learnt)


@fact("token")
def first_learnt(scene: Scene, request: str, answer: str) -> str:
    """The first of these."""
    made = sft.conversation(scene.model, request, answer)
    return str(scene.model.tokenizer.decode([made.example.ids[made.first]]))


@fact("count")
def n_sliced(scene: Scene, request: str, answer: str) -> int:
    """Tokens that logits[n:-1] against tokens[n+1:] learns."""
    made = sft.conversation(scene.model, request, answer)
    return len(sliced(made.by_length, len(made.example.ids)))


@fact("count")
def n_lora_numbers(scene: Scene, r: int) -> int:
    """Numbers of a LoRA of that rank at all linear layers."""
    return trained_numbers(methods.lora(scene.decoder, methods.LINEAR, r))


@fact("number")
def dpo_loss(_: Scene, margin: float, beta: float) -> float:
    """-log sigmoid(beta * margin), in nats."""
    return math.log1p(math.exp(-beta * margin))


@fact("share")
def dpo_weight(_: Scene, margin: float, beta: float) -> float:
    """What a pair's gradient is multiplied by beside beta: sigmoid(-beta * margin)."""
    return 1 / (1 + math.exp(beta * margin))


@fact("number")
def group_advantage(_: Scene, right: int, of: int) -> float:
    """GRPO's advantage of a right answer, where so many of a group are right: reward minus mean, over the spread."""
    rewards = torch.tensor([1.0] * right + [0.0] * (of - right))
    return float(standardised(rewards, torch.zeros(of, dtype=torch.long))[0])
