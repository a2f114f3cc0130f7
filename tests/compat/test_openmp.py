"""OpenMP's own entry, as `explorer.compat.openmp` takes it."""

from __future__ import annotations

import sys
import threading

import pytest
import torch

from explorer.compat import openmp


@pytest.mark.skipif(sys.platform != "linux", reason="torch for other systems brings another OpenMP")
def test_torch_for_linux_has_it() -> None:
    assert openmp.available()


@pytest.mark.skipif(not openmp.available(), reason="no threads to be had")
def test_work_runs_once_on_each_thread() -> None:
    seen: list[int] = []
    lock = threading.Lock()

    def work() -> None:
        with lock:
            seen.append(threading.get_ident())

    openmp.run_on_threads(work, 2)
    assert len(seen) == 2
    assert threading.get_ident() in seen
    assert torch.get_num_threads() >= 1
