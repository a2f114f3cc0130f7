"""A group of processes over torch.distributed: gloo on CPUs, NCCL on GPUs; the process group must be there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress

import torch
from torch import Tensor, distributed

from explorer.stack.parallelism.group import Finish, Group, Operation, Record

OPERATIONS = {"sum": distributed.ReduceOp.SUM, "max": distributed.ReduceOp.MAX}
# torch 2.13 renames two of them, and the old names warn.
GATHER = getattr(distributed, "all_gather_single", None) or distributed.all_gather_into_tensor
SCATTER = getattr(distributed, "reduce_scatter_single", None) or distributed.reduce_scatter_tensor
#: The tag of messages within a collective.
RING = 2**20


class ProcessGroup(Group):
    """Of some ranks of the whole."""

    def __init__(self, members: Sequence[int] | None = None, records: list[Record] | None = None) -> None:
        """`members`: their numbers in the whole, all by default. Only members may make it, and all of them must."""
        everybody = range(distributed.get_world_size())
        chosen = tuple(everybody if members is None else members)
        super().__init__(chosen.index(distributed.get_rank()), chosen, [] if records is None else records)
        whole = chosen == tuple(everybody)
        handle = distributed.group.WORLD if whole else distributed.new_group(chosen, use_local_synchronization=True)
        assert isinstance(handle, distributed.ProcessGroup)
        self.handle = handle
        """torch's own process group, for what of torch takes one."""
        self._parts: dict[tuple[int, ...], ProcessGroup] = {}

    def barrier(self) -> None:
        self.say("waits in barrier")
        distributed.barrier(self.handle)

    def part(self, groups: Sequence[Sequence[int]]) -> ProcessGroup:
        own = [tuple(self.members[each] for each in ranks) for ranks in groups if self.rank in ranks]
        if len(own) != 1:
            raise ValueError(f"rank {self.rank} must be in one of the groups, not in {len(own)}")
        made = self._parts.get(own[0])
        if made is None:
            made = self._parts[own[0]] = ProcessGroup(own[0], self.records)
        made.say, made.meter = self.say, self.meter
        return made

    def _all_reduce(self, tensor: Tensor, operation: Operation) -> Finish:
        return _waited(distributed.all_reduce(tensor, OPERATIONS[operation], self.handle, async_op=True))

    def _reduce_scatter(self, out: Tensor, tensor: Tensor) -> Finish:
        if distributed.get_backend(self.handle) == "gloo":
            return lambda: self._ring(out, tensor)
        return _waited(SCATTER(out, tensor, group=self.handle, async_op=True))

    def _ring(self, out: Tensor, tensor: Tensor) -> None:
        """The sum's own piece, once around (`collectives`): gloo makes it of an all-reduce, and sends twice as much."""
        ranks, pieces = self.ranks, tensor.chunk(self.ranks)
        right, left = (self.rank + 1) % ranks, (self.rank - 1) % ranks
        flowing, arrived = pieces[(self.rank - 1) % ranks], torch.empty_like(out)
        if ranks == 1:
            out.copy_(tensor)
        for turn in range(ranks - 1):
            into = pieces[(self.rank - turn - 2) % ranks]
            come, gone = self._receive(arrived, left, RING), self._send(flowing, right, RING)
            come()
            total = torch.add(into, arrived, out=out) if turn == ranks - 2 else into + arrived
            gone()
            flowing = total

    def _all_gather(self, out: Tensor, own: Tensor) -> Finish:
        return _waited(GATHER(out, own, group=self.handle, async_op=True))

    def _all_to_all(self, out: Tensor, tensor: Tensor, sends: Sequence[int], receives: Sequence[int]) -> Finish:
        given = (list(receives), list(sends))
        return _waited(distributed.all_to_all_single(out, tensor, *given, group=self.handle, async_op=True))

    def _broadcast(self, tensor: Tensor, source: int) -> Finish:
        return _waited(distributed.broadcast(tensor, self.members[source], self.handle, async_op=True))

    def _send(self, tensor: Tensor, to: int, tag: int) -> Finish:
        return _waited(distributed.isend(tensor, self.members[to], self.handle, tag))

    def _receive(self, tensor: Tensor, source: int, tag: int) -> Finish:
        return _waited(distributed.irecv(tensor, self.members[source], self.handle, tag))


class _Waited:
    """Waits for torch's work, and knows when it was over."""

    def __init__(self, work: distributed.Work) -> None:
        self._work, self.done = work, None
        with suppress(RuntimeError):  # messages have none
            work.get_future().add_done_callback(self._over)

    def _over(self, _: object) -> None:
        self.done = time.perf_counter()

    def __call__(self) -> None:
        self._work.wait()


def _waited(work: distributed.Work | None) -> Finish:
    assert work is not None
    return _Waited(work)


def device_of(rank: int) -> torch.device:
    """Where the rank's tensors must lie: NCCL wants a GPU each."""
    if distributed.get_backend() == "nccl":
        return torch.device("cuda", rank % torch.cuda.device_count())
    return torch.device("cpu")
