"""What a training holds in memory: weights, gradients, the optimizer's state and what the backward pass reads.

    weights      4 N                    one float32 number a weight
    gradients    4 N
    optimizer    SGD 0, with momentum 4 N;  Adam, AdamW 8 N and a counter a tensor;
                 Muon 4 bytes a hidden matrix's weight, AdamW for all others
    activations  tensor by tensor: `saved_tensors`

ZeRO (Rajbhandari et al. 2019, arXiv 1910.02054) counts 16 bytes a weight: 16-bit weights and gradients, and float32
weights and moments. Here the weights are float32 and their 16-bit copies lie among the activations: 16 as well.

Worked example: two matrices of 3 x 2 and 4 x 3, of which the first is hidden, and a vector of 5; N = 23.

>>> weights = [Weight("hidden", (3, 2), matrix=True), Weight("embedding", (4, 3)), Weight("gain", (5,))]
>>> [state(each, weights) for each in OPTIMIZERS]  # 4 N, 8 N + 3 counters, 4 x 6 + 8 x 17 + 2 counters
[0, 92, 196, 168]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Literal, get_args

import torch

from explorer.stack.transformer.decoder import Decoder

Optimizer = Literal["sgd", "momentum", "adamw", "muon"]
OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)
SINGLE = 4


@dataclass(frozen=True)
class Weight:
    """One tensor that is trained, in float32."""

    name: str
    shape: tuple[int, ...]
    matrix: bool = False
    """Whether Muon steps it: a hidden matrix."""

    @property
    def bytes(self) -> int:
        return SINGLE * prod(self.shape)


def weights_of(decoder: Decoder) -> list[Weight]:
    """All of a decoder's; those of embedding and unembedding are AdamW's."""
    return [
        Weight(name, tuple(each.shape), each.dim() == 2 and name.startswith("blocks."))
        for name, each in decoder.named_parameters()
    ]


def held(weights: Sequence[Weight]) -> int:
    """Bytes of the weights, and of as many gradients."""
    return sum(each.bytes for each in weights)


def state(optimizer: Optimizer, weights: Sequence[Weight]) -> int:
    """Bytes that the optimizer keeps from step to step."""
    if optimizer == "sgd":
        return 0
    if optimizer == "momentum":
        return held(weights)
    adams = [each for each in weights if optimizer == "adamw" or not each.matrix]
    return 2 * held(adams) + SINGLE * len(adams) + (held(weights) - held(adams))


def optimizers(optimizer: Optimizer, decoder: Decoder, lr: float = 1e-3) -> list[torch.optim.Optimizer]:
    """torch's own of that name: Muon's matrices and AdamW's others are two."""
    trained = {each.name: each.matrix for each in weights_of(decoder)}
    named = dict(decoder.named_parameters())
    everything = list(named.values())
    if optimizer in ("sgd", "momentum"):
        return [torch.optim.SGD(everything, lr, momentum=0.9 if optimizer == "momentum" else 0.0)]
    if optimizer == "adamw":
        return [torch.optim.AdamW(everything, lr, fused=True)]
    matrices = [named[name] for name, matrix in trained.items() if matrix]
    others = [named[name] for name, matrix in trained.items() if not matrix]
    return [torch.optim.Muon(matrices, lr), torch.optim.AdamW(others, lr, fused=True)]


def state_bytes(made: Sequence[torch.optim.Optimizer]) -> int:
    """Bytes of all tensors that the optimizers hold."""
    return sum(
        value.numel() * value.element_size()
        for each in made
        for state in each.state.values()
        for value in state.values()
        if isinstance(value, torch.Tensor)
    )
