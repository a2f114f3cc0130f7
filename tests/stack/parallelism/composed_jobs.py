"""One step of a composed rank, on a thread or in a process, and of one process alone."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism.composed import Composed, Layout
from explorer.stack.parallelism.group import Group
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from tests.stack.parallelism.tiny import fresh

COUNT = 2  # micro-batches
CONFIGS = {
    "dense": DecoderConfig(2, 16, 4, 2, 4, 24, 37, 16),
    "untied": DecoderConfig(
        2, 16, 4, 4, 4, 24, 37, 16, tied=False, positions="learned", norm="layer", gated=False, attention_bias=True
    ),
    "mixture": DecoderConfig(2, 16, 4, 2, 4, 8, 37, 16, n_experts=4, k=2, n_shared=1),
    "deeper mixture": DecoderConfig(4, 16, 4, 2, 4, 8, 37, 16, n_experts=4, k=2),
}


def text(rows: int = 8) -> Tensor:
    return torch.randint(37, (rows, 13), generator=torch.Generator().manual_seed(1))


def decoder(config: DecoderConfig) -> Decoder:
    """Its routers prefer some experts, and biases are not nought."""
    made, generator = fresh(config), torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, each in made.named_parameters():
            if name.endswith("router"):
                each.mul_(50)
            elif each.dim() == 1:
                each.add_(0.1 * torch.randn(each.shape, generator=generator))
    return made


def alone(config: DecoderConfig) -> tuple[float, dict[str, Tensor]]:
    """The mean of the micro-batches' losses."""
    whole = decoder(config)
    loss = torch.stack([whole.loss(each).total({}) for each in text().chunk(COUNT)]).mean()
    loss.backward()
    return float(loss.detach()), {name: each.grad for name, each in whole.named_parameters() if each.grad is not None}


def ranked(group: Group, config: DecoderConfig, layout: Layout, how: dict) -> Message:
    made = Composed.of(decoder(config), group, layout, COUNT, **how)
    return {"loss": made.step(text()), "gradients": made.gradients}


def step(rank: Rank, given: Message) -> Message:
    """The same in a process."""
    return ranked(rank.group, CONFIGS[given["config"]], Layout(**given["layout"]), {"sequence": given["sequence"]})
