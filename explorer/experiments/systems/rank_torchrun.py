"""A rank function under torchrun, with NCCL where every rank has a GPU and gloo elsewhere: the same mechanisms.

    torchrun --standalone --nproc-per-node 2 -m explorer.experiments.systems.rank_torchrun \\
        MODULE:FUNCTION PAYLOAD.pt ANSWERS.pt

PAYLOAD.pt is what `torch.save` wrote of the payload, the same for all ranks; rank 0 writes what it tells and answers.
Threads are one a process on CPUs. A step that needs no payload is `torchrun_step`.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed

from explorer.experiments.systems.rank_process import Message, Rank, named
from explorer.stack.parallelism.process_group import ProcessGroup, device_of

#: seconds after which a process that misses another gives up
PATIENCE = 120.0


def main(does: str, payload: Path, answers: Path) -> None:
    group = joined_group()
    told: list[Message] = []
    given = onto(torch.load(payload, weights_only=True), device_of(int(os.environ["LOCAL_RANK"])))
    answer = named(does)(Rank(group, told.append, None), given)
    if not group.rank:
        torch.save(onto({"told": told, "answer": answer}, torch.device("cpu")), answers)
    distributed.destroy_process_group()


def joined_group() -> ProcessGroup:
    """All processes that torchrun started, with a GPU or a thread each. One that misses another gives up in time."""
    local, gpus = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    backend = "nccl" if int(os.environ["LOCAL_WORLD_SIZE"]) <= gpus else "gloo"
    distributed.init_process_group(backend, timeout=timedelta(seconds=PATIENCE))
    if backend == "nccl":
        torch.cuda.set_device(device_of(local))
    else:
        torch.set_num_threads(1)
    return ProcessGroup()


def onto(value: object, device: torch.device) -> Message:
    """Every tensor of it on the device."""
    if isinstance(value, torch.Tensor):
        return value.to(device)  # pyright: ignore[reportReturnType]
    if isinstance(value, dict):
        return {key: onto(each, device) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(onto(each, device) for each in value)  # pyright: ignore[reportReturnType]
    return value  # pyright: ignore[reportReturnType]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
