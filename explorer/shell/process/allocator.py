"""Freed memory, handed back to the system.

glibc keeps what is freed for its next use, in pieces between blocks that are still in use, and in an arena for each
thread: after some hundred traces of different lengths that is more than the traces themselves take. With one arena for
all threads, and with `malloc_trim`, which returns every whole page of what is free, a process holds what is in use and
little else. Returning costs some milliseconds. Elsewhere than in glibc nothing is done.
"""

from __future__ import annotations

import ctypes
import threading

from explorer.experiments.reused_memory import of_glibc

#: of mallopt(3), from malloc.h
M_ARENA_MAX = -8
_waits = threading.Lock()


def one_arena() -> bool:
    """Threads that begin from now on share the arenas that are there; False where this cannot be asked for."""
    mallopt = of_glibc("mallopt", ctypes.c_int, ctypes.c_int)
    return mallopt is not None and mallopt(M_ARENA_MAX, 1) == 1


def hand_back() -> bool:
    """Return freed pages to the system; False where this cannot be asked for."""
    trim = of_glibc("malloc_trim", ctypes.c_size_t)
    if trim is None:
        return False
    trim(0)
    return True


def hand_back_soon(seconds: float = 1.0) -> None:
    """Hand back a little later, once for all that is freed until then."""

    def later() -> None:
        _waits.release()
        hand_back()

    if _waits.acquire(blocking=False):
        timer = threading.Timer(seconds, later)
        timer.daemon = True
        timer.start()
