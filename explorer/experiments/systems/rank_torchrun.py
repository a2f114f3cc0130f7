"""A rank function under torchrun, with NCCL where every rank has a GPU and gloo elsewhere: the same mechanisms.

    torchrun --nproc-per-node 2 -m explorer.experiments.systems.rank_torchrun MODULE:FUNCTION PAYLOAD.pt ANSWERS.pt

PAYLOAD.pt is what `torch.save` wrote of the payload, the same for all ranks; rank 0 writes what it tells and answers.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import torch
from torch import distributed

from explorer.experiments.systems.rank_process import Message, Rank, named
from explorer.stack.parallelism.process_group import ProcessGroup, device_of


def main(does: str, payload: Path, answers: Path) -> None:
    local, gpus = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    distributed.init_process_group("nccl" if int(os.environ["LOCAL_WORLD_SIZE"]) <= gpus else "gloo")
    group = ProcessGroup()
    device = device_of(local)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    told: list[Message] = []
    given = _onto(torch.load(payload, weights_only=True), device)
    answer = named(does)(Rank(group, told.append, None), given)
    if not group.rank:
        torch.save(_onto({"told": told, "answer": answer}, torch.device("cpu")), answers)
    distributed.destroy_process_group()


def _onto(value: object, device: torch.device) -> Message:
    """Every tensor of it on the device."""
    if isinstance(value, torch.Tensor):
        return value.to(device)  # pyright: ignore[reportReturnType]
    if isinstance(value, dict):
        return {key: _onto(each, device) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_onto(each, device) for each in value)  # pyright: ignore[reportReturnType]
    return value  # pyright: ignore[reportReturnType]


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
