"""Freed memory is used again while something is timed, as it is in a program that keeps its buffers.

glibc maps a block of more than 32 MiB anew for each allocation and unmaps it when it is freed. Whoever writes to it
then waits for the system, which clears one page after the other: the softmax of a 9 × 1,024 × 1,024 square took 17 ms
in place of 5.5, and a jump stood in the curve where the operation had none. Within `reused_memory()` no block is mapped
by itself, and what is freed stays in the process until the last who asked for it has left. Elsewhere than in glibc
nothing is changed.

>>> with reused_memory():
...     seconds = 1.0
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

#: of mallopt(3), from malloc.h
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -3, -4
#: mallopt takes an int.
MOST = 2**31 - 1
#: What glibc begins with for M_MMAP_MAX, and what its own adjustment of the two thresholds ends at: any call of mallopt
#: ends that adjustment.
MAPPINGS, BLOCK = 65_536, 32 * 2**20

_who = threading.Lock()
_asked = 0


@contextmanager
def reused_memory() -> Iterator[bool]:
    """Meanwhile large blocks are taken from memory that was freed before; False where this cannot be asked for.

    The first time that so much memory is in use still waits for the system: run each case once, unmeasured.
    """
    global _asked
    with _who:
        _asked += 1
        reused = _keep() if _asked == 1 else _mallopt() is not None
    try:
        yield reused
    finally:
        with _who:
            _asked -= 1
            if not _asked:
                _let_go()


@cache
def of_glibc(name: str, *kinds: type[ctypes.c_int] | type[ctypes.c_size_t]) -> Callable[..., int] | None:
    """A function of glibc that takes these and returns an int; None where there is none."""
    try:
        found = getattr(ctypes.CDLL(None), name) if sys.platform == "linux" else None
    except (OSError, AttributeError):  # musl has none
        return None
    if found is not None:
        found.argtypes, found.restype = kinds, ctypes.c_int
    return found


def _mallopt() -> Callable[..., int] | None:
    return of_glibc("mallopt", ctypes.c_int, ctypes.c_int)


def _keep() -> bool:
    mallopt = _mallopt()
    return mallopt is not None and mallopt(M_MMAP_MAX, 0) == 1 and mallopt(M_TRIM_THRESHOLD, MOST) == 1


def _let_go() -> None:
    """As glibc does of itself after large blocks were freed; what is free goes back to the system."""
    if (mallopt := _mallopt()) is None:
        return
    mallopt(M_MMAP_MAX, MAPPINGS)
    mallopt(M_MMAP_THRESHOLD, BLOCK)
    mallopt(M_TRIM_THRESHOLD, 2 * BLOCK)
    if (trim := of_glibc("malloc_trim", ctypes.c_size_t)) is not None:
        trim(0)
