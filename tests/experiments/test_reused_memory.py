"""While something is timed, a block that was freed is used again, and no page is cleared anew."""

from __future__ import annotations

import ctypes
import gc
import resource
import sys

import pytest
import torch

from explorer.experiments import reused_memory as module
from explorer.experiments.reused_memory import reused_memory
from explorer.experiments.timing import interleaved

#: Above glibc's 32 MiB; with huge pages of 2 MiB still 32 of them.
NUMBERS = 64 * 2**20 // 4
GLIBC = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt")
needs_glibc = pytest.mark.skipif(not GLIBC, reason="glibc has what is asked for")


def faults() -> int:
    """Pages that the system hands out while a block is taken, written and freed."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(NUMBERS)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@needs_glibc
def test_a_freed_block_is_used_again() -> None:
    assert min(faults() for _ in range(3)) >= 32, "each time anew"
    with reused_memory() as reused:
        assert reused
        faults()
        with reused_memory() as again:
            assert again
            assert min(faults() for _ in range(3)) < 8
        assert min(faults() for _ in range(3)) < 8, "until the last has left"
    assert min(faults() for _ in range(3)) >= 32


@needs_glibc
def test_cases_that_take_turns_use_freed_memory_again() -> None:
    made: list[int] = []
    cases = {name: lambda: made.append(faults()) for name in ("one", "other")}
    for _ in interleaved(cases, rounds=3):
        pass
    assert sorted(made[2:])[3] < 8


@needs_glibc
def test_it_ends_with_the_timing_that_somebody_leaves() -> None:
    timing = interleaved({"one": faults}, rounds=3)
    next(timing)
    del timing
    gc.collect()
    assert module._asked == 0
    assert min(faults() for _ in range(3)) >= 32


def test_where_nothing_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_mallopt", lambda: None)
    with reused_memory() as reused, reused_memory() as again:
        assert not reused
        assert not again
