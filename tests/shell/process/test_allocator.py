"""Freed memory goes back to the system, once for many who ask."""

from __future__ import annotations

import sys
import threading

import pytest

from explorer.shell.process import allocator


def test_asked_for_by_many_it_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, done = [], threading.Event()
    monkeypatch.setattr(allocator, "hand_back", lambda: calls.append(1) or done.set())
    monkeypatch.setattr(allocator, "_waits", threading.Lock())
    for _ in range(50):
        allocator.hand_back_soon(0.2)
    assert done.wait(10)
    assert len(calls) == 1
    done.clear()
    allocator.hand_back_soon(0.0)
    assert done.wait(10)


@pytest.mark.skipif(sys.platform == "linux", reason="glibc has what is asked for")
def test_elsewhere_nothing_is_done() -> None:
    assert allocator.hand_back() is False
    assert allocator.one_arena() is False
