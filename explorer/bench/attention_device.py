"""What a GPU tells of itself, for `bench attention`: time by its own events, memory by torch's allocator.

`cuda` is torch's module of that name, or what stands in for it where there is no GPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from explorer.bench import Act
from explorer.bench.attention_subjects import Case, Setup, act_of

#: Shorter acts are timed so many in a row: the launch of one hides behind the work of the one before.
SHORT_MS, IN_A_ROW = 5.0, 10


def event_clock(act: Act, cuda: Any = torch.cuda) -> float:
    """Milliseconds of the device between two events."""
    once = _between_events(act, 1, cuda)
    return once if once >= SHORT_MS else _between_events(act, IN_A_ROW, cuda)


def _between_events(act: Act, times: int, cuda: Any) -> float:
    start, end = (cuda.Event(enable_timing=True) for _ in range(2))
    cuda.synchronize()
    start.record()
    for _ in range(times):
        act()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / times


def of_allocator(setup: Setup, wanted: Sequence[tuple[str, Case]], cuda: Any = torch.cuda) -> list[float]:
    """Bytes of each kernel's peak beside its inputs, of one sequence."""
    return [_peak(act_of(name, case, setup, batch=1), cuda) for name, case in wanted]


def _peak(act: Act, cuda: Any) -> float:
    """Bytes above what is there before. The first call loads and tunes what is loaded and tuned once."""
    act()
    cuda.synchronize()
    cuda.reset_peak_memory_stats()
    before = cuda.memory_allocated()
    act()
    cuda.synchronize()
    return float(cuda.max_memory_allocated() - before)
