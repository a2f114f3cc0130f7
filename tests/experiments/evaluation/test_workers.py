"""Cells measured by many processes: the same numbers as by one, and nothing is lost with a worker. Needs Ray."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from explorer.corpora.tasks import shelf
from explorer.corpora.tasks.reading import read
from explorer.errors import BadRequestError
from explorer.experiments.evaluation import workers
from explorer.experiments.evaluation.command import Cell, evaluate_cell
from explorer.experiments.evaluation.task_run import Choice
from explorer.experiments.evaluation.workers import Way

pytest.importorskip("ray", reason='pip install -e ".[scale]"')
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
MODELS, TASKS = ("six-kinds-dense", "six-kinds-moe"), ("copy", "agreement")
WAY = Way(2, threads=1)


def cells(limit: int) -> list[Cell]:
    return [Cell(model, shelf.own(task), Choice(), (), limit) for model in MODELS for task in TASKS]


def files(out: Path) -> dict[str, Any]:
    """What is left, but for when it was made and how long it took."""
    found: dict[str, Any] = {}
    for path in out.iterdir():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            text = re.sub(r'"(date|total_evaluation_time_seconds)": .*', "", text)
        found[path.name] = text
    return found


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """As one process measures them, with as many threads."""
    out, threads = tmp_path_factory.mktemp("one"), torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for each in cells(96):
            evaluate_cell(each, out)
    finally:
        torch.set_num_threads(threads)
    return files(out)


def test_two_workers_leave_what_one_process_leaves_to_the_byte(one: dict[str, Any], tmp_path: Path) -> None:
    made = workers.evaluate(cells(96), tmp_path / "two", WAY)
    assert [each["config"]["model_args"]["pretrained"] for each in made] == [name for name in MODELS for _ in TASKS]
    assert len(one) == 8
    assert files(tmp_path / "two") == one
    again = workers.evaluate(cells(96), tmp_path / "two", WAY, resume=True)  # nothing is left: no worker is started
    assert [each["results"] for each in again] == [each["results"] for each in made]


def kill_one() -> int:
    """A worker in the midst of a batch."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for each in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if each.name().startswith("ray::_batch"):
                    os.kill(each.pid, signal.SIGKILL)
                    return each.pid
        time.sleep(0.02)
    raise AssertionError("no worker measures")


def test_a_killed_worker_loses_nothing(one: dict[str, Any], tmp_path: Path) -> None:
    killed: list[int] = []

    def progress(_what: str, done: int, _total: int) -> None:
        if done in (2, 5):
            killed.append(kill_one())

    workers.evaluate(cells(96), tmp_path / "out", WAY, progress=progress)
    assert len(killed) == 2
    assert files(tmp_path / "out") == one


def test_a_run_that_was_stopped_goes_on(one: dict[str, Any], tmp_path: Path) -> None:
    def stop(_what: str, done: int, _total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        workers.evaluate(cells(96), tmp_path / "out", WAY, progress=stop)
    kept = sum(len(path.read_text().splitlines()) for path in (tmp_path / "out").glob("samples_*"))
    assert 96 <= kept < 4 * 96
    workers.evaluate(cells(96), tmp_path / "out", WAY, resume=True)
    assert files(tmp_path / "out") == one


def test_a_cell_that_cannot_be_measured_does_not_stop_the_others(tmp_path: Path, written: Callable[..., Path]) -> None:
    rows = [{"question": "word " * 3000, "options": ["a", "b"], "answer": 0}]
    bad = read(written("doc_to_text: question\ndoc_to_choice: options\ndoc_to_target: answer\n", rows))
    both = [Cell(MODELS[0], bad), *cells(32)[:1]]
    with pytest.raises(BadRequestError, match=r"items\.jsonl, line 1, doc_to_text: the prompt and its choice have"):
        workers.evaluate(both, tmp_path / "out", WAY)
    (result,) = (tmp_path / "out").glob("results_*")
    assert json.loads(result.read_text())["n-samples"]["copy"]["effective"] == 32


def test_threads_are_shared() -> None:
    assert Way(10_000).threads_each == 1
    assert Way(1, threads=3).threads_each == 3
