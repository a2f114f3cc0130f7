"""What a process has one of, made when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import TypeVar

T = TypeVar("T")


def made_once(make: Callable[[], T]) -> Callable[[], T]:
    """The function, called once: two threads that ask at one time get one thing. `functools.cache` gives each its own,
    and keeps the later: a server's first run was then in a store that nobody asked again.

    >>> made = made_once(lambda: object())
    >>> made() is made()
    True
    """
    kept, lock = cache(make), threading.RLock()

    @wraps(make)
    def made() -> T:
        with lock:
            return kept()

    return made
