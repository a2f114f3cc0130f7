"""The steps that `bench parallel` times, ours and torch's: one function a subject, run by every rank.

A case is added to `CASES`: a function that is given the rank's group, a decoder of its own and all rows, and gives one
that makes one training step.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn

from explorer.bench.parallel_tensor import dtensor, own_tensor
from explorer.experiments.systems.parallel_subject import decoder_of
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism.data_parallel import Buckets
from explorer.stack.parallelism.process_group import ProcessGroup
from explorer.stack.parallelism.units import Forward, shares
from explorer.stack.parallelism.zero import Sharded
from explorer.stack.parallelism.zero_memory import Stage
from explorer.stack.transformer.decoder import Decoder

Step = Callable[[], object]
LR = 1e-4


class Loss(nn.Module):
    """The loss as a module, which is what torch's wrappers take."""

    def __init__(self, decoder: Decoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, windows: Tensor) -> Tensor:
        return Forward(self.decoder, windows, None, 1.0).whole()


def own_ddp(group: ProcessGroup, decoder: Decoder, windows: Tensor) -> Step:
    buckets = Buckets(list(decoder.named_parameters()), group)
    optimizer = torch.optim.AdamW(decoder.parameters(), LR, fused=True)
    part = shares(len(windows), group.ranks)[group.rank]

    def step() -> None:
        buckets.begin()
        Forward(decoder, windows[part], group, 1 / group.ranks).whole().backward()
        buckets.finish()
        optimizer.step()

    return step


def torch_ddp(group: ProcessGroup, decoder: Decoder, windows: Tensor) -> Step:
    from torch.nn.parallel import DistributedDataParallel

    model = DistributedDataParallel(Loss(decoder), process_group=group.handle, gradient_as_bucket_view=True)
    return _stepped(model, group, windows)


def own_zero(stage: Stage) -> Callable[[ProcessGroup, Decoder, Tensor], Step]:
    def build(group: ProcessGroup, decoder: Decoder, windows: Tensor) -> Step:
        made = Sharded(group, decoder, stage, lr=LR, noted=False)
        return lambda: made.step(windows)

    return build


def torch_zero(group: ProcessGroup, decoder: Decoder, windows: Tensor) -> Step:
    from torch.distributed.optim import ZeroRedundancyOptimizer
    from torch.nn.parallel import DistributedDataParallel

    model = DistributedDataParallel(Loss(decoder), process_group=group.handle, gradient_as_bucket_view=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimizer = ZeroRedundancyOptimizer(
            model.parameters(), optimizer_class=torch.optim.AdamW, process_group=group.handle, lr=LR
        )
    return _stepped(model, group, windows, optimizer)


def fsdp2(group: ProcessGroup, decoder: Decoder, windows: Tensor) -> Step:
    from torch.distributed.device_mesh import DeviceMesh
    from torch.distributed.fsdp import fully_shard

    mesh = DeviceMesh.from_group(group.handle, "cpu")
    model = Loss(decoder)
    for block in decoder.blocks:
        fully_shard(block, mesh=mesh)
    fully_shard(model, mesh=mesh)
    return _stepped(model, group, windows)


def _stepped(
    model: nn.Module, group: ProcessGroup, windows: Tensor, optimizer: torch.optim.Optimizer | None = None
) -> Step:
    steps = optimizer or torch.optim.AdamW(model.parameters(), LR, fused=True)
    part = shares(len(windows), group.ranks)[group.rank]

    def step() -> None:
        steps.zero_grad()
        model(windows[part]).backward()
        steps.step()

    return step


#: By case and subject.
CASES: dict[tuple[str, str], Callable[[ProcessGroup, Decoder, Tensor], Step]] = {
    ("data parallel", "explorer"): own_ddp,
    ("data parallel", "torch DDP"): torch_ddp,
    ("ZeRO 1", "explorer"): own_zero(1),
    ("ZeRO 1", "torch ZeroRedundancyOptimizer"): torch_zero,
    ("ZeRO 3", "explorer"): own_zero(3),
    ("ZeRO 3", "torch FSDP2"): fsdp2,
    ("ZeRO 2", "explorer"): own_zero(2),
    ("tensor parallel", "explorer"): own_tensor(),
    ("tensor parallel", "torch DTensor"): dtensor(),
    ("tensor parallel along the sequence", "explorer"): own_tensor(sequence=True),
    ("tensor parallel along the sequence", "torch DTensor"): dtensor(sequence=True),
}


def timed(rank: Rank, given: Message) -> Message:
    """Milliseconds of every case's steps, in turns, and the bytes of one step: by the records and on the socket."""
    group = rank.group
    steps = {name: build(group, decoder_of(given), given["windows"]) for name, build in CASES.items()}
    found: dict[tuple[str, str], list[float]] = {name: [] for name in steps}
    sockets: dict[tuple[str, str], int | None] = {}
    formulas: dict[tuple[str, str], float] = {}
    for turn in range(-2, given["rounds"]):  # the first makes states, the second is counted
        for name, step in steps.items():
            group.records.clear()
            group.barrier()
            before = rank.sent() if rank.sent else None
            group.barrier()
            began = time.perf_counter()
            step()
            group.barrier()
            if turn >= 0:
                found[name].append((time.perf_counter() - began) * 1e3)
            elif before is not None and rank.sent is not None:
                sockets[name] = rank.sent() - before
            formulas[name] = sum(each.formula for each in group.records)
            group.barrier()
        rank.tell({"turn": turn})
    return {
        "cases": [
            {"case": case, "subject": subject, "ms": found[case, subject], "socket": sockets.get((case, subject)),
             "formula": formulas[case, subject]}
            for case, subject in steps
        ]
    }  # fmt: skip
