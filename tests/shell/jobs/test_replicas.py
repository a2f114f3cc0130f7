"""Models in replicas: the same answers as in this process, and what is done where one is lost. Needs Ray."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import UnknownModelError
from explorer.shell.jobs.replicas import Replicas
from explorer.shell.scale import Scale
from explorer.shell.service import Explorer
from explorer.shell.settings import Settings
from explorer.zoo import Model

pytest.importorskip("ray", reason='pip install -e ".[scale]"')
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
QUERY = "model=six-kinds-dense&text=One+two+three&new=4&seed=3&T=0.8"
LONGER = "model=six-kinds-dense&text=One+two&new=60&seed={}"


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    runs: Path = tmp_path_factory.mktemp("runs")
    with ThreadPoolExecutor(1) as brief:  # its thread ends: Ray must not end with it
        made = brief.submit(Replicas.start, Settings(scale=Scale((2, 2), together=4, traces=str(runs)))).result()
    yield made
    made.close()


def run(query: str) -> Any:
    return partial(Explorer().run, query, "walk", {}, {})


def test_a_replica_answers_as_this_process_does(replicas: Replicas, model: Model) -> None:
    said: list[Any] = []
    there = replicas.do(QUERY, run(QUERY), lambda *news: said.append(news))
    here = Explorer().run(QUERY, "walk", {}, {})
    for part in ("ids", "bytes", "steps"):
        assert there["run"][part] == here["run"][part]
    assert said[-1][0] == "Read the stream"
    light = replicas.at_once(QUERY, partial(Explorer().light, QUERY, "walk", ["river"], {"position": 1}, {}))
    assert light["kind"] == "views"  # found again where its run lies
    with pytest.raises(UnknownModelError):
        replicas.do("", run("model=nothing&text=a"))


def test_runs_of_one_length_that_wait_are_made_in_one_batch(replicas: Replicas) -> None:
    """Two replicas and eight texts of one length at once: while each makes its first, others wait in it."""
    words = ("the", "of", "in", "to", "he", "was", "his", "for")
    queries = [f"model=six-kinds-dense&text=And+{word}&new=8&seed=5" for word in words]
    said: list[str] = []
    with ThreadPoolExecutor(len(queries)) as visitors:
        there = [
            visitors.submit(replicas.do, query, run(query), lambda what, *_: said.append(what)) for query in queries
        ]
        answers = [each.result(120) for each in there]
    assert any(" prompts together" in what for what in said)
    for query, answer in zip(queries, answers, strict=True):
        assert answer["run"]["ids"] == Explorer().run(query, "walk", {}, {})["run"]["ids"]


def test_a_replica_lost_in_mid_request_is_made_up_for(replicas: Replicas) -> None:
    said: list[Any] = []

    def work(tell: Any) -> Any:
        tell(str(os.getpid()), 0, 0)
        return run(LONGER.format(1))(tell)

    def progress(*news: Any) -> None:
        said.append(news)
        if len(said) == 5:
            os.kill(int(said[1][0]), signal.SIGKILL)

    answer = replicas.do("lost", work, progress)
    assert answer["kind"] == "run"
    assert any("lost" in what for what, *_ in said)


def test_what_nobody_waits_for_stops(replicas: Replicas) -> None:
    def progress(what: str, done: int, _total: int) -> None:
        if what == "Run the model" and done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        replicas.do("stop", run(LONGER.format(2)), progress)
    # Its replica is free again at once: the next wish with the same key is begun.
    assert replicas.do("stop", run(QUERY))["kind"] == "run"
