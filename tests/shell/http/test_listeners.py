"""A run is made for those who listen."""

from __future__ import annotations

import asyncio
import threading
import time

from explorer.shell.http.listeners import MOST, Listeners
from tests.shell.loops import finish


def heard(there: Listeners, *sessions: str | None) -> bool:
    """Whether any of them is."""

    async def all_of_them() -> list[bool]:
        return await asyncio.gather(*map(there.heard, sessions))

    return any(finish(all_of_them()))


def test_an_open_stream_is_heard_until_it_closes() -> None:
    there = Listeners(grace=0.0)
    with there.listening("a"):
        with there.listening("a"):
            assert heard(there, "a")
        assert heard(there, "a")
        assert not heard(there, "b")
    assert not heard(there, "a")


def test_one_who_has_joined_is_waited_for() -> None:
    there, leave = Listeners(grace=30.0), threading.Event()

    def come() -> None:
        time.sleep(0.1)
        with there.listening("a"):
            leave.wait(30)

    thread = threading.Thread(target=come)
    there.joined("a")
    thread.start()
    assert heard(there, "a")
    leave.set()
    thread.join()


def test_one_who_has_just_joined_is_there_until_they_have_come_and_gone() -> None:
    there = Listeners(grace=30.0)
    assert not there.present("a")
    there.joined("a")
    assert there.present("a")
    with there.listening("a"):
        there.joined("a")  # another wish, through the same stream
        assert there.present("a")
    assert not there.present("a")
    assert not Listeners(grace=0.0).present("a")


def test_sixty_who_never_listen_cost_the_wait_for_one() -> None:
    there = Listeners(grace=0.5)
    for n in range(60):
        there.joined(str(n))
    began = time.monotonic()
    assert not heard(there, *map(str, range(60)))
    assert time.monotonic() - began < 5  # 60 waits, one after another, are 30 s; six at a time, 5 s


def test_without_a_session_nobody_listens() -> None:
    assert not heard(Listeners(grace=0.0), None)


def test_what_is_remembered_is_bounded() -> None:
    there = Listeners(grace=0.0)
    for n in range(2 * MOST):
        there.joined(str(n))
    assert len(there._joined) == MOST
