"""Channels between the ranks of a ring: real processes, or threads of one; one meter on both.

`Ring` is what an algorithm over several ranks sees: begin a send, begin a receive, wait for either. Every tensor that
is handed over is counted there and then, in bytes, and every moment is noted: handing over, waiting, computing. What
carries the tensors lies below: `ProcessRing` is torch.distributed's point-to-point isend and irecv (gloo on CPUs, NCCL
on GPUs), `ThreadRing` queues between threads, for tests and examples.

>>> def pass_on(ring: Ring) -> float:
...     mine, theirs = torch.tensor([float(ring.rank)]), torch.empty(1)
...     sent, come = ring.send([mine], ring.next, "K, V", ring.rank), ring.receive([theirs], ring.previous, "K, V")
...     ring.wait(come)
...     ring.wait(sent)
...     return float(theirs)
>>> in_threads(3, pass_on)
[2.0, 0.0, 1.0]
"""

from __future__ import annotations

import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor

Does = Literal["compute", "send", "wait"]
Name = Literal["K, V", "dK, dV", "Q, K, V", "O"]
Finish = Callable[[], object]
Result = TypeVar("Result")
#: Messages of one name keep their order; those of two names may overtake each other, and are told apart by their tags.
TAGS: dict[Name, int] = {"K, V": 0, "dK, dV": 4, "Q, K, V": 8, "O": 12}
#: seconds after which a thread that nobody sends to gives up
PATIENCE = 60.0


@dataclass(frozen=True)
class Moment:
    """What a rank did, from when to when: seconds of the machine's own clock, which all its processes read."""

    does: Does
    phase: str
    step: int
    start: float
    end: float
    cpu: float
    """Seconds of a processor that the rank's thread had meanwhile; less where ranks share processors."""
    name: str = ""
    """What was sent."""
    owner: int = -1
    """The rank whose block was sent or computed with."""
    to: int = -1
    bytes: int = 0
    flops: int = 0
    tiles: tuple[tuple[int, int, int, int], ...] = ()
    """What was computed: queries from, to, keys from, to, as positions of the text."""


class Ring(ABC):
    """One rank's end of the channels to all others."""

    def __init__(self, rank: int, ranks: int) -> None:
        self.rank, self.ranks = rank, ranks
        self.moments: list[Moment] = []
        self.phase, self.step = "", 0

    @property
    def next(self) -> int:
        return (self.rank + 1) % self.ranks

    @property
    def previous(self) -> int:
        return (self.rank - 1) % self.ranks

    def turn(self, phase: str, step: int) -> None:
        """What follows belongs to this step."""
        self.phase, self.step = phase, step

    def send(self, tensors: Sequence[Tensor], to: int, name: Name, owner: int) -> list[Finish]:
        """Begin to send; the tensors must not change until the wait for it is over. Counted: what is handed over."""
        with self.noting("send", name=name, owner=owner, to=to) as note:
            pending = []
            for tag, tensor in enumerate(tensors, TAGS[name]):
                pending.append(self._send(tensor, to, tag))
                note["bytes"] += tensor.nbytes
        return pending

    def receive(self, tensors: Sequence[Tensor], source: int, name: Name) -> list[Finish]:
        """Begin to receive into tensors of the right shape and type."""
        return [self._receive(tensor, source, tag) for tag, tensor in enumerate(tensors, TAGS[name])]

    def wait(self, pending: Sequence[Finish]) -> None:
        """Until it has come, or has gone."""
        with self.noting("wait"):
            for finish in pending:
                finish()

    @contextmanager
    def noting(self, does: Does, **what: Any) -> Iterator[dict[str, Any]]:
        """Note the time that the block of code takes, and what it writes into the dict."""
        note = {"bytes": 0, "flops": 0, "tiles": (), **what}
        start, cpu = time.perf_counter(), time.thread_time()
        yield note
        end, had = time.perf_counter(), time.thread_time() - cpu
        self.moments.append(Moment(does, self.phase, self.step, start, end, had, **note))

    @abstractmethod
    def _send(self, tensor: Tensor, to: int, tag: int) -> Finish: ...

    @abstractmethod
    def _receive(self, tensor: Tensor, source: int, tag: int) -> Finish: ...


class ProcessRing(Ring):
    """Over torch.distributed's point-to-point messages. The process group must be there."""

    def _send(self, tensor: Tensor, to: int, tag: int) -> Finish:
        from torch import distributed

        work = distributed.isend(tensor, to, tag=tag)
        assert work is not None
        return work.wait

    def _receive(self, tensor: Tensor, source: int, tag: int) -> Finish:
        from torch import distributed

        work = distributed.irecv(tensor, source, tag=tag)
        assert work is not None
        return work.wait


@dataclass(eq=False)
class Wires:
    """A queue from each rank to each other one, by tag."""

    queues: dict[tuple[int, int, int], queue.SimpleQueue[Tensor]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, source: int, to: int, tag: int) -> queue.SimpleQueue[Tensor]:
        with self.lock:
            return self.queues.setdefault((source, to, tag), queue.SimpleQueue())


class ThreadRing(Ring):
    """Ranks that are threads of one process."""

    def __init__(self, rank: int, ranks: int, wires: Wires) -> None:
        super().__init__(rank, ranks)
        self._wires = wires

    def _send(self, tensor: Tensor, to: int, tag: int) -> Finish:
        self._wires.of(self.rank, to, tag).put(tensor.clone())
        return lambda: None

    def _receive(self, tensor: Tensor, source: int, tag: int) -> Finish:
        come = self._wires.of(source, self.rank, tag)
        return lambda: tensor.copy_(come.get(timeout=PATIENCE))


def in_threads(ranks: int, work: Callable[[Ring], Result]) -> list[Result]:
    """What each rank's thread gives, by rank. Raises what the first of them raised."""
    wires, results, errors = Wires(), dict[int, Result](), list[BaseException]()

    def run(rank: int) -> None:
        try:
            with torch.no_grad():
                results[rank] = work(ThreadRing(rank, ranks, wires))
        except BaseException as error:  # it is raised where all are waited for
            errors.append(error)

    threads = [threading.Thread(target=run, args=(rank,), daemon=True) for rank in range(ranks)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if errors:
        raise errors[0]
    return [results[rank] for rank in range(ranks)]
