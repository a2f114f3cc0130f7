"""A checkpoint of which each rank writes its own part, and any number of ranks reads: torch's distributed checkpoint.

A unit's float32 weights and both moments are one vector each, of which rank r of N has the r-th of N pieces; torch
writes which numbers lie in which file, so that M ranks find the pieces that they need. Padding is not written.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, distributed
from torch.distributed import checkpoint
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import DTensor, Shard

from explorer.errors import StorageError
from explorer.stack.parallelism.process_group import ProcessGroup
from explorer.stack.parallelism.zero import Sharded

MOMENTS = ("exp_avg", "exp_avg_sq")


def save(made: Sharded, folder: Path) -> None:
    """Every rank must call. Raises ValueError for stage 0, which has no parts."""
    with _quiet():
        checkpoint.save(_state(made), checkpoint_id=folder, process_group=_group(made).handle)  # pyright: ignore[reportPrivateImportUsage]


def load(made: Sharded, folder: Path) -> None:
    """Weights and moments into a decoder of the same units. Every rank must call. Raises StorageError where a file is
    missing or the checkpoint is of another decoder."""
    state = _state(made)
    try:
        with _quiet():
            checkpoint.load(state, checkpoint_id=folder, process_group=_group(made).handle)  # pyright: ignore[reportPrivateImportUsage]
    except checkpoint.CheckpointException as error:  # pyright: ignore[reportPrivateImportUsage]
        first = next(iter(error.failures.values()))[0]
        raise StorageError(
            f"The checkpoint in {folder.name} cannot be read: {' '.join(str(first).split())[:160]}",
            "Every rank's file must lie there: copy the whole folder, or resume from another step.",
        ) from error
    for shard in made.shards.values():
        own = made.optimizer.state[shard.master]
        own["step"].fill_(float(state["step"]))  # pyright: ignore[reportArgumentType]
        with torch.no_grad():
            shard.own.copy_(shard.master)
        if made.stage < 3:
            made.group.all_gather(shard.own.clone(), shard.unit.name, shard.flat.data).wait()


def _state(made: Sharded) -> dict[str, Tensor]:
    """What is written: pieces of the rank's own tensors, not copies."""
    if made.stage == 0:
        raise ValueError("plain data parallelism has no parts to write: every rank holds all")
    mesh = DeviceMesh.from_group(_group(made).handle, made.shards["embed"].own.device.type)
    state: dict[str, Tensor] = {}
    for name, shard in made.shards.items():
        numbers, piece = shard.unit.numbers, len(shard.master)
        real = max(0, min(piece, numbers - made.group.rank * piece))
        own = made.optimizer.state[shard.master]
        state["step"] = own["step"].detach().clone()
        for key, tensor in (("weights", shard.master), *((each, own[each]) for each in MOMENTS)):
            state[f"{name}.{key}"] = DTensor.from_local(
                tensor.detach()[:real], mesh, [Shard(0)], run_check=False, shape=torch.Size((numbers,)), stride=(1,)
            )
    return state


def _group(made: Sharded) -> ProcessGroup:
    if not isinstance(made.group, ProcessGroup) or not distributed.is_initialized():
        raise ValueError("a sharded checkpoint is written by processes")
    return made.group


@contextmanager
def _quiet() -> Iterator[None]:
    """torch tells of its own ways of saving."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
