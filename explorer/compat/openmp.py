"""OpenMP: work of ours on torch's own threads.

`GOMP_parallel` is what compilers call for `#pragma omp parallel`, and no header offers it. torch has no way to run a
Python function on its threads, and threads beside them fight for the cores (see `stack.systems.tile_team`). Until torch
offers one, or is built for Linux without libgomp's names (2.13 has them; on macOS and Windows it has not).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import torch

_Work = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def run_on_threads(work: Callable[[], None], size: int) -> None:
    """Call `work` once on each of so many threads of torch's. Nothing may be raised in it: C has started the thread."""
    parallel = _parallel()
    if parallel is None:
        raise RuntimeError("this torch has no threads that can be had")
    parallel(_Work(lambda _: work()), None, size, 0)


def available() -> bool:
    """Whether torch's threads can be had."""
    return _parallel() is not None


@cache
def _parallel() -> Any:
    """The function, as torch itself finds it; None where it has none."""
    try:
        found = ctypes.CDLL(str(Path(torch.__file__).parent / "lib" / "libtorch_cpu.so")).GOMP_parallel
    except (OSError, AttributeError):
        return None
    found.argtypes, found.restype = (_Work, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint), None
    return found
