"""A corpus by Ray Data: the same bytes, also where a worker is killed, and a run that goes on. Needs Ray."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from explorer.experiments.pretraining.corpus_run import run
from explorer.experiments.pretraining.corpus_run.by_ray import executor
from explorer.experiments.pretraining.corpus_run.segments import Task, process
from tests.experiments.pretraining.test_corpus_run import FINEWEB, hashes, small_parts, source, undisturbed

ray = pytest.importorskip("ray", reason='pip install -e ".[scale]"')
pytest.importorskip("ray.data", reason='pip install -e ".[scale]"')
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::FutureWarning"),
]
__all__ = ["small_parts", "source", "undisturbed"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    yield
    ray.shutdown()


def once(task: Task, flag: Path) -> int:
    if task.part == 3 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return process(task)


def test_the_same_bytes_whoever_is_killed(cluster: None, source: Path, undisturbed: Path, tmp_path: Path) -> None:
    by_ray, flag = executor(2), tmp_path / "killed"
    run.run(source, tmp_path / "out", FINEWEB, executor=lambda _, tasks: by_ray(partial(once, flag=flag), tasks))
    assert flag.exists()
    assert hashes(tmp_path / "out") == hashes(undisturbed)


def test_a_killed_run_goes_on_by_ray(cluster: None, source: Path, undisturbed: Path, tmp_path: Path) -> None:
    by_ray = executor(2)

    def killed(act, tasks):
        for at, documents in enumerate(by_ray(act, list(tasks)[:4])):
            yield documents
            if at == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.run(source, tmp_path / "out", FINEWEB, executor=killed)
    run.run(source, tmp_path / "out", FINEWEB, resume=True, executor=by_ray)
    assert hashes(tmp_path / "out") == hashes(undisturbed)
