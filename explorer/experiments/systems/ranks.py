"""Ranks: real processes that compute together, started, told what to do, watched, and ended whatever happens.

A *rank function* is a function of a module, `def step(rank: Rank, given: Message) -> Message`, named as
"package.module:function". Payload and answer are dicts of tensors and plain values (lists and dicts of them too).
`rank.group` is a `Group` (explorer.stack.parallelism.group): its collectives and messages; `rank.tell(part)` sends a
part of the answer at once; `rank.sent` counts bytes on the socket.

    with Ranks(4, progress) as ranks:                                    # 2 s: torch is loaded once, then forked
        answers = ranks.run("explorer.….zero_rank:step", [{…}] * 4)      # one payload a rank, one answer a rank
        pair = ranks.run("explorer.….zero_rank:step", [{…}, {…}])        # fewer payloads: the first ranks only
        for rank, part in ranks.parts(…): …                              # what they tell, as it comes

Several sets can be had of one `Nursery`, the process that has torch loaded: `with Nursery() as nursery, Ranks(2,
nursery=nursery) as ranks` takes a tenth of a second, so that tests share one. Most tests need none: an algorithm over a
`Group` runs on threads too (explorer.stack.parallelism.thread_group).

A rank that ends, is killed, fails, has no memory left or hangs ends all others, and `RanksError` says which, and what
each was at. Hanging is known within `IDLE` seconds where nobody computes any more (all sleep, wait for each other or
are stopped), and after `patience` where somebody still does. No rank outlives its starter: leaving the block ends
them, and where the starter is killed its lines close.

Each rank has one thread for its numbers. On Linux they get a network of their own where the machine allows it: no port
can be taken, and the bytes on its loopback are theirs alone (`Ranks.counted`, `Rank.sent`). Else they use the
machine's, on loopback and on ports that are free, and bytes on the socket are not measured.

The same rank functions run under torchrun, with NCCL where there are GPUs (`rank_torchrun`).
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from explorer.errors import RanksError
from explorer.experiments.systems.nursery import END, Nursery
from explorer.experiments.systems.rank_process import Message, packed, read

Own = TypeVar("Own", bound="Ranks")
#: seconds between two looks at the ranks
LOOK = 0.2
#: seconds in which nobody computes before they are held to hang
IDLE = 6.0
#: share of a processor below which a rank does not compute: its library's threads look about a hundred times a second
LITTLE = 0.03
#: What ranks that train load, 3 s: torch's optimizers ask for a compiler.
TRAINS = ("torch._dynamo", "torch.optim", "explorer.stack.parallelism.zero", "explorer.stack.parallelism.data_parallel")
#: seconds that ranks are given to say why they end
GRACE = 0.5


class Ranks:
    """So many ranks, to be used as a context manager."""

    def __init__(
        self,
        ranks: int,
        alive: Callable[[], None] = lambda: None,
        *,
        nursery: Nursery | None = None,
        loads: Sequence[str] = (),
        memory: int | None = None,
        patience: float = 120.0,
    ) -> None:
        """`alive` is called some times a second while one waits, and may raise to stop. `memory`: bytes that each may
        take beside what torch takes by itself (Linux). `loads`: modules that all need (`TRAINS` for those that train).
        `patience`: seconds without a word of any."""
        if ranks < 1:
            raise RanksError(f"{ranks} ranks can compute nothing.", "Ask for at least one.")
        self.ranks, self._alive, self._memory, self._patience = ranks, alive, memory, patience
        self.processes: list[int] = []
        """The ranks' numbers to the operating system."""
        self._nursery, self._own_nursery = nursery or Nursery(loads), nursery is None
        self._number = -1
        self._lines: list[Connection] = []
        self._folder = tempfile.TemporaryDirectory(prefix="explorer-ranks-", ignore_cleanup_errors=True)

    @property
    def counted(self) -> bool:
        """Whether bytes on the socket are measured."""
        return self._nursery.own_network

    def __enter__(self: Own) -> Own:
        """Raises RanksError where a rank ends or does not come."""
        try:
            if self._own_nursery:
                self._nursery.__enter__()
            pairs = [Pipe() for _ in range(self.ranks)]
            self._lines = [ours for ours, _ in pairs]
            theirs = [line for _, line in pairs]
            home = Path(self._folder.name)
            self._number, self.processes = self._nursery.fork(self.ranks, home, self._memory, theirs)
            for line in theirs:
                line.close()
            for _ in self._heard(self.ranks, "ready"):
                pass
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def run(
        self, does: str, given: Sequence[Message], heard: Callable[[int, Message], None] = lambda *_: None
    ) -> list[Message]:
        """The answers of the first ranks, as many as are given a payload. `heard` gets what they tell before."""
        running = self.parts(does, given)
        while True:
            try:
                heard(*next(running))
            except StopIteration as end:
                return end.value

    def parts(self, does: str, given: Sequence[Message]) -> Iterator[tuple[int, Message]]:
        """What the ranks tell, as it comes, each with its rank. A generator that returns the answers."""
        if not 1 <= len(given) <= self.ranks:
            raise RanksError(f"{len(given)} payloads do not fit {self.ranks} ranks.", "Give one for each rank.")
        for rank, payload in enumerate(given):
            order = {"does": does, "given": payload, "ranks": len(given)}
            try:
                self._lines[rank].send_bytes(packed(order))
            except OSError:
                self._fail(rank, {})
        return (yield from self._heard(len(given), "answer"))

    def close(self) -> None:
        """End all ranks: one whose line is closed ends by itself, and the others are killed."""
        for line in self._lines:
            line.close()
        if self._own_nursery:
            self._nursery.close()
        else:
            self._nursery.end(self._number)
            until = time.monotonic() + END
            while time.monotonic() < until and not all(
                self._nursery.status(self._number, rank) is not None for rank in range(len(self.processes))
            ):
                time.sleep(0.01)
        self._folder.cleanup()

    def _heard(self, ranks: int, until: str) -> Iterator[tuple[int, Message]]:
        """What ranks tell until each has said the word."""
        last: dict[int, Message] = {}
        word, busy, used = time.monotonic(), time.monotonic(), self._used(range(ranks))
        while len(last) < ranks:
            self._alive()
            waiting = {id(line): rank for rank, line in enumerate(self._lines[:ranks]) if rank not in last}
            for line in wait([self._lines[rank] for rank in waiting.values()], LOOK):
                rank, word = waiting[id(line)], time.monotonic()
                busy, used = word, self._used(range(ranks))
                said = read(self._lines[rank])
                if said is None or "failed" in said:
                    self._fail(rank, {} if said is None else {rank: said})
                elif until in said:
                    last[rank] = said[until] if isinstance(said[until], dict) else said
                else:
                    yield rank, said["part"]
            now, has = time.monotonic(), self._used(range(ranks))
            if now - busy >= IDLE or has is None:
                if has is not None and used is not None and has - used < LITTLE * ranks * (now - busy):
                    raise RanksError(f"The ranks hang: nobody has computed for {IDLE:.0f} s.", self._at(ranks))
                busy, used = now, has
            if now - word > self._patience:
                raise RanksError(f"The ranks have said nothing for {self._patience:.0f} s.", self._at(ranks))
        return [last[rank] for rank in range(ranks)]

    def _used(self, ranks: Sequence[int]) -> float | None:
        """Seconds of a processor that ranks have had; None where that cannot be told."""
        total = 0.0
        for rank in ranks:
            try:
                fields = Path(f"/proc/{self.processes[rank]}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                return None
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return total

    def _at(self, ranks: int) -> str:
        """What each rank last said that it was at."""
        said = []
        for rank in range(ranks):
            text, stopped = "said nothing", False
            with suppress(OSError):
                stopped = Path(f"/proc/{self.processes[rank]}/stat").read_text().rpartition(")")[2].split()[0] == "T"
            with suppress(OSError):
                text = (Path(self._folder.name) / f"rank{rank}.at").read_text().partition(" ")[2].strip()
            said.append(f"rank {rank} {'is stopped, ' if stopped else ''}{text}")
        return "; ".join(said) + "."

    def _fail(self, rank: int, said: dict[int, Message]) -> None:
        """Raises RanksError for the rank that began it: one that was killed, before one that missed it."""
        at, until = self._at(self.ranks), time.monotonic() + GRACE
        codes: dict[int, int | None] = {}
        while time.monotonic() < until:
            for other, line in enumerate(self._lines):
                if other not in said and line.poll() and (heard := read(line)) is not None:
                    said |= {other: heard} if "failed" in heard else {}
            codes = {each: self._nursery.status(self._number, each) for each in range(self.ranks)}
            if killed := [each for each, code in codes.items() if code is not None and code < 0]:
                raise RanksError(_killed(killed[0], codes[killed[0]] or 0), at)
            if guilty := [each for each, heard in said.items() if heard["guilty"]]:
                raise RanksError(f"Rank {guilty[0]} ended: {said[guilty[0]]['failed']}.", at)
            time.sleep(0.02)
        silent = [each for each, code in codes.items() if code is not None and each not in said]
        first = silent[0] if silent else rank
        why = said[first]["failed"] if first in said else f"exit code {codes.get(first)}, without a word"
        raise RanksError(f"Rank {first} ended: {why}.", at)


def _killed(rank: int, code: int) -> str:
    with suppress(ValueError):
        name = signal.Signals(-code).name
        memory = ", as happens where the machine has no memory left" if name == "SIGKILL" else ""
        return f"Rank {rank} was killed ({name}{memory})."
    return f"Rank {rank} was killed by signal {-code}."
