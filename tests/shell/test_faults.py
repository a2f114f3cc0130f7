"""What goes wrong around a running server: its disk, its models' files, its clock. It costs a sentence, or nothing."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from safetensors.torch import load_file, save_file

from explorer import zoo
from explorer.errors import ModelReplacedError, TimeUpError, WeightsDamagedError
from explorer.shell.http.listeners import Listeners
from explorer.shell.jobs import worker
from explorer.shell.jobs.job import Job
from explorer.shell.jobs.jobs import Jobs
from explorer.shell.jobs.kept_answers import LONG, Answers
from explorer.shell.jobs.order import Order, find, order_of
from explorer.shell.jobs.time_limit import TimeLimit
from explorer.shell.service import Explorer
from explorer.shell.views import subjects
from explorer.tracing import TraceKey, capture
from explorer.tracing.stored.shared_traces import SharedTraces
from explorer.zoo.verdict import Verdict
from tests.shell.loops import finish

SMALL = "six-kinds-dense"
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.utime", "os.rmdir", "os.truncate")


class Disk:
    """A folder that takes no writes while it is refused: an audit hook, which stays for good, has a switch."""

    def __init__(self) -> None:
        self.folder, self.refused = "", 0
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.folder or (event != "open" and event not in CHANGES) or not isinstance(args[0], str | bytes | Path):
            return
        if event == "open" and not (isinstance(args[2], int) and args[2] & WRITES):
            return
        if os.fsdecode(args[0]).startswith(self.folder):
            self.refused += 1
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), args[0])

    @contextmanager
    def read_only(self, folder: Path) -> Iterator[None]:
        self.folder = str(folder)
        try:
            yield
        finally:
            self.folder = ""


@pytest.fixture(scope="module")
def disk() -> Disk:
    return Disk()


def test_answers_of_a_disk_that_is_only_read_are_found(tmp_path: Path, disk: Disk) -> None:
    Answers(tmp_path).put("slow", b"before", LONG)
    with disk.read_only(tmp_path):
        answers = Answers(tmp_path)
        assert answers.get("slow") == b"before"
        answers.forget("slow")  # it is to be measured again
        answers.put("slow", b"after", LONG)
        assert answers.get("slow") == b"after"
    assert disk.refused >= 3


@pytest.mark.thorough
def test_a_run_and_a_measurement_need_no_disk(tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a model that no verdict is kept of, and of tokenizers that are read for the first time."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    before = disk.refused
    folder = copied(tmp_path.parent / "model")
    with disk.read_only(tmp_path):
        answer = Explorer().run(f"model={folder}&text=One+two&new=1", "walk", {}, {})
        assert answer["views"]["river"]["data"]
        measured = worker.measure(order("norms", "gradients", str(folder)), lambda *_: None)
    assert orjson.loads(measured)["entry"]["checks"]
    assert disk.refused > before
    assert not list(tmp_path.iterdir())


def half(self: Path, data: bytes | str, *_: Any, **__: Any) -> int:
    with self.open("wb") as out:
        out.write((data if isinstance(data, bytes) else data.encode())[: len(data) // 2])
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_keeps_no_halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would fill it for good: nothing looks for them again."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    model = zoo.load(SMALL)
    trace = capture(model, TraceKey(SMALL, "One two"))
    shared, before = SharedTraces(str(tmp_path / "runs")), files(tmp_path)
    monkeypatch.setattr(Path, "write_bytes", half)
    monkeypatch.setattr(Path, "write_text", half)
    monkeypatch.setattr(shared._files, "pipe_file", lambda path, data: half(Path(path), data))
    answers = Answers(tmp_path / "answers")
    answers.put("slow", b"kept in memory", LONG)
    shared.put(model, trace)
    Verdict("f" * 40).add({"run": ""})
    assert answers.get("slow") == b"kept in memory"
    assert files(tmp_path) == before


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def copied(folder: Path, source: str = SMALL) -> Path:
    """A model that a person brought."""
    there = zoo.find(source).folder
    assert there is not None
    folder.mkdir()
    for path in there.iterdir():
        if path.suffix in (".json", ".safetensors"):
            shutil.copy(path, folder)
    return folder


def order(panel: str, view: str, model: str) -> Order:
    return order_of(*find(panel, view), f"model={model}&text=One+two&new=1", {}, {})


def test_a_model_that_is_replaced_is_another_one(tmp_path: Path) -> None:
    folder = copied(tmp_path / "model")
    query = f"model={folder}&text=One+two&new=0"
    first, before = Explorer().run(query, "walk", {}, {}), order("norms", "gradients", str(folder))
    answers = Answers()
    answers.put(before.key, b"{}")
    weights = folder / "model.safetensors"
    save_file({name: 1.5 * value for name, value in load_file(weights).items()}, weights, {"format": "pt"})

    jobs = Jobs(answers, processes=0)
    assert order("norms", "gradients", str(folder)) == before, "the run on the page is the old model's, and so is this"
    jobs.watch([before], "same")
    with pytest.raises(ModelReplacedError, match="were replaced"):  # the worker would load the new one
        jobs.watch([order("norms", "scale", str(folder))], "other")
    light = Explorer().light(query, "walk", ["river"], {"position": 1}, {})
    assert light["kind"] == "views"
    assert light["views"]["river"], "what is at hand is drawn still"

    again = Explorer().run(query, "walk", {}, {})
    assert again["run"]["nextP"] != first["run"]["nextP"]
    assert order("norms", "gradients", str(folder)).key != before.key
    with weights.open("r+b") as stream:
        stream.truncate(1000)
    light = Explorer().light(query, "walk", ["river"], {"position": 1}, {})
    assert light["kind"] == "views"
    assert light["views"]["river"]
    with pytest.raises(WeightsDamagedError):
        Explorer().run(query.replace("two", "three"), "walk", {}, {})
    zoo.forget(str(folder))
    subjects.store().clear()


@pytest.mark.parametrize("jump", [-1e6, 1e6])
def test_time_that_jumps_changes_no_budget(jump: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now, looks = time.time, iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: now() + jump * next(looks))
    wanted, short = TimeLimit(60), TimeLimit(0.01)
    wanted.begin()
    short.begin()
    time.sleep(0.02)
    wanted.check()
    with pytest.raises(TimeUpError):
        short.check()
    listeners = Listeners(grace=0.05)
    began = time.monotonic()
    assert not finish(listeners.heard("nobody"))
    assert time.monotonic() - began < 5
    job = Job(Order("norms", "scale", ""), 1, "running", began=time.monotonic())
    assert not made(60)._late(job)
    job.began -= 61
    assert made(60)._late(job)


def made(seconds: float) -> Jobs:
    return Jobs(Answers(), processes=0, seconds=seconds)


def test_the_watch_sees(tmp_path: Path, disk: Disk) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: (tmp_path / "a").write_text("x"), lambda: (tmp_path / "b").mkdir(), lambda: os.utime(tmp_path)
    ]  # fmt: skip
    with disk.read_only(tmp_path):
        for attempt in attempts:
            with pytest.raises(OSError, match="Read-only"):
                attempt()
