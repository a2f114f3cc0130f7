"""The same tasks by Ray Data, on one machine or many that share the output folder.

A task is a row of a dataset. The workers that Ray starts map rows to how many documents each had, and write the parts
as the processes of this machine do, so that the result is equal to the byte. Ray begins a task anew whose worker is
lost.

Needs the extra `scale`: pip install "llm-internals-explorer[scale]".
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from explorer.errors import BadRequestError
from explorer.experiments.pretraining.corpus_run.run import Executor
from explorer.experiments.pretraining.corpus_run.segments import Task


def executor(workers: int) -> Executor:
    """Raises BadRequestError where Ray is not installed."""
    try:
        import ray  # pyright: ignore[reportMissingImports]
        import ray.data  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise BadRequestError("Ray is not installed.", 'pip install "llm-internals-explorer[scale]"') from None
    if not ray.is_initialized():
        own = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers, "include_dashboard": False}
        ray.init(**own, log_to_driver=False, logging_level=logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    return partial(_mapped, workers=workers)


def _mapped(act: Callable[[Task], int], tasks: Iterable[Task], workers: int) -> Iterator[int]:
    import ray.data  # pyright: ignore[reportMissingImports]

    given = list(tasks)
    if not given:
        return
    data = ray.data.from_items([{"task": number} for number in range(len(given))], override_num_blocks=len(given))
    made = data.map(partial(_one, act=act, given=given), concurrency=workers, num_cpus=1, max_retries=-1)
    for row in made.iter_rows():
        yield row["documents"]


def _one(row: dict[str, int], act: Callable[[Task], int], given: list[Task]) -> dict[str, int]:
    return {"documents": act(given[row["task"]])}
