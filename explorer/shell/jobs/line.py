"""A line for work: a few pieces at a time, in turns between visitors, with a bound for all and one for each; and
nobody's turn comes after they have left.

Gradio's own pool of threads is shared by all its routes: work that waits there makes every other route wait. Here the
waiting is done by the event loop, and what it waits for runs in threads of its own.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar, cast

from explorer.errors import BusyError
from explorer.shell.jobs.turns import Turns

T = TypeVar("T")
#: whether the visitor has left
Gone = Callable[[], Awaitable[bool]] | None
#: seconds between two looks at whether a waiting visitor is still there
LOOK = 0.25
#: the visitor who is none: the server itself asks, or a program that has started it
ITSELF = ""


@dataclass(eq=False)
class _Piece:
    """Work that waits, and what will come of it."""

    work: Callable[[], object]
    key: str = ""
    made: Future[object] = field(default_factory=Future)


class Line:
    """`threads` at a time; at most `waiting` wait, of one visitor at most `share` of them, each at most `patience`
    s."""

    def __init__(
        self, threads: int, waiting: int, patience: float, name: str = "explorer-light", share: int | None = None
    ) -> None:
        self.threads, self.waiting, self.patience = threads, waiting, patience
        self.share = waiting if share is None else share
        self._pool = ThreadPoolExecutor(threads, name)
        self._turns: Turns[_Piece] = Turns()
        self._at_work = 0
        self._guard = threading.Lock()

    def __len__(self) -> int:
        """How many are in the line, those whose work is being done included."""
        return len(self._turns) + self._at_work

    @property
    def length(self) -> int:
        """How many wait."""
        return len(self._turns)

    def whose(self) -> list[str]:
        """Of each that waits, whose it is."""
        with self._guard:
            return [visitor for each in self._turns for visitor in self._turns.visitors(each)]

    def _room(self, visitor: str) -> None:
        free = max(0, self.threads - self._at_work)
        if len(self._turns) >= self.waiting + free:
            raise BusyError(f"{self.waiting} requests are waiting already.", "Try again in a moment.")
        if self.share < self.waiting and self._turns.held(visitor) >= self.share + free:
            raise BusyError(
                f"{self.share} of the requests that wait are yours. The other places are for other visitors.",
                "Try again in a moment.",
            )

    def submit(self, work: Callable[[], T], visitor: str = ITSELF, key: str = "") -> Future[T]:
        """What `work` will return, once its turn has come; cancelled, it leaves the line. `key` says what it makes.
        Raises BusyError."""
        piece = _Piece(work, key)
        with self._guard:
            self._room(visitor)
            self._turns.add(piece, visitor)
        piece.made.add_done_callback(lambda made: made.cancelled() and self._leave(piece))
        self._pool.submit(self._next)
        return cast("Future[T]", piece.made)

    def keys(self) -> list[str]:
        """What those who wait will make, in the order of their turns."""
        with self._guard:
            return [each.key for each in self._turns if each.key]

    def hand_over(self, keys: Collection[str], other: Line) -> None:
        """Those who wait for these go to another line, whatever its bounds."""
        with self._guard:
            pieces = [(each, self._turns.visitors(each)) for each in self._turns if each.key in keys]
            for piece, _ in pieces:
                self._turns.remove(piece)
        for piece, visitors in pieces:
            with other._guard:
                for visitor in visitors:
                    other._turns.add(piece, visitor)
            piece.made.add_done_callback(lambda made, piece=piece: made.cancelled() and other._leave(piece))
            other._pool.submit(other._next)

    def place(self, made: object) -> int:
        """Which one in the line it is, counted from 1; 0 once its turn has come."""
        with self._guard:
            return next((place for place, piece in enumerate(self._turns, 1) if piece.made is made), 0)

    async def do(self, work: Callable[[], T], gone: Gone = None, visitor: str = ITSELF) -> T:
        """What `work` returns. Raises BusyError when too many wait, when it waited too long, or when its visitor is
        `gone` before its turn has come."""
        job = self.submit(work, visitor)
        made, until = asyncio.wrap_future(job), time.monotonic() + self.patience
        made.add_done_callback(lambda it: it.cancelled() or it.exception())  # also where nobody waits for it any more
        try:
            while not (await asyncio.wait({made}, timeout=LOOK))[0]:
                late = time.monotonic() > until
                if ((gone is not None and await gone()) or late) and job.cancel():  # only while it waits
                    raise BusyError("Too many requests are waiting.", "Try again in a moment.")
            return made.result()
        finally:
            job.cancel()

    def _leave(self, piece: _Piece) -> None:
        with self._guard:
            self._turns.remove(piece)

    def _next(self) -> None:
        """Do the work whose turn it is. There are as many calls of this as pieces that have come."""
        with self._guard:
            if not len(self._turns):
                return None  # it has left
            piece = self._turns.take()
            self._at_work += 1
        if not piece.made.set_running_or_notify_cancel():
            return self._free()
        try:
            made = piece.work()
        except BaseException as error:
            self._free()
            piece.made.set_exception(error)
        else:
            self._free()
            piece.made.set_result(made)

    def _free(self) -> None:
        with self._guard:
            self._at_work -= 1
