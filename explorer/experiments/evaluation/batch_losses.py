"""A text's losses in batches, each read by itself: some of one length, and a shorter last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.evaluation.perplexity import documents
from explorer.experiments.evaluation.reader import Shared
from explorer.experiments.evaluation.task_run import encoder

if TYPE_CHECKING:
    from explorer.zoo.model import Model

BATCH, BATCHES = 64, 3


def batches(model: Model, last: int) -> list[list[int]]:
    """The text's first tokens: three batches of 64, and one of `last`."""
    ids = model.vocabulary.encode("\n\n".join(documents("novel", 3)))
    ends = [BATCH * (at + 1) for at in range(BATCHES)] + [BATCH * BATCHES + last]
    return [ids[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def batch_losses(model: Model, last: int) -> list[Float[Tensor, " token"]]:
    """-log p of each token after those before it in its batch, nats, float64."""
    _, first = encoder(model)
    reader = Shared(model)
    return [reader.surprises([first, *ids[:-1]], ids).double() for ids in batches(model, last)]


@torch.inference_mode()
def loss_by_transformers(model: Model, last: int) -> float:
    """The mean of all these losses as transformers computes them, nats."""
    _, first = encoder(model)
    found = [
        F.cross_entropy(model.hf(torch.tensor([[first, *ids[:-1]]])).logits[0], torch.tensor(ids), reduction="none")
        for ids in batches(model, last)
    ]
    return float(torch.cat(found).double().mean())
