"""A group of ranks, as an algorithm on one of them sees it: collectives, messages, and a record of each.

What carries the tensors lies below: `ProcessGroup` is torch.distributed (gloo on CPUs, NCCL on GPUs, the same code),
`ThreadGroup` threads of one process, for tests and examples. Every call begins at once and gives a `Pending`, whose
`wait` ends it; what is written in between overlaps. Each is recorded: what for, its logical bytes, the bytes that each
rank sends on a ring, when it began and ended. With N ranks and S bytes (of the whole tensor):

    all-reduce 2 (N-1)/N S    reduce-scatter, all-gather, all-to-all (N-1)/N S    broadcast S on the longest way

Patarasuk and Yuan 2009 (Bandwidth optimal all-reduce algorithms for clusters of workstations) show that no all-reduce
sends less. What a library really sends may differ, and is measured beside it (`Group.meter`).

>>> import torch
>>> from explorer.stack.parallelism.thread_group import in_threads
>>> def mean(group: Group) -> tuple[float, int]:
...     x = torch.full((6,), float(group.rank))
...     group.all_reduce(x, "example").wait()
...     return float(x[0]) / group.ranks, group.records[0].formula
>>> in_threads(3, mean)  # (0 + 1 + 2) / 3; 2 * 2/3 * 24 bytes
[(1.0, 32.0), (1.0, 32.0), (1.0, 32.0)]
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

Collective = Literal["all-reduce", "reduce-scatter", "all-gather", "all-to-all", "broadcast", "send", "receive"]
Operation = Literal["sum", "max"]
Finish = Callable[[], object]


@dataclass(frozen=True)
class Record:
    """One call, as one rank made it. Times are seconds of the machine's own clock, which all its processes read."""

    name: Collective
    what: str
    """What it was for: the unit, the layer."""
    members: tuple[int, ...]
    """The ranks that took part, by their numbers in the whole."""
    bytes: int
    """Logical: of the whole tensor; of a message, of the message."""
    formula: float
    """Bytes that each rank sends on a ring; of an all-to-all what this rank sends to others; of a message that is
    received none."""
    start: float
    """When it was begun."""
    waited: float
    """When this rank began to wait for it."""
    end: float
    """When this rank had it."""
    done: float | None = None
    """When it was over, waited for or not; None: not told."""
    socket: int | None = None
    """Bytes, headers too, that all ranks together sent over the network for it; None: not measured."""


class Pending:
    """What was begun. `wait` may be called once, and gives the result."""

    def __init__(self, finish: Callable[[], Tensor]) -> None:
        self._finish = finish

    def wait(self) -> Tensor:
        return self._finish()


class Group(ABC):
    """One rank's end of a group. Tensors must be contiguous; those that are begun on must not change before `wait`."""

    def __init__(self, rank: int, members: Sequence[int], records: list[Record]) -> None:
        """`rank` counts within the group; `members` are the numbers in the whole."""
        self.rank, self.members, self.records = rank, tuple(members), records
        self.say: Callable[[str], None] = lambda _: None
        """Told what this rank is at, so that a watchdog can say it."""
        self.meter: Callable[[], int] | None = None
        """Reads the network's counter of sent bytes. While it is set, every collective is counted: all ranks stop
        before and after, so that times mean nothing. All ranks must set it together."""

    @property
    def ranks(self) -> int:
        return len(self.members)

    def all_reduce(self, tensor: Tensor, what: str = "", operation: Operation = "sum") -> Pending:
        """The sum of all ranks' tensors, or the largest, in place."""
        share = 2 * (self.ranks - 1) / self.ranks * tensor.nbytes
        return self._begun(
            "all-reduce", what, tensor.nbytes, share, tensor, lambda: self._all_reduce(tensor, operation)
        )

    def reduce_scatter(self, tensor: Tensor, what: str = "", out: Tensor | None = None) -> Pending:
        """This rank's N-th, along the first axis, of the sum of all ranks' tensors."""
        own = self._divided(tensor)
        made = tensor.new_empty(own, *tensor.shape[1:]) if out is None else out
        share = (self.ranks - 1) / self.ranks * tensor.nbytes
        return self._begun(
            "reduce-scatter", what, tensor.nbytes, share, made, lambda: self._reduce_scatter(made, tensor)
        )

    def all_gather(self, own: Tensor, what: str = "", out: Tensor | None = None) -> Pending:
        """All ranks' tensors, one after the other along the first axis."""
        made = own.new_empty(own.shape[0] * self.ranks, *own.shape[1:]) if out is None else out
        share = float((self.ranks - 1) * own.nbytes)
        return self._begun("all-gather", what, made.nbytes, share, made, lambda: self._all_gather(made, own))

    def all_to_all(self, tensor: Tensor, sends: Sequence[int], receives: Sequence[int], what: str = "") -> Pending:
        """Rows for each rank, in order: `sends[r]` of them go to rank r, `receives[r]` come from it."""
        if sum(sends) != len(tensor):
            raise ValueError(f"{len(tensor)} rows are given, and {sum(sends)} are to be sent")
        made = tensor.new_empty(sum(receives), *tensor.shape[1:])
        row = tensor[0].nbytes if len(tensor) else 0
        share = float(row * (len(tensor) - sends[self.rank]))
        return self._begun(
            "all-to-all", what, tensor.nbytes, share, made, lambda: self._all_to_all(made, tensor, sends, receives)
        )

    def broadcast(self, tensor: Tensor, source: int, what: str = "") -> Pending:
        """Rank `source`'s tensor, in place."""
        share = float(tensor.nbytes * (self.ranks > 1))
        return self._begun("broadcast", what, tensor.nbytes, share, tensor, lambda: self._broadcast(tensor, source))

    def send(self, tensor: Tensor, to: int, what: str = "", tag: int = 0) -> Pending:
        """Begin to send. Messages between two ranks with one tag keep their order; those of two tags may not."""
        size = tensor.nbytes
        return self._begun("send", what, size, float(size), tensor, lambda: self._send(tensor, to, tag))

    def receive(self, tensor: Tensor, source: int, what: str = "", tag: int = 0) -> Pending:
        """Begin to receive into a tensor of the right shape and type."""
        return self._begun("receive", what, tensor.nbytes, 0.0, tensor, lambda: self._receive(tensor, source, tag))

    def sum_together(self, tensors: Sequence[Tensor], what: str = "") -> None:
        """Each becomes the sum of all ranks': one all-reduce for all, which are of one type."""
        if tensors and self.ranks > 1:
            flat = self.all_reduce(torch.cat([each.flatten() for each in tensors]), what).wait()
            for tensor, total in zip(tensors, flat.split([each.numel() for each in tensors]), strict=True):
                tensor.copy_(total.view_as(tensor))

    @abstractmethod
    def barrier(self) -> None:
        """Until all ranks of the group are here. Not recorded."""

    @abstractmethod
    def part(self, groups: Sequence[Sequence[int]]) -> Group:
        """The one of these groups, given by ranks of this one, in which this rank is. All their members must call."""

    def _begun(
        self, name: Collective, what: str, size: int, share: float, made: Tensor, start: Callable[[], Finish]
    ) -> Pending:
        if self.meter is not None and name not in ("send", "receive"):
            return self._counted(name, what, size, share, made, start)
        began = time.perf_counter()
        finish = start()

        def finished() -> Tensor:
            self.say(f"waits in {name} {what}")
            waited = time.perf_counter()
            finish()
            end = time.perf_counter()
            done = getattr(finish, "done", None)
            self.records.append(Record(name, what, self.members, size, share, began, waited, end, done))
            self.say(f"after {name} {what}")
            return made

        return Pending(finished)

    def _counted(
        self, name: Collective, what: str, size: int, share: float, made: Tensor, start: Callable[[], Finish]
    ) -> Pending:
        assert self.meter is not None
        self.barrier()
        before = self.meter()
        self.barrier()
        barrier = self.meter() - before
        self.barrier()  # nobody begins before all have read
        first = self.meter()
        self.barrier()
        began = time.perf_counter()
        start()()
        end = time.perf_counter()
        self.barrier()
        sent = max(0, self.meter() - first - 2 * barrier)
        self.barrier()
        self.records.append(Record(name, what, self.members, size, share, began, began, end, end, sent))
        return Pending(lambda: made)

    def _divided(self, tensor: Tensor) -> int:
        if len(tensor) % self.ranks:
            raise ValueError(f"{len(tensor)} rows cannot be shared evenly by {self.ranks} ranks")
        return len(tensor) // self.ranks

    @abstractmethod
    def _all_reduce(self, tensor: Tensor, operation: Operation) -> Finish: ...

    @abstractmethod
    def _reduce_scatter(self, out: Tensor, tensor: Tensor) -> Finish: ...

    @abstractmethod
    def _all_gather(self, out: Tensor, own: Tensor) -> Finish: ...

    @abstractmethod
    def _all_to_all(self, out: Tensor, tensor: Tensor, sends: Sequence[int], receives: Sequence[int]) -> Finish: ...

    @abstractmethod
    def _broadcast(self, tensor: Tensor, source: int) -> Finish: ...

    @abstractmethod
    def _send(self, tensor: Tensor, to: int, tag: int) -> Finish: ...

    @abstractmethod
    def _receive(self, tensor: Tensor, source: int, tag: int) -> Finish: ...
