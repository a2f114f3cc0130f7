"""A group whose ranks are threads of one process: what tests and examples run on, with nothing started.

>>> def gathered(group: Group) -> list[float]:
...     pair = group.part([[0, 1], [2]])  # ranks 0 and 1; rank 2 by itself
...     return pair.all_gather(torch.tensor([float(group.rank)])).wait().tolist()
>>> in_threads(3, gathered)
[[0.0, 1.0], [0.0, 1.0], [2.0]]
"""

from __future__ import annotations

import queue
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor

from explorer.stack.parallelism.group import Finish, Group, Operation, Record

Result = TypeVar("Result")
Deposit = tuple[str, Tensor, tuple[int, ...]]
#: seconds after which a thread that waits for another gives up
PATIENCE = 60.0


@dataclass(eq=False)
class Meeting:
    """What all threads share: a place for each collective, and a queue from each rank to each other, by tag."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    places: dict[tuple[tuple[int, ...], int], dict[int, Deposit]] = field(default_factory=lambda: defaultdict(dict))
    queues: dict[tuple[tuple[int, ...], int, int, int], queue.SimpleQueue[Tensor]] = field(default_factory=dict)
    failed: BaseException | None = None

    def line(self, members: tuple[int, ...], source: int, to: int, tag: int) -> queue.SimpleQueue[Tensor]:
        with self.changed:
            return self.queues.setdefault((members, source, to, tag), queue.SimpleQueue())

    def all_there(self, place: dict[int, Deposit], members: tuple[int, ...]) -> list[Deposit]:
        """What all have brought, by rank. Raises RuntimeError where another thread has failed or does not come."""
        with self.changed:
            there = self.changed.wait_for(lambda: len(place) == len(members) or self.failed is not None, PATIENCE)
            if self.failed is not None:
                raise RuntimeError("another rank failed") from self.failed
            if not there:
                missing = [each for at, each in enumerate(members) if at not in place]
                raise RuntimeError(f"ranks {missing} did not come to a collective")
        brought = [place[at] for at in range(len(members))]
        if len({name for name, _, _ in brought}) > 1:
            raise RuntimeError(f"the ranks are in different collectives: {[name for name, _, _ in brought]}")
        return brought


class ThreadGroup(Group):
    """Ranks that are threads of one process."""

    def __init__(
        self, rank: int, members: Sequence[int], meeting: Meeting, records: list[Record] | None = None
    ) -> None:
        super().__init__(rank, members, [] if records is None else records)
        self._meeting = meeting
        self._parts: dict[tuple[int, ...], ThreadGroup] = {}
        self._met = Counter[str]()

    def barrier(self) -> None:
        self._meet("barrier", torch.empty(0))()

    def part(self, groups: Sequence[Sequence[int]]) -> ThreadGroup:
        own = [tuple(self.members[each] for each in ranks) for ranks in groups if self.rank in ranks]
        if len(own) != 1:
            raise ValueError(f"rank {self.rank} must be in one of the groups, not in {len(own)}")
        if own[0] == self.members:
            return self
        if own[0] not in self._parts:
            at = own[0].index(self.members[self.rank])
            self._parts[own[0]] = ThreadGroup(at, own[0], self._meeting, self.records)
        return self._parts[own[0]]

    def _meet(self, name: str, tensor: Tensor, splits: Sequence[int] = ()) -> Callable[[], list[Deposit]]:
        """Bring a tensor to the group's next collective; what all have brought, once it is asked for."""
        meeting, key = self._meeting, (self.members, self._met["all"])
        self._met["all"] += 1
        with meeting.changed:
            place = meeting.places[key]
            place[self.rank] = (name, tensor.detach().clone(), tuple(splits))
            if len(place) == self.ranks:
                del meeting.places[key]
                meeting.changed.notify_all()
        return lambda: meeting.all_there(place, self.members)

    def _all_reduce(self, tensor: Tensor, operation: Operation) -> Finish:
        meet = self._meet(f"all-reduce {operation} of {tuple(tensor.shape)}", tensor)
        return lambda: tensor.detach().copy_(_reduced([each for _, each, _ in meet()], operation))

    def _reduce_scatter(self, out: Tensor, tensor: Tensor) -> Finish:
        meet = self._meet(f"reduce-scatter of {tuple(tensor.shape)}", tensor)
        own = slice(self.rank * len(out), (self.rank + 1) * len(out))
        return lambda: out.copy_(_reduced([each[own] for _, each, _ in meet()], "sum"))

    def _all_gather(self, out: Tensor, own: Tensor) -> Finish:
        meet = self._meet(f"all-gather of {tuple(own.shape)}", own)
        return lambda: out.detach().copy_(torch.cat([each for _, each, _ in meet()]))

    def _all_to_all(self, out: Tensor, tensor: Tensor, sends: Sequence[int], receives: Sequence[int]) -> Finish:
        meet = self._meet("all-to-all", tensor, sends)

        def finish() -> Tensor:
            come = [each.split(list(splits))[self.rank] for _, each, splits in meet()]
            if [len(each) for each in come] != list(receives):
                raise RuntimeError(f"{[len(each) for each in come]} rows came, and {list(receives)} were expected")
            return out.copy_(torch.cat(come))

        return finish

    def _broadcast(self, tensor: Tensor, source: int) -> Finish:
        meet = self._meet(f"broadcast of {tuple(tensor.shape)}", tensor)
        return lambda: tensor.detach().copy_(meet()[source][1])

    def _send(self, tensor: Tensor, to: int, tag: int) -> Finish:
        self._meeting.line(self.members, self.rank, to, tag).put(tensor.detach().clone())
        return lambda: None

    def _receive(self, tensor: Tensor, source: int, tag: int) -> Finish:
        line = self._meeting.line(self.members, source, self.rank, tag)

        def finish() -> Tensor:
            for _ in range(int(PATIENCE / 0.1)):
                if self._meeting.failed is not None:
                    raise RuntimeError("another rank failed") from self._meeting.failed
                try:
                    return tensor.detach().copy_(line.get(timeout=0.1))
                except queue.Empty:
                    continue
            raise RuntimeError(f"rank {source} sent nothing to rank {self.rank}")

        return finish


def _reduced(tensors: Sequence[Tensor], operation: Operation) -> Tensor:
    """In the order of the ranks, so that all get the same bits."""
    made = tensors[0].clone()
    for each in tensors[1:]:
        made = made + each if operation == "sum" else torch.maximum(made, each)
    return made


def in_threads(ranks: int, work: Callable[[Group], Result]) -> list[Result]:
    """What each rank's thread gives, by rank. Raises what the first of them raised."""
    meeting, results = Meeting(), dict[int, Result]()

    def run(rank: int) -> None:
        try:
            results[rank] = work(ThreadGroup(rank, range(ranks), meeting))
        except BaseException as error:  # it is raised where all are waited for
            with meeting.changed:
                meeting.failed = meeting.failed or error
                meeting.changed.notify_all()

    threads = [threading.Thread(target=run, args=(rank,), daemon=True) for rank in range(ranks)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if meeting.failed is not None:
        raise meeting.failed
    return [results[rank] for rank in range(ranks)]
