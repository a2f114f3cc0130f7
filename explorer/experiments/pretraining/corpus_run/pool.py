"""Tasks in processes of this machine. Where one is killed, the parts that were in work are done anew."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
#: How often a task is begun, at most: each loss leads to one document at last, and that one is set aside.
LOSSES = 1000


def in_order(act: Callable[[T], int], tasks: Iterable[T], workers: int) -> Iterator[int]:
    """Do all; few wait at a time, so that an endless input is never held. With one worker still in another process."""
    coming = iter(tasks)
    waiting: list[T] = []
    while True:
        lost: list[T] = []
        with _pool(workers) as pool:
            running: dict[Future[int], T] = {}
            try:
                while True:
                    while len(running) < 2 * workers and (task := _next(waiting, coming)) is not None:
                        waiting.append(task)  # until it is handed over
                        running[pool.submit(act, task)] = task
                        waiting.pop()
                    if not running:
                        return
                    for ended in wait(running, return_when=FIRST_COMPLETED).done:
                        made = ended.result()
                        del running[ended]
                        yield made
            except BrokenProcessPool:
                lost = list(running.values())
        yield from (_alone(act, task) for task in lost)


def _alone(act: Callable[[T], int], task: T) -> int:
    """By itself, so that a loss is its own."""
    for _ in range(LOSSES):
        try:
            with _pool(1) as pool:
                return pool.submit(act, task).result()
        except BrokenProcessPool:
            continue
    raise RuntimeError(f"a part of the corpus ended its process {LOSSES} times")


def _next(waiting: list[T], coming: Iterator[T]) -> T | None:
    return waiting.pop() if waiting else next(islice(coming, 1), None)


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["explorer.experiments.pretraining.corpus_run.warm"])
    return ProcessPoolExecutor(workers, context)
