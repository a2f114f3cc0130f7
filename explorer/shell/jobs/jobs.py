"""Jobs: heavy views, measured in a process of their own for all who wait for them.

An order that is asked for twice is one job with two watchers. A job without a watcher leaves the line, or, if it has
begun, is given up: its process hears of it at its next step, and one that does not hear is ended. A second after its
last watcher has left nothing works on it any more. One that was asked to stay (`Order.stays`) and has begun goes on
without watchers, until another order waits.
Partial answers and progress are told to the watchers as they come; a whole one is kept (`kept_answers`).
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import orjson

from explorer.errors import BusyError
from explorer.shell.envelope.error_answer import error_answer
from explorer.shell.jobs import handed_runs
from explorer.shell.jobs.job import Job, fail
from explorer.shell.jobs.kept_answers import Answers
from explorer.shell.jobs.line import ITSELF
from explorer.shell.jobs.order import PASSING, Order
from explorer.shell.jobs.time_limit import time_up
from explorer.shell.jobs.turns import Turns
from explorer.shell.jobs.watch import Watch
from explorer.shell.jobs.worker_place import LOOK, Spare, WorkerPlace
from explorer.shell.process import metrics
from explorer.shell.process.logs import EVENTS

if TYPE_CHECKING:
    from explorer.shell.envelope.answers import ErrorAnswer, JobAnswer

    #: what the process that measures says, see `worker`; the number is the job's
    Message = (
        tuple[Literal["ready"]]
        | tuple[Literal["status"], int, str, int, int]
        | tuple[Literal["part", "done"], int, bytes]
        | tuple[Literal["failed"], int, ErrorAnswer]
    )

log = logging.getLogger(__name__)
#: orders that may wait
WAITING = 64
#: seconds after which a process that does not hear is ended, from when nobody was there any more
PATIENCE = 0.85
#: seconds without an order after which a process is got ready for the next that is ended
IDLE = 2.0

_versions = itertools.count(1)


class Jobs:
    """The line of orders and the processes that carry them out."""

    def __init__(
        self,
        answers: Answers,
        processes: int = 1,
        warm: str | None = None,
        waiting: int = WAITING,
        seconds: float | int = 0,
        share: int | None = None,
    ) -> None:
        """`waiting` orders at most stand in line, of one visitor at most `share`; they are carried out in turns between
        visitors. One may take `seconds`, from its turn on (0: as long as it takes)."""
        self.answers = answers
        self.waiting, self.seconds = waiting, seconds
        self.share = waiting if share is None else share
        self._jobs: dict[str, Job] = {}
        self._line: Turns[Job] = Turns()
        self._changed = threading.Condition()
        self._numbers = itertools.count(1)
        self._watches: dict[str, Watch] = {}
        self._spare = Spare()
        self._slots = [WorkerPlace(warm, self._spare) for _ in range(processes)]
        for slot in self._slots:
            threading.Thread(target=self._serve, args=(slot,), daemon=True, name="explorer-jobs").start()

    def start(self) -> None:
        """Start the processes before they are asked for anything."""
        for slot in self._slots:
            slot.ready(lambda: False)

    def close(self) -> None:
        """End the processes; what is asked for later starts new ones."""
        self._spare.end()
        for slot in self._slots:
            slot.end()

    @property
    def lives(self) -> bool:
        """Whether a process is there that can be told something."""
        return any(slot.listens for slot in self._slots)

    def states(self) -> dict[str, float]:
        """How many jobs wait and run at this moment."""
        with self._changed:
            running = sum(job.state == "running" for job in self._jobs.values())
            return {"waiting": float(len(self._line)), "running": float(running)}

    # ---- answers

    def at_hand(self, order: Order) -> JobAnswer | None:
        """The answer to an order, or the part of it that is there."""
        with self._changed:
            job = self._jobs.get(order.key)
            found = job.answer if job is not None else None
        found = found or self.answers.get(order.key)
        return None if found is None else orjson.loads(found)

    # ---- watching

    def watch(self, orders: Iterable[Order], session: str, again: bool = False, visitor: str = ITSELF) -> Watch:
        """A watch over the orders. It supersedes the session's watch before it.

        `again`: what is kept is measured anew. Raises BusyError when too many wait.
        """
        watch = Watch(self, session, visitor)
        with self._changed:
            before = self._watches.get(session)
            self._watches[session] = watch
        try:
            for order in orders:
                watch.jobs.append(self._join(order, watch, again))
        except BaseException:
            self.leave(watch)
            raise
        finally:
            if before is not None:
                self.leave(before)
                before.wake()
        return watch

    def leave(self, watch: Watch) -> None:
        """The watch ends: jobs that nobody else watches are given up."""
        watch.over = True
        with self._changed:
            if self._watches.get(watch.session) is watch:
                del self._watches[watch.session]
            for job in watch.jobs:
                if watch.wake in job.watchers:
                    del job.watchers[watch.wake]
                    job.left_alone = max(job.left_alone, watch.absent or time.monotonic())
                if watch.visitor not in job.watchers.values():
                    self._line.drop(job, watch.visitor)
                if not job.watchers and job.state == "waiting" and self._jobs.get(job.order.key) is job:
                    del self._jobs[job.order.key]
            self._changed.notify_all()

    def place(self, job: Job) -> int:
        """How many orders are carried out before this one begins."""
        with self._changed:
            return self._line.place(job)

    def _join(self, order: Order, watch: Watch, again: bool) -> Job:
        with self._changed:
            job = self._jobs.get(order.key)
            if job is None or (job.state == "running" and self._given_up(job)):  # there is none, or it is given up
                job = Job(replace(order, again=again), next(self._numbers))
                if again:
                    self.answers.forget(order.key)
                elif (kept := self.answers.get(order.key)) is not None:
                    job.state, job.answer, job.version = "done", kept, next(_versions)
                    return job
                self._room(watch.visitor)
                order.check_weights()
                self._jobs[order.key] = job
                self._line.add(job, watch.visitor)
                self._changed.notify_all()
            elif job in self._line:  # its turn comes with the first of those who wait for it
                self._line.add(job, watch.visitor)
            job.watchers[watch.wake] = watch.visitor
            return job

    def _room(self, visitor: str) -> None:
        """Raises BusyError where another order of this visitor would be one too many."""
        if len(self._line) >= self.waiting:
            raise BusyError(f"{self.waiting} measurements are waiting already.", "Try again in a moment.")
        if self.share < self.waiting and self._line.held(visitor) >= self.share:
            raise BusyError(
                f"{self.share} of the measurements that wait are yours. The other places are for other visitors.",
                "Try again when some of them are done.",
            )

    # ---- carrying out

    def _serve(self, slot: WorkerPlace) -> None:
        while True:
            job = self._next()
            if job is None:  # starting a process takes a core for seconds: a measurement beside it would show that
                slot.idle()
                continue
            try:
                self._carry_out(slot, job)
            except Exception as error:
                log.error("a measurement's process failed", exc_info=error)
                slot.end()
                fail(job, "The server could not start the measuring process.", "The server's log has the details.")
            with self._changed:
                if self._jobs.get(job.order.key) is job:
                    del self._jobs[job.order.key]
            ended = job.state if job.error is None else job.error["name"]
            metrics.JOBS.labels(ended).inc()
            spent = round(time.monotonic() - job.began, 3)
            EVENTS.info("job", extra={"view": f"{job.order.panel}.{job.order.view}", "ended": ended, "seconds": spent})
            job.tell()

    def _next(self) -> Job | None:
        """The job whose turn it is; None where nothing was asked for in some time."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._line) > 0, IDLE):
                return None
            job = self._line.take()
            job.state, job.began = "running", time.monotonic()
            return job

    def _carry_out(self, slot: WorkerPlace, job: Job) -> None:
        job.count("Starting the measuring process", 0, 0)
        job.tell()
        if not slot.ready(lambda: self._given_up(job)):
            return fail(job, "Stopped.", "", name="Stopped")
        process = slot.now
        process.line.send((job.number, replace(job.order, runs=handed_runs.runs_of(job.order))))
        given_up: float | None = None
        while True:
            if process.line.poll(LOOK):
                try:
                    message = process.line.recv()
                except (EOFError, OSError):
                    slot.end()
                    return fail(job, "The measuring process ended unexpectedly.", "It may have run out of memory.")
                if self._hear(job, message):
                    return None
            elif not slot.alive:
                slot.end()
                return fail(job, "The measuring process ended unexpectedly.", "It may have run out of memory.")
            if self._given_up(job) or self._late(job):
                process.given_up.value = job.number
                job.abandoned = True
                given_up = given_up or (time.monotonic() if job.watchers or job.order.stays else job.left_alone)
                if time.monotonic() - given_up > PATIENCE:
                    slot.end()
                    return self._stopped(job)

    def _given_up(self, job: Job) -> bool:
        """Whether nobody wants it: not even that it stays, or then another waits."""
        return not job.watchers and (job.abandoned or not job.order.stays or len(self._line) > 0)

    def _late(self, job: Job) -> bool:
        return bool(self.seconds) and time.monotonic() - job.began > self.seconds

    def _stopped(self, job: Job) -> None:
        """It was given up: because nobody watches, or because its time is up."""
        if job.watchers and self._late(job):
            job.error, job.state = error_answer(time_up(self.seconds)), "failed"
        else:
            fail(job, "Stopped.", "", name="Stopped")

    def _hear(self, job: Job, message: Message) -> bool:
        """Take a message of the job's process; True with the last one."""
        if message[0] == "ready" or message[1] != job.number:
            return False
        match message:
            case ("status", _, what, done, total):
                job.count(what, done, total)
            case ("failed", _, error) if error["name"] == "Stopped":
                self._stopped(job)
            case ("failed", _, error):
                job.error, job.state = error, "failed"
            case ("part", _, answer):
                job.answer, job.version = answer, next(_versions)
            case ("done", _, answer):
                job.answer, job.version = answer, next(_versions)
                if not answer.startswith(PASSING):
                    seconds = 0.0 if job.order.private else time.monotonic() - job.began
                    self.answers.put(job.order.key, answer, seconds)
                job.state = "done"
        job.tell()
        return job.state in ("done", "failed")
