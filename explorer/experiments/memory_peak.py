"""The most memory that a call takes at once beside what is there before it, as torch's allocator is asked for it.

torch's profiler writes down each block that is taken and given back, also within an operation that is compiled; the
sum's highest point is the peak. It is the same in every run, unlike the process' resident memory, which holds what the
allocator keeps for later. What is taken past torch's allocator is not seen, nor what threads take that Python started:
measure with one thread.

>>> import torch
>>> made, peak = memory_peak(lambda: torch.ones(1000) + torch.ones(1000))
>>> peak >= 3 * 4000
True
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from torch.profiler import ProfilerActivity, profile

Made = TypeVar("Made")


def memory_peak(act: Callable[[], Made]) -> tuple[Made, int]:
    """What the call returns, and bytes."""
    with _unheard(), profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        made = act()
    assert watched.profiler is not None
    results = watched.profiler.kineto_results
    assert results is not None
    events: list[Any] = results.events()
    moves = [(each.start_ns(), each.nbytes()) for each in events if each.name() == "[memory]"]
    held = most = 0
    for _, nbytes in sorted(moves, key=lambda move: move[0]):
        held += nbytes
        most = max(most, held)
    return made, most


@contextmanager
def _unheard() -> Iterator[None]:
    """The profiler's library writes lines of its own to standard error, whatever it is told."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
