"""Jobs: one for equal orders, streamed to all who watch, given up when nobody does, and a process that may fail."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from multiprocessing import Pipe
from types import SimpleNamespace
from typing import Any

import orjson
import psutil
import pytest

from explorer.errors import BusyError
from explorer.shell.jobs import jobs as module
from explorer.shell.jobs.job import Job
from explorer.shell.jobs.jobs import Jobs
from explorer.shell.jobs.kept_answers import Answers
from explorer.shell.jobs.order import Order, find, order_of
from explorer.shell.jobs.watch import ABSENT, Watch
from explorer.shell.jobs.worker_place import LOOK, WorkerPlace
from tests.shell.loops import finish

MOE = "model=six-kinds-moe&text=Two%20words"


class Scripted(WorkerPlace):
    """In a process's place: a thread that answers each order by `script(number, send, given_up)`."""

    def __init__(self, script: Callable[[int, Callable[..., None], Callable[[], bool]], None]) -> None:
        self.script = script
        self.line, self.theirs = Pipe()
        self.given_up: Any = SimpleNamespace(value=0)
        self.lives = True
        self.orders: list[Order] = []
        self.ended = 0
        self.idled = False

    def ready(self, wanted_no_more: Callable[[], bool]) -> bool:
        if not self.lives:  # a new process
            self.line, self.theirs = Pipe()
            self.lives = True
        threading.Thread(target=self._work, daemon=True).start()
        return True

    def _work(self) -> None:
        number, order = self.theirs.recv()
        self.orders.append(order)
        self.script(number, lambda kind, *what: self.theirs.send((kind, number, *what)),
                    lambda: self.given_up.value >= number)  # fmt: skip

    def end(self) -> None:
        self.ended += 1
        self.lives = False

    @property
    def alive(self) -> bool:
        return self.lives

    @property
    def now(self) -> Any:
        return self

    def idle(self) -> None:
        self.idled = True


def answer(n: int = 0, partial: bool = False) -> bytes:
    return orjson.dumps({"entry": {"data": n}, "strings": {}, "partial": partial})


def jobs_on(slot: Scripted, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    monkeypatch.setattr(module, "WorkerPlace", lambda *_: slot)
    return Jobs(Answers())


def order(n: int = 0) -> Order:
    return Order("norms", "gradients", f"model=m&text={n}")


async def all_of(news: AsyncIterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return [said async for said in news]


async def all_news(watch: Watch) -> list[dict[str, Any]]:
    return await all_of(watch.news())


def wait_for(seen: Callable[[], object], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.01)


def test_equal_orders_are_one_job_and_both_hear_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def script(_number: int, send: Callable[..., None], _given_up: Callable[[], bool]) -> None:
        send("status", "Steps", 1, 4)
        send("part", answer(1, partial=True))
        go.wait(10)
        send("done", answer(2))

    slot = Scripted(script)
    jobs = jobs_on(slot, monkeypatch)

    async def watch_both() -> list[list[dict[str, Any]]]:
        both = [jobs.watch([order()], session) for session in "ab"]
        heard = asyncio.gather(*(all_news(each) for each in both))
        await asyncio.to_thread(wait_for, lambda: jobs.at_hand(order()))
        part = jobs.at_hand(order())
        assert part is not None
        assert (part["entry"]["data"], part["partial"]) == (1, True)
        await asyncio.sleep(0.3)
        go.set()
        return await heard

    for news in finish(watch_both()):
        said = [each["gradients"] for each in news]
        assert said[-1]["state"] == "done"
        assert {"running", "done"} <= {each["state"] for each in said}
        assert any((each.get("stage"), each.get("done"), each.get("total")) == ("Steps", 1, 4) for each in said)
        versions = [each["version"] for each in said]
        assert versions == sorted(versions)
        assert len(set(versions)) >= 2, "each part has a version of its own"
    assert len(slot.orders) == 1
    found = jobs.at_hand(order())
    assert found is not None
    assert found["entry"]["data"] == 2

    finish(all_news(jobs.watch([order()], "c")))
    assert len(slot.orders) == 1, "what is kept is not measured again"
    finish(all_news(jobs.watch([order()], "c", again=True)))
    assert len(slot.orders) == 2, "unless it is asked for again"
    assert [each.again for each in slot.orders] == [False, True], "and the process that measures hears of it"


def test_another_watch_of_a_session_supersedes_the_one_before_and_its_work_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stopped: list[float] = []

    def script(_number: int, send: Callable[..., None], given_up: Callable[[], bool]) -> None:
        if len(slot.orders) == 2:
            return send("done", answer())
        wait_for(given_up)
        stopped.append(time.monotonic())
        return send("failed", {"name": "Stopped", "message": "Stopped.", "hint": "", "facts": {}})

    slot = Scripted(script)
    jobs = jobs_on(slot, monkeypatch)

    async def change() -> float:
        first = asyncio.create_task(all_news(jobs.watch([order(1)], "a")))
        await asyncio.to_thread(wait_for, lambda: slot.orders)
        changed = time.monotonic()
        last = await all_news(jobs.watch([order(2)], "a"))
        assert last[-1]["gradients"]["state"] == "done"
        await first
        return changed

    changed = finish(change())
    assert stopped[0] - changed < 1
    assert [each.query[-1] for each in slot.orders] == ["1", "2"]
    assert slot.ended == 0, "it heard, and was not ended"


def test_a_job_outlives_its_visitor_by_less_than_a_second() -> None:
    superseded = module.PATIENCE + LOOK
    abandoned = LOOK + module.PATIENCE + LOOK  # until one look sees that nobody is there, and the last that none heard
    assert superseded < abandoned < 0.96, "the rest is for the machine"
    hears = module.PATIENCE - (ABSENT + LOOK + LOOK)  # the look that ends the watch, and the one that says so
    assert hears > 0.5, "twice a second a measurement tells how far it is, and hears"
    assert ABSENT > 2 * LOOK, "one look that sees nobody is no absence"


@pytest.mark.parametrize("how", ["superseded", "abandoned"])
def test_work_that_does_not_hear_is_ended_within_a_second(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slot = Scripted(lambda *_: None)  # says nothing, ever
    jobs = jobs_on(slot, monkeypatch)
    there = threading.Event()
    there.set()

    async def leave() -> float:
        watch = jobs.watch([order()], "a")
        heard = asyncio.create_task(all_of(watch.news(there.is_set)))
        await asyncio.to_thread(wait_for, lambda: slot.orders)
        left = time.monotonic()
        if how == "superseded":
            jobs.watch([], "a")
        there.clear()
        await asyncio.to_thread(wait_for, lambda: slot.ended)
        took = time.monotonic() - left
        await heard
        return took

    assert finish(leave()) < 1
    wait_for(lambda: not jobs._jobs)


def test_a_watch_whose_stream_is_opened_anew_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    go, given_up = threading.Event(), list[bool]()

    def script(_number: int, send: Callable[..., None], is_given_up: Callable[[], bool]) -> None:
        go.wait(10)
        given_up.append(is_given_up())
        send("done", answer())

    slot = Scripted(script)
    jobs = jobs_on(slot, monkeypatch)
    there = threading.Event()
    there.set()

    async def come_again() -> list[dict[str, Any]]:
        heard = asyncio.create_task(all_of(jobs.watch([order()], "a").news(there.is_set)))
        for _ in range(2):  # each time for less than it takes to have left
            there.clear()
            await asyncio.sleep(ABSENT - LOOK)
            there.set()
            await asyncio.sleep(2 * LOOK)
        go.set()
        return await heard

    assert finish(come_again())[-1]["gradients"]["state"] == "done"
    assert (given_up, slot.ended) == ([False], 0)


def test_what_waits_without_a_watcher_leaves_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def script(_number: int, send: Callable[..., None], _given_up: Callable[[], bool]) -> None:
        go.wait(10)
        send("done", answer())

    slot = Scripted(script)
    jobs = jobs_on(slot, monkeypatch)
    first = jobs.watch([order(1)], "a")
    wait_for(lambda: slot.orders)
    second, third = jobs.watch([order(2)], "b"), jobs.watch([order(3)], "c")
    assert [jobs.place(each.jobs[0]) for each in (first, second, third)] == [0, 1, 2]
    jobs.leave(second)
    assert jobs.place(third.jobs[0]) == 1
    go.set()
    wait_for(lambda: len(slot.orders) == 2)
    assert slot.orders[-1].query.endswith("3")


def test_the_line_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    slot = Scripted(lambda *_: None)
    monkeypatch.setattr(module, "WorkerPlace", lambda *_: slot)
    jobs = Jobs(Answers(), waiting=3)
    jobs.watch([order(0)], "s0")
    wait_for(lambda: slot.orders)
    for n in range(1, 4):
        jobs.watch([order(n)], f"s{n}")
    with pytest.raises(BusyError):
        jobs.watch([order(9)], "s9")
    assert "s9" not in jobs._watches


def test_one_visitor_has_a_share_of_the_line_and_turns_go_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """65 orders of one visitor all stood in line before anybody else's."""
    go = threading.Event()

    def script(_number: int, send: Callable[..., None], _given_up: Callable[[], bool]) -> None:
        go.wait(10)
        send("done", answer())

    slot = Scripted(script)
    monkeypatch.setattr(module, "WorkerPlace", lambda *_: slot)
    jobs = Jobs(Answers(), waiting=8, share=4)
    jobs.watch([order(0)], "s0", visitor="a")
    wait_for(lambda: slot.orders)
    watches = [jobs.watch([order(n)], f"s{n}", visitor="a") for n in range(1, 5)]
    with pytest.raises(BusyError, match="4 of the measurements that wait are yours"):
        jobs.watch([order(5)], "s5", visitor="a")
    other = jobs.watch([order(6)], "s6", visitor="b")
    third = jobs.watch([order(7)], "s7", visitor="c")
    jobs.watch([order(4)], "s8", visitor="c")  # with the first visitor, who waits for it as their last
    assert [jobs.place(each.jobs[0]) for each in (watches[0], other, third, watches[1], watches[3])] == [1, 2, 3, 4, 5]
    jobs.leave(watches[3])
    assert jobs.place(watches[3].jobs[0]) == 5, "another still waits for it"
    jobs.leave(watches[1])
    go.set()
    wait_for(lambda: len(slot.orders) == 6)
    assert [each.query[-1] for each in slot.orders] == ["0", "1", "6", "7", "3", "4"]


def test_a_process_that_dies_fails_its_job_and_the_next_one_gets_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def script(_number: int, send: Callable[..., None], _given_up: Callable[[], bool]) -> None:
        if len(slot.orders) == 1:
            slot.theirs.close()  # as the system does with a process that takes too much memory
        else:
            send("done", answer())

    slot = Scripted(script)
    jobs = jobs_on(slot, monkeypatch)
    news = finish(all_news(jobs.watch([order(1)], "a")))
    assert news[-1]["gradients"]["state"] == "failed"
    assert "ended unexpectedly" in news[-1]["gradients"]["error"]["message"]
    assert finish(all_news(jobs.watch([order(2)], "a")))[-1]["gradients"]["state"] == "done"


def test_what_remains_is_estimated_from_what_was_counted() -> None:
    job = Job(order(), 1, state="running")
    job.count("Steps", 0, 10)
    assert job.left is None, "too soon to say"
    job._counted = ("Steps", 10, 0, time.monotonic() - 2)
    job.count("Steps", 4, 10)
    assert job.left == pytest.approx(3, abs=0.2)
    job.count("Passes", 1, 3)
    assert job.left is None, "something else is counted now"


def test_keys_hold_what_a_view_depends_on_and_nothing_else() -> None:
    focus, controls = {"position": 3, "layer": 2, "head": 1}, {"seed": 1, "unknown": 5}
    panel, view = find("balancing", "training")
    texts = [order_of(panel, view, f"{MOE}&text={text}", focus, controls).key for text in ("a", "b")]
    if panel.reads(view) == "model":
        assert texts[0] == texts[1]
    assert "layer=2" in texts[0]
    assert "position" not in texts[0]
    assert "seed=1" in texts[0]
    assert "unknown" not in texts[0]


@pytest.fixture(scope="module")
def real() -> Iterator[Jobs]:
    jobs = Jobs(Answers())
    yield jobs
    jobs.close()


def test_a_real_process_streams_is_given_up_and_answers_as_this_one_does(
    real: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 60)  # its step takes long beside other tests
    panel, view = find("balancing", "training")
    asked = order_of(panel, view, MOE, {"layer": 1}, {"steps": 600, "experts": 4})

    async def leave() -> Job:
        watch = real.watch([asked], "a")
        async for said in watch.news():
            if said["training"].get("total") == 1200 and said["training"]["done"] > 0:
                break
        job = next(iter(real._jobs.values()))
        real.leave(watch)
        return job

    left = finish(leave())
    wait_for(lambda: not real._jobs, seconds=60)
    assert left.error is not None
    assert (left.state, left.error["name"]) == ("failed", "Stopped"), "it heard before its last step"
    assert left.done < left.total
    assert real._slots[0].alive, "it heard, and was not ended"

    short = order_of(panel, view, MOE, {"layer": 1}, {"steps": 50, "experts": 4})
    news = finish(all_news(real.watch([short], "a")))
    assert news[-1]["training"]["state"] == "done"
    found = real.at_hand(short)
    assert found is not None
    assert not found["partial"]
    checks = found["entry"]["checks"]
    assert all(check["error"] is not None and check["error"] <= check["tolerance"] for check in checks)


def processor_time(process: psutil.Process) -> float | None:
    """Seconds that it has worked; None once it is gone."""
    try:
        spent = process.cpu_times()
        return None if process.status() == psutil.STATUS_ZOMBIE else spent.user + spent.system
    except psutil.NoSuchProcess:
        return None


def test_a_second_after_its_visitor_has_left_a_real_process_works_no_more(real: Jobs) -> None:
    panel, view = find("balancing", "training")
    asked = order_of(panel, view, MOE, {"layer": 1}, {"steps": 600, "experts": 4, "seed": 1})
    there = threading.Event()
    there.set()

    async def close_the_tab() -> None:
        news = real.watch([asked], "a").news(there.is_set)
        async for said in news:
            if said["training"].get("total") == 1200 and said["training"]["done"] > 0:
                break
        process = psutil.Process(real._slots[0].now.pid)
        there.clear()
        rest = asyncio.create_task(all_of(news))
        await asyncio.sleep(1)
        spent = processor_time(process)
        await asyncio.sleep(0.3)
        assert processor_time(process) in (spent, None)
        assert await rest == []

    finish(close_the_tab())
    assert not real._jobs
    assert real.at_hand(asked) is None, "it was not over by itself"


def test_a_process_is_got_ready_only_while_nothing_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def script(_number: int, send: Callable[..., None], _given_up: Callable[[], bool]) -> None:
        go.wait(10)
        send("done", answer())

    monkeypatch.setattr(module, "IDLE", 0.1)
    slot = Scripted(script)
    jobs = jobs_on(slot, monkeypatch)
    watch = jobs.watch([order()], "a")
    wait_for(lambda: slot.orders)
    slot.idled = False
    time.sleep(0.4)
    assert not slot.idled, "what is timed now would show it"
    go.set()
    finish(all_news(watch))
    wait_for(lambda: slot.idled)


@pytest.mark.thorough
def test_after_a_process_was_ended_another_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its libraries are loaded before it is needed, it has no model of its own, and there is one for all places."""
    monkeypatch.setattr(module, "IDLE", 0.1)
    jobs = Jobs(Answers(), processes=2)
    try:
        jobs.start()
        wait_for(lambda: (held := jobs._spare._held) and held.ready(lambda: False), seconds=120)
        spare = jobs._spare._held
        assert spare is not None
        time.sleep(0.5)
        assert jobs._spare._held is spare, "one, however many places there are"
        jobs._slots[0].end()
        began = time.monotonic()
        assert jobs._slots[0].ready(lambda: False)
        assert time.monotonic() - began < 0.5
        assert jobs._slots[0].now is spare
        wait_for(lambda: jobs._spare._held is not None, seconds=10)
        kept = jobs._spare._held
        assert kept is not None
    finally:
        jobs.close()
    assert not spare.alive
    assert not kept.alive


@pytest.mark.parametrize("hears", [True, False])
def test_a_measurement_has_its_time(hears: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its watchers are told so, and whoever comes next gets a turn."""

    def script(_number: int, send: Callable[..., None], given_up: Callable[[], bool]) -> None:
        if len(slot.orders) == 2:
            return send("done", answer())
        if hears:
            wait_for(given_up)
            return send("failed", {"name": "Stopped", "message": "Stopped.", "hint": "", "facts": {}})
        return None

    slot = Scripted(script)
    monkeypatch.setattr(module, "WorkerPlace", lambda *_: slot)
    jobs = Jobs(Answers(), seconds=0.3)
    began = time.monotonic()
    last = finish(all_news(jobs.watch([order(1)], "a")))[-1]["gradients"]
    assert (last["state"], last["error"]["name"]) == ("failed", "TimeUpError")
    assert "0.3 seconds" in last["error"]["message"]
    assert time.monotonic() - began < 3
    assert slot.ended == (0 if hears else 1)
    assert finish(all_news(jobs.watch([order(2)], "a")))[-1]["gradients"]["state"] == "done"
