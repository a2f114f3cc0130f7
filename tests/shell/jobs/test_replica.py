"""A replica by itself, without Ray around it: its line, and the runs that it makes together."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from explorer import zoo
from explorer.errors import BusyError
from explorer.shell.jobs import replicas
from explorer.shell.jobs.replicas import Replica, Replicas
from explorer.shell.scale import Scale
from explorer.shell.service import Explorer
from explorer.shell.settings import Settings
from explorer.shell.views import subjects
from explorer.tracing import TraceKey, TraceStore
from explorer.tracing.stored.shared_traces import SharedTraces
from tests.shell.loops import finish

RUN = "model=six-kinds-dense&text={}&new=1&seed=9"
QUERIES = [RUN.format(text) for text in ("And+the", "And+of", "the+Lord", "king")]


def replica(together: int, monkeypatch: Any) -> Replica:
    monkeypatch.setattr(replicas, "start", lambda _: None)
    monkeypatch.setattr(zoo, "DEFAULT", "six-kinds-dense")
    monkeypatch.setattr("torch.set_num_threads", lambda _: None)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # it sets its own
    return Replica(Settings(scale=Scale((1, 1), together=together)), 1)


async def asked(there: Replica, key: str, work: Callable[..., Any]) -> tuple[str, Any]:
    return [news async for news in there.do(key, work)][-1]


def test_runs_that_wait_are_made_in_one_batch(monkeypatch: Any) -> None:
    subjects.store().clear()
    there, gate = replica(4, monkeypatch), threading.Event()
    batches: list[int] = []
    ahead = replicas.run_ahead
    monkeypatch.setattr(replicas, "run_ahead", lambda *how: batches.append(ahead(*how)))

    async def all_at_once() -> list[tuple[str, Any]]:
        first = asyncio.ensure_future(asked(there, "", lambda tell: gate.wait(60)))
        works = [partial(Explorer().run, query, "walk", {}, {}) for query in QUERIES]
        others = [asyncio.ensure_future(asked(there, q, work)) for q, work in zip(QUERIES, works, strict=True)]
        while len(there._waiting) < len(QUERIES):
            await asyncio.sleep(0.01)
        gate.set()
        return await asyncio.gather(first, *others)

    answers = finish(all_at_once())
    assert [kind for kind, _ in answers] == ["done"] * 5
    assert batches == [0, 4, 0, 0, 0], "the first of the runs takes the others along"
    subjects.store().clear()
    for query, (_, there_made) in zip(QUERIES, answers[1:], strict=True):
        assert there_made["run"]["ids"] == Explorer().run(query, "walk", {}, {})["run"]["ids"]
    subjects.store().clear()


def test_a_line_is_left_by_what_fails(monkeypatch: Any) -> None:
    there = replica(1, monkeypatch)
    kind, error = finish(asked(there, "nothing", lambda tell: 1 / 0))
    assert (kind, type(error)) == ("failed", ZeroDivisionError)
    assert not there._waiting
    with ThreadPoolExecutor(1) as pool:
        assert finish(there.at_once(lambda: pool.submit(int, "7").result())) == 7


def test_a_light_look_finds_the_run_that_another_replica_made(tmp_path: Path, monkeypatch: Any) -> None:
    made, looked = (TraceStore(shared=SharedTraces(str(tmp_path))) for _ in range(2))
    monkeypatch.setattr(subjects, "store", lambda: looked)
    assert subjects.at_hand("run", QUERIES[0]) is None
    key = TraceKey.parse(QUERIES[0])
    made.get(zoo.load(key.model), key)
    made.settle()
    found = subjects.at_hand("run", QUERIES[0])
    assert found is not None
    assert found.traced[1].ids.equal(made.get(zoo.load(key.model), key).ids)
    assert looked.kept(key) is not None


def test_where_ray_does_not_start_the_visitor_is_asked_to_come_again(monkeypatch: Any) -> None:
    ended: list[int] = []

    def init(**how: Any) -> None:
        raise Exception("The current node timed out during startup.")

    ray = SimpleNamespace(init=init, shutdown=lambda: ended.append(1), serve=SimpleNamespace())
    schema = SimpleNamespace(LoggingConfig=None)
    for name, module in (("ray", ray), ("ray.serve", ray.serve), ("ray.serve.schema", schema)):
        monkeypatch.setitem(sys.modules, name, module)
    with pytest.raises(BusyError, match="cannot be started"):
        Replicas.start(Settings(scale=Scale((1, 1))))
    assert len(ended) == replicas.TRIES, "what had begun is ended each time"
