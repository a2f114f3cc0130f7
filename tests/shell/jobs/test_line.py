"""The line: bounded, and nothing is done for those who have left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from explorer.errors import BusyError
from explorer.shell.jobs.line import Line
from tests.shell.loops import finish


class Held:
    """A line of one thread whose thread is taken until `let_go`."""

    def __init__(self, waiting: int, patience: float) -> None:
        self.line, self.began, self.end = Line(1, waiting, patience, "test"), threading.Event(), threading.Event()
        self.done: list[int] = []

    def hold(self) -> None:
        self.began.set()
        self.end.wait(30)

    async def take(self) -> asyncio.Task[None]:
        task = asyncio.create_task(self.line.do(self.hold))
        await asyncio.to_thread(self.began.wait, 30)
        return task

    def wait(self, n: int, gone: bool = False) -> asyncio.Task[None]:
        async def left() -> bool:
            return gone

        return asyncio.create_task(self.line.do(lambda: self.done.append(n), left))


@pytest.fixture
def held() -> Iterator[Held]:
    made = Held(waiting=3, patience=30.0)
    yield made
    made.end.set()


def test_more_than_may_wait_are_told_so(held: Held) -> None:
    async def go() -> None:
        first = await held.take()
        waiting = [held.wait(n) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="3 requests"):
            await held.line.do(lambda: held.done.append(9))
        held.end.set()
        await asyncio.gather(first, *waiting)
        assert held.done == [0, 1, 2]
        await held.line.do(lambda: held.done.append(3))
        assert len(held.line) == 0

    finish(go())


def test_what_is_waited_for_by_nobody_is_not_done(held: Held) -> None:
    async def go() -> None:
        first = await held.take()
        left, stays, cancelled = held.wait(0, gone=True), held.wait(1), held.wait(2)
        with pytest.raises(BusyError):
            await left
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        assert len(held.line) == 2
        held.end.set()
        await asyncio.gather(first, stays)
        assert held.done == [1]

    finish(go())


def test_one_visitor_has_a_share_of_the_places_and_turns_go_round() -> None:
    """Seventy requests of one visitor kept all others out, or waiting for the last of them."""

    async def go() -> None:
        line, began, end = Line(1, 8, 30.0, "test", share=4), threading.Event(), threading.Event()
        done: list[str] = []

        def hold() -> None:
            began.set()
            end.wait(30)

        first = asyncio.create_task(line.do(hold, visitor="a"))
        await asyncio.to_thread(began.wait, 30)
        waiting = [
            asyncio.create_task(line.do(lambda name=name: done.append(name), visitor=name[0]))
            for name in ("a1", "a2", "a3", "a4", "b1", "c1", "b2")
        ]
        await asyncio.sleep(0.05)
        with pytest.raises(BusyError, match="4 of the requests that wait are yours"):
            await line.do(lambda: done.append("a5"), visitor="a")
        assert (line.whose().count("a"), line.length) == (4, 7)
        waiting[1].cancel()
        await asyncio.sleep(0.05)
        end.set()
        await asyncio.gather(first, *waiting, return_exceptions=True)
        assert done == ["a1", "b1", "c1", "a3", "b2", "a4"]

    finish(go())


def test_patience_has_an_end() -> None:
    async def go() -> None:
        held = Held(waiting=3, patience=0.0)
        first = await held.take()
        with pytest.raises(BusyError):
            await held.wait(0)
        held.end.set()
        await first
        assert held.done == []

    finish(go())


def test_an_error_reaches_who_asked() -> None:
    async def go() -> None:
        line = Line(1, 1, 30.0)
        with pytest.raises(ZeroDivisionError):
            await line.do(lambda: 1 / 0)
        assert len(line) == 0

    finish(go())
