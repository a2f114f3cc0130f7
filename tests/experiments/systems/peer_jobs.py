"""Rank functions for tests: a step of torch's own data parallelism, and checkpoints written and read."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor

from explorer.bench import parallel_ranks
from explorer.bench.parallel_tensor import LR, dtensor
from explorer.errors import StorageError
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism import sharded_checkpoint
from explorer.stack.parallelism.tensor import Split
from explorer.stack.parallelism.zero import Sharded
from explorer.stack.transformer.config import DecoderConfig
from tests.stack.parallelism.tiny import batch, fresh

#: torch's plans share a vocabulary evenly only.
EVEN = DecoderConfig(2, 16, 12, 6, 4, 24, 48, 16)


def peer(rank: Rank, given: Message) -> Message:
    """All weights after one step from the same ones, and the gradients."""
    decoder = fresh()
    step = getattr(parallel_ranks, given["peer"])(rank.group, decoder, batch(6))
    step()
    made = {name: _whole(each) for name, each in decoder.named_parameters()}
    gradients = {name: _whole(each.grad) for name, each in decoder.named_parameters() if each.grad is not None}
    return {"weights": made, "gradients": gradients}


def _whole(tensor: Tensor) -> Tensor:
    return tensor.full_tensor().detach() if isinstance(tensor, DTensor) else tensor.detach()


def ours(rank: Rank, given: Message) -> Message:
    """The same by hand; stage 0 gives the gradients."""
    found: dict[str, Tensor] = {}
    decoder = fresh()
    made = Sharded(rank.group, decoder, given["stage"], ready=lambda name, x: found.update({name: x.clone()}), lr=1e-4)
    made.step(batch(6))
    return {"weights": made.whole_weights(), "gradients": found}


def torch_tensor(rank: Rank, given: Message) -> Message:
    """A decoder after one step of torch's DTensor: all its gradients and weights."""
    decoder = fresh(EVEN)
    dtensor(given["sequence"])(rank.group, decoder, batch(4))()
    names = {name.removesuffix(".weight") + ".weight": each for name, each in decoder.named_parameters()}
    gradients = {name: _whole(each.grad) for name, each in names.items() if each.grad is not None}
    return {"weights": {name: _whole(each) for name, each in names.items()}, "gradients": gradients}


def own_tensor(rank: Rank, given: Message) -> Message:
    """This rank's part of the same, by hand."""
    made = Split.of(fresh(EVEN), rank.group, given["sequence"])
    optimizer = torch.optim.AdamW(made.decoder.parameters(), LR, fused=True)
    loss = made.loss(batch(4))
    loss.backward()
    made.sum_partial()
    gradients = {name: each.grad.clone() for name, each in made.decoder.named_parameters() if each.grad is not None}
    optimizer.step()
    weights = {name: each.detach() for name, each in made.decoder.named_parameters()}
    return {"weights": weights, "gradients": gradients, "loss": float(loss.detach())}


def saved(rank: Rank, given: Message) -> Message:
    """Two steps, a checkpoint, and a third step."""
    made = Sharded(rank.group, fresh(), given["stage"])
    for _ in range(2):
        made.step(batch(12))
    sharded_checkpoint.save(made, Path(given["folder"]))
    return {"loss": made.step(batch(12)).loss, "weights": made.whole_weights()}


def resumed(rank: Rank, given: Message) -> Message:
    """The third step from the checkpoint."""
    decoder = fresh()
    with torch.no_grad():
        for each in decoder.parameters():
            each.zero_()
    made = Sharded(rank.group, decoder, given["stage"])
    try:
        sharded_checkpoint.load(made, Path(given["folder"]))
    except StorageError as error:
        return {"error": str(error)}
    return {"loss": made.step(batch(12)).loss, "weights": made.whole_weights()}
