"""One thing of a process, however many threads ask for it first."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from explorer.shell.process.made_once import made_once


def test_threads_that_ask_at_one_time_get_one_thing() -> None:
    together = threading.Barrier(4)

    @made_once
    def made() -> object:
        time.sleep(0.05)
        return object()

    def ask() -> object:
        together.wait(5)
        return made()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda _: ask(), range(4)))) == 1
