"""A decoder and a batch small enough for any test, and what one process makes of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

DENSE = DecoderConfig(3, 16, 4, 2, 4, 24, 37, 16)
MIXTURE = DecoderConfig(2, 16, 4, 2, 4, 8, 37, 16, n_experts=4, k=2)
UNTIED = DecoderConfig(2, 16, 4, 4, 4, 24, 37, 16, tied=False, positions="learned", norm="layer", gated=False)
CASES = {"dense": DENSE, "mixture": MIXTURE}
ROWS = 7  # that neither 2, 3 nor 4 ranks divide


def fresh(config: DecoderConfig = DENSE) -> Decoder:
    return Decoder(config).initialise(torch.Generator().manual_seed(0))


def batch(rows: int = ROWS, vocabulary: int = DENSE.d_vocab) -> Tensor:
    return torch.randint(vocabulary, (rows, 13), generator=torch.Generator().manual_seed(1))


@dataclass(frozen=True, eq=False)
class One:
    """Of one process: loss, gradients, and the weights after one step of torch's AdamW."""

    loss: float
    gradients: dict[str, Tensor]
    weights: dict[str, Tensor]


def one_process(config: DecoderConfig = DENSE) -> One:
    decoder = fresh(config)
    optimizer = torch.optim.AdamW(decoder.parameters(), 1e-3, (0.9, 0.95), weight_decay=0.0)
    loss = decoder.loss(batch()).total({})
    loss.backward()
    gradients = {name: each.grad.clone() for name, each in decoder.named_parameters() if each.grad is not None}
    optimizer.step()
    return One(float(loss.detach()), gradients, {name: each.detach() for name, each in decoder.named_parameters()})


def apart(made: dict[str, Tensor], wanted: dict[str, Tensor]) -> float:
    """The largest difference of a tensor, relative to its length."""
    assert made.keys() == wanted.keys()
    return max(float((made[name] - wanted[name]).norm() / wanted[name].norm()) for name in wanted)


def by_unit(gradients: dict[str, Tensor]) -> dict[str, Tensor]:
    """Of a block together: some of a block's gradients are nought but for rounding, as that of a key's bias."""
    units = sorted({name.partition(".attn")[0].partition(".mlp")[0].partition(".ln")[0] for name in gradients})
    return {
        unit: torch.cat([each.flatten() for name, each in sorted(gradients.items()) if name.startswith(unit)])
        for unit in units
    }
