"""Cells measured by many processes: Ray hands out their batches, and this process alone writes what comes back.

A batch is the unit of work: it is the same items for one process and for many, so the numbers are the same to the bit
where each process computes with as many threads. A worker that is lost costs the batches that it had, which Ray hands
to another; what was measured lies on the disk. A cell that cannot be measured does not stop the others.

Needs the extra `scale`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import ExplorerError
from explorer.experiments import cluster
from explorer.experiments.evaluation.command import Cell, Measuring, keep, left, setting
from explorer.experiments.evaluation.kept import Kept
from explorer.experiments.evaluation.results import Results
from explorer.experiments.evaluation.samples import Sample
from explorer.fetching.progress import Progress, silent

#: How often a batch is handed out anew when its worker is lost; batches that wait for each worker.
TRIES, AHEAD = 5, 2


@dataclass(frozen=True)
class Way:
    """How the workers run."""

    workers: int
    address: str = ""
    """Of a cluster to join; one is started here without it."""
    threads: int = 0
    """Of each worker; 0: the cores, shared by all."""

    @property
    def threads_each(self) -> int:
        return self.threads or max(1, (os.cpu_count() or 1) // self.workers)


def evaluate(
    cells: Sequence[Cell], out: Path, way: Way, resume: bool = False, progress: Progress = silent
) -> list[Results]:
    """The results of all cells, as `command.evaluate` gives them one by one.

    Raises what the first of those that cannot be measured raises, once all others are measured and kept; StorageError
    at once.
    """
    began = time.perf_counter()
    kept = [Kept(out, setting(each), resume) for each in cells]
    waiting = [(at, tuple(batch)) for at, each in enumerate(cells) for batch in left(each, kept[at])]
    wrong: dict[int, ExplorerError] = {}
    total = len(waiting)
    if waiting:
        cluster.begin("--workers", way.address, way.workers)
        try:
            for done, (at, found) in enumerate(_measured(cells, waiting, way, wrong), 1):
                progress("Batches", done, total)
                if isinstance(found, ExplorerError):
                    wrong.setdefault(at, found)
                elif at not in wrong:
                    keep(kept[at], found)
        finally:
            import ray  # pyright: ignore[reportMissingImports]

            ray.shutdown()
    seconds = time.perf_counter() - began
    made = [each.finish(seconds, cells[at].limit) for at, each in enumerate(kept) if at not in wrong]
    if wrong:
        raise wrong[min(wrong)]
    return made


def _measured(
    cells: Sequence[Cell], waiting: list[tuple[int, tuple[int, ...]]], way: Way, wrong: dict[int, ExplorerError]
) -> Iterator[tuple[int, list[Sample] | ExplorerError]]:
    """Batch after batch as they are done: the cell's place with what was found. Those of `wrong` are left out."""
    import ray  # pyright: ignore[reportMissingImports]
    from ray.exceptions import RayTaskError  # pyright: ignore[reportMissingImports]

    measure = ray.remote(num_cpus=1, max_retries=TRIES)(_batch)
    # in a list, so that Ray hands over the reference, and a worker fetches a cell once
    stored = [[ray.put(each)] for each in cells]
    running: dict[object, int] = {}
    queue = iter(waiting)
    while True:
        while len(running) < way.workers * AHEAD and (job := next(queue, None)) is not None:
            at, places = job
            if at not in wrong:
                running[measure.remote(stored[at], at, places, way.threads_each, str(Path.cwd()))] = at
        if not running:
            return
        (done, *_), _ = ray.wait(list(running), num_returns=1)
        at = running.pop(done)
        try:
            yield at, ray.get(done)
        except RayTaskError as error:
            if not isinstance(error.cause, ExplorerError):
                raise
            yield at, error.cause


# ---- in a worker -----------------------------------------------------------------------------------------------------

#: The last cell: a worker mostly gets the batches of one.
_last: dict[int, Measuring] = {}


def _batch(stored: list[Any], at: int, places: Sequence[int], threads: int, folder: str) -> list[Sample]:
    import ray  # pyright: ignore[reportMissingImports]
    import torch

    from explorer import zoo
    from explorer.tracing.key import read_interventions

    if at not in _last:
        _last.clear()
        os.chdir(folder)
        torch.set_num_threads(threads)
        cell: Cell = ray.get(stored[0])
        _last[at] = Measuring(zoo.load(cell.model), cell.task, cell.choice, read_interventions(list(cell.do)), silent)
    return _last[at].batch(places)
