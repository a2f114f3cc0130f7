"""Runs of the panel Train as jobs: one that was asked to goes on when its tab is closed, until another waits; twenty
visitors stand in line."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from explorer.errors import BusyError
from explorer.shell.jobs import jobs as module
from explorer.shell.jobs.jobs import Jobs
from explorer.shell.jobs.kept_answers import Answers
from explorer.shell.jobs.order import Order, find, order_of
from tests.shell.jobs.test_jobs import Scripted, answer, wait_for

Script = Callable[[int, Callable[..., None], Callable[[], bool]], None]


def run(leave: str = "stops", seed: int = 0) -> Order:
    return order_of(*find("train", "run"), "", {}, {"leave": leave, "seed": seed})


def until_told(ends: list[str], most: float = 5.0) -> Script:
    """Work until it is given up, or released by `ends`."""

    def script(number: int, send: Any, given_up: Callable[[], bool]) -> None:
        send("status", "Training steps", 1, 2)
        began = time.monotonic()
        while not given_up() and "go" not in ends and time.monotonic() - began < most:
            time.sleep(0.01)
        if given_up():
            ends.append("stopped")
            send("failed", {"name": "Stopped", "message": "Stopped.", "hint": "", "facts": {}})
        else:
            send("done", answer(number))

    return script


def jobs_on(slot: Scripted, monkeypatch: pytest.MonkeyPatch, **bounds: Any) -> Jobs:
    monkeypatch.setattr(module, "WorkerPlace", lambda *_: slot)
    return Jobs(Answers(), **bounds)


def test_whether_it_stays_is_the_controls_and_no_part_of_the_key() -> None:
    assert [run("stops").stays, run("goes").stays] == [False, True]
    assert run("stops").key == run("goes").key  # two visitors share one run
    assert not order_of(*find("train", "finder"), "", {}, {"leave": "goes"}).stays


def test_a_run_whose_tab_is_closed_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[str] = []
    slot = Scripted(until_told(ends))
    jobs = jobs_on(slot, monkeypatch)
    watch = jobs.watch([run("stops")], "tab")
    wait_for(lambda: slot.orders)
    jobs.leave(watch)
    wait_for(lambda: ends == ["stopped"])
    wait_for(lambda: not jobs._jobs)
    assert jobs.at_hand(run()) is None


def test_one_that_was_asked_to_goes_on_and_is_found_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[str] = []
    slot = Scripted(until_told(ends))
    jobs = jobs_on(slot, monkeypatch)
    jobs.leave(_begun(jobs, slot, run("goes")))
    time.sleep(0.4)  # longer than it takes to hear
    assert ends == []
    again = jobs.watch([run("goes")], "later")  # who comes back joins it
    assert again.jobs[0].state == "running"
    jobs.leave(again)
    ends.append("go")
    wait_for(lambda: jobs.at_hand(run()) is not None)
    assert len(slot.orders) == 1


def test_it_makes_room_for_whoever_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[str] = []
    slot = Scripted(until_told(ends))
    jobs = jobs_on(slot, monkeypatch)
    jobs.leave(_begun(jobs, slot, run("goes")))
    other = jobs.watch([run(seed=1)], "another visitor")
    wait_for(lambda: len(slot.orders) == 2)
    assert ends[0] == "stopped"
    ends.append("go")
    wait_for(lambda: other.jobs[0].state == "done")


def test_one_that_waits_leaves_the_line_with_its_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[str] = []
    slot = Scripted(until_told(ends))
    jobs = jobs_on(slot, monkeypatch)
    first = _begun(jobs, slot, run())
    waiting = jobs.watch([run("goes", seed=1)], "b")
    jobs.leave(waiting)
    assert jobs.states()["waiting"] == 0
    jobs.leave(first)


def test_its_time_ends_it_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[str] = []
    slot = Scripted(until_told(ends))
    monkeypatch.setattr(module, "WorkerPlace", lambda *_: slot)
    jobs = Jobs(Answers(), seconds=0.3)
    jobs.leave(_begun(jobs, slot, run("goes")))
    wait_for(lambda: ends == ["stopped"])
    wait_for(lambda: not jobs._jobs)


def test_twenty_who_train_at_once_have_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[str] = []
    slot = Scripted(until_told(ends, most=30))
    jobs = jobs_on(slot, monkeypatch, waiting=15, share=4)
    first = _begun(jobs, slot, run(seed=0))
    watches, busy = [first], []
    for seed in range(1, 20):
        try:
            watches.append(jobs.watch([run(seed=seed)], f"tab {seed}", visitor=f"visitor {seed}"))
        except BusyError as error:
            busy.append(error.hint)
    assert busy == 4 * ["Try again in a moment."]  # one runs, fifteen wait, and the others are told
    assert [jobs.place(each.jobs[0]) for each in watches[1:]] == list(range(1, 16))
    for each in watches[1:15]:
        jobs.leave(each)
    assert jobs.place(watches[15].jobs[0]) == 1  # the line moves up
    ends.append("go")
    wait_for(lambda: watches[15].jobs[0].state == "done")


def test_one_visitor_holds_a_share_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    slot = Scripted(until_told([], most=30))
    jobs = jobs_on(slot, monkeypatch, waiting=15, share=4)
    _begun(jobs, slot, run(seed=0))
    for seed in range(1, 5):
        jobs.watch([run(seed=seed)], f"tab {seed}", visitor="greedy")
    with pytest.raises(BusyError, match="are yours"):
        jobs.watch([run(seed=9)], "tab 9", visitor="greedy")
    jobs.watch([run(seed=10)], "tab 10", visitor="modest")


def test_orders_of_one_run_and_of_its_fork_are_two() -> None:
    fork = order_of(*find("train", "run"), "", {}, {"changes": "40-rate-0.01"})
    assert fork.key != run().key
    assert replace(fork, stays=True) == fork


def _begun(jobs: Jobs, slot: Scripted, order: Order) -> Any:
    watch = jobs.watch([order], "first")
    wait_for(lambda: slot.orders)
    return watch
