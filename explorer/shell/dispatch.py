"""The one dispatcher: every event of the page that needs the model comes through here, in order, with its progress.

A generator for Gradio's queue. The work itself runs in a thread of its own, so that its stages can be shown while it
runs and that "Stop" (Gradio closes the generator) is heard between two stages. What needs no model (another selection
of a run that is at hand, the source drawer) has a line of its own beside the queue.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import queue
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from explorer.errors import BadRequestError, PromptTooLongError
from explorer.fetching.progress import Progress
from explorer.panels.selection import SELECTION
from explorer.shell import metrics
from explorer.shell.allocator import hand_back_soon
from explorer.shell.engine import Engine, Here
from explorer.shell.line import Line
from explorer.shell.listeners import LISTENERS
from explorer.shell.logs import EVENTS
from explorer.shell.once import once
from explorer.shell.order import Stopped, find, order_of
from explorer.shell.service import Explorer
from explorer.shell.settings import in_force
from explorer.shell.sidebar import Sidebar, sidebar_query
from explorer.shell.spell import Spell
from explorer.shell.subjects import allow
from explorer.shell.told import told
from explorer.shell.wish import Wish, query_of, read_object

if TYPE_CHECKING:
    from explorer.shell.envelope import answers, lessons
    from explorer.shell.envelope.runs import Trace
    from explorer.shell.jobs import Jobs

log = logging.getLogger(__name__)


@once
def jobs() -> Jobs:
    """The jobs of this process's server."""
    from explorer import zoo
    from explorer.fetching.cache import cache_folder
    from explorer.shell.answers import Answers
    from explorer.shell.jobs import Jobs

    chosen = in_force()
    folder = Path(chosen.answers) if chosen.answers else cache_folder() / "answers"
    kept = Answers(folder, chosen.bounds.answer_bytes, 4 * chosen.bounds.answer_bytes)
    return Jobs(kept, chosen.jobs, zoo.DEFAULT, chosen.bounds.queue, chosen.bounds.job_seconds)


@once
def engine() -> Engine:
    """The engine of this process's server, started when it is first asked for."""
    if in_force().scale.replicas is None:
        return Here()
    from explorer.shell.replicas import Replicas

    return Replicas.start(in_force())


EXPLORER = Explorer()
#: light work: some 50 ms each, so that a full line is done in its patience
LIGHT = Line(threads=2, waiting=64, patience=10.0)
#: seconds after which the page hears again of work that says nothing, and Gradio sees whether the page is still there
NEWS = 1.0
#: seconds between two pieces of news: each costs the page a drawing, on cores that the run may need
OFTEN = 0.4
T = TypeVar("T")
#: whether the visitor has left
Gone = Callable[[], Awaitable[bool]] | None
_serial = itertools.count(int(time.time() * 1000))


@once
def _worker() -> ThreadPoolExecutor:
    """The line of work on models: as much at one time as the engine has places."""
    return ThreadPoolExecutor(engine().places, "explorer-model")


def dispatch(request: str, *sidebar: object) -> Iterator[answers.QueueAnswer]:
    """Yield the stage's values: status while it runs, then the run, the views or the error."""
    action = "run"
    try:
        wish = Wish.read(request)
        action = wish.action
        yield from _work(wish, sidebar)
    except Stopped:
        yield _queued({"kind": "error", "name": "Stopped", "message": "Stopped.", "hint": "", "facts": {}}, action)
    except Exception as error:
        yield _queued(_told(error, "dispatch"), action)


def _told(error: Exception, where: str) -> answers.ErrorAnswer:
    """The error for the page; what is not a visitor's mistake goes to the log as well."""
    answer = told(error)
    if answer["name"] == "Error":
        log.error("%s failed", where, exc_info=error)
    return answer


def _queued(answer: answers.QueueAnswer, action: str) -> answers.QueueAnswer:
    """The answer as a value of the queue."""
    answer["serial"], answer["action"] = next(_serial), action
    return answer


def _submit(spell: Spell, work: Callable[[], T]) -> Future[T]:
    """Do the work in the thread for models, unless it is stopped before its turn; what it freed goes to the system."""
    asked = time.monotonic()

    def unless_stopped() -> T:
        ended = "done"
        try:
            spell.begin()
            return work()
        except BaseException as error:
            ended = type(error).__name__
            raise
        finally:
            seconds = time.monotonic() - asked
            metrics.RUNS.labels(ended).inc()
            metrics.RUN_SECONDS.observe(seconds)
            EVENTS.info("run", extra={"ended": ended, "seconds": round(seconds, 3)})
            hand_back_soon()

    return _worker().submit(unless_stopped)


def _spell() -> Spell:
    return Spell(in_force().bounds.run_seconds)


def _work(wish: Wish, sidebar: tuple[object, ...]) -> Iterator[answers.QueueAnswer]:
    news: queue.SimpleQueue[answers.StatusAnswer | None] = queue.SimpleQueue()  # None: it has ended
    spell = _spell()

    def progress(stage: str, done: int, total: int) -> None:
        spell.check()
        news.put({"kind": "status", "stage": stage, "done": done, "total": total})

    job = _submit(spell, lambda: _answer(wish, sidebar, progress))
    job.add_done_callback(lambda _: news.put(None))
    shown = 0.0
    last: answers.StatusAnswer = {"kind": "status", "stage": "Begin", "done": 0, "total": 0}
    try:
        while True:
            try:
                said = news.get(timeout=NEWS)
            except queue.Empty:
                said = last
            if said is None:
                yield _queued(job.result(), wish.action)
                return
            last = said
            if time.monotonic() - shown > OFTEN:
                shown = time.monotonic()
                yield _queued({**last}, wish.action)
    finally:
        spell.over.set()
        job.cancel()


def _answer(
    wish: Wish, sidebar: tuple[object, ...], progress: Progress
) -> answers.RunAnswer | answers.ViewsAnswer | answers.RestAnswer:
    from explorer.shell.service import completed

    focus, query = wish.focus, wish.query
    if wish.action == "rest":  # the panel that the link opens needs no run
        return {"kind": "rest"}
    if wish.action == "views":
        for name in wish.views:
            if find(wish.panel, name)[1].heavy:
                raise BadRequestError("This view takes seconds. The server measures it as a job.")
        query = completed(query)
        return engine().do(
            query, partial(EXPLORER.views, query, wish.panel, wish.views, focus, wish.controls), progress
        )
    if query is None:
        query = sidebar_query(Sidebar.read(sidebar), wish.interventions, wish.order, wish.forced)
        if not wish.keep:  # a new text starts at its own last token
            focus = {each.name: focus[each.name] for each in SELECTION if each.stays and each.name in focus}
    try:
        query = completed(query)
        return engine().do(query, partial(EXPLORER.run, query, wish.panel, focus, wish.controls), progress)
    except PromptTooLongError as error:
        raise with_repair(error, query) from error


def with_repair(error: PromptTooLongError, query: str) -> PromptTooLongError:
    """The same error, with the text's last part that does fit: one button on the page runs it."""
    from explorer import zoo
    from explorer.tracing import TraceKey

    limit = error.facts.get("limit")
    if not isinstance(limit, int) or "repaired" in error.facts:
        return error
    key = TraceKey.parse(query)
    vocabulary = zoo.load(key.model).vocabulary  # loaded just now: its limit is what the text passed
    keep = max(1, limit - 12)  # the cut end may tokenize into a few more tokens, and a chat template adds its own
    tail = b"".join(vocabulary.bytes(i) for i in vocabulary.encode(key.text)[-keep:]).decode("utf-8", "ignore")
    return PromptTooLongError(
        error.message, error.hint, **{**error.facts, "repaired": tail, "repairs": f"Keep the last {keep:,} tokens"}
    )


async def render(request: object, gone: Gone = None) -> answers.Answer:
    """Views for which all is at hand (a new selection, another panel), answered without the queue.

    `gone` says whether the visitor has left. What would take seconds is not done here: see `Explorer.light`.
    """
    from explorer.shell.service import completed, measured

    def work() -> answers.ViewsAnswer | answers.GoneAnswer:
        query = completed(wish.query)
        light = partial(EXPLORER.light, query, wish.panel, wish.views, wish.focus, wish.controls)
        try:
            return measured(engine().at_once(query, light), wish.panel, wish.focus, wish.controls, jobs())
        finally:
            hand_back_soon()

    try:
        wish = Wish.read(request)
        return await LIGHT.do(work, gone)
    except Exception as error:
        return _told(error, "render")


async def look(request: object, session: str) -> AsyncIterator[answers.QueueAnswer]:
    """Watch the jobs of some heavy views, until they are done or the session watches others.

    Yields the state of each; an answer, or a part of it, is fetched by `render` when its version rises.
    """
    from explorer.shell.service import completed
    from explorer.tracing import TraceKey

    try:
        wish = Wish.read(request)
        query = completed(wish.query)
        allow(TraceKey.parse(query).model)
        found = sorted((find(wish.panel, name) for name in wish.views), key=lambda each: each[1].long)
        orders = [order_of(panel, view, query, wish.focus, wish.controls) for panel, view in found if view.heavy]
        watch = jobs().watch(orders, session, again=wish.again)
        async for said in watch.news(lambda: LISTENERS.present(session)):
            yield _queued({"kind": "jobs", "watch": wish.watch, "jobs": said}, "look")
    except Exception as error:
        yield _queued(_told(error, "look"), "look")


def begin(work: Callable[[Progress], T]) -> tuple[Future[T], Callable[[], None]]:
    """Work on models that a program asks for: what it will return, and how to stop it at its next step."""
    spell = _spell()
    return _submit(spell, lambda: work(spell.check)), spell.over.set


async def source(request: object, gone: Gone = None) -> answers.SourceAnswer | answers.ErrorAnswer:
    """The source of a view: its parts, and all of it as a text."""
    from explorer.shell import service

    try:
        wish = read_object(request)
        panel, view = str(wish.get("panel")), str(wish.get("view"))

        def work() -> answers.SourceAnswer:
            return {"text": service.source(panel, view), "parts": service.source_parts(panel, view)}

        return await LIGHT.do(work, gone)
    except Exception as error:
        return _told(error, "source")


async def bring(request: object, gone: Gone = None) -> answers.BroughtAnswer | answers.ErrorAnswer:
    """Keep a picture that a visitor of a local server brings: its name, for a control."""
    from explorer.shell import brought

    try:
        return await LIGHT.do(partial(brought.bring, request), gone)
    except Exception as error:
        return _told(error, "bring")


async def fetch_model(request: object, gone: Gone = None) -> answers.FetchAnswer | answers.ErrorAnswer:
    """Fetch a model that a visitor of a local server asks for, or say how far that is."""
    from explorer.shell import fetched

    try:
        return await LIGHT.do(partial(fetched.fetch, request), gone)
    except Exception as error:
        return _told(error, "fetch")


async def lesson(
    request: object, gone: Gone = None
) -> lessons.LessonAnswer | lessons.ToldAnswer | answers.GoneAnswer | answers.ErrorAnswer:
    """A lesson, or what one of its steps says of a run that is at hand."""
    from explorer.shell.lessons import LessonWish, answer

    try:
        wish = LessonWish.read(request)

        def work() -> lessons.LessonAnswer | lessons.ToldAnswer | answers.GoneAnswer:
            try:
                return answer(wish)
            finally:
                hand_back_soon()

        return await LIGHT.do(work, gone)
    except Exception as error:
        return _told(error, "lesson")


async def trace(query: object) -> Trace | answers.ErrorAnswer:
    """A run's tokens, next tokens and sampler steps, or its error. Given up when the caller is cancelled."""
    spell = _spell()

    try:
        asked = query_of(query)
        work = partial(engine().do, asked, partial(EXPLORER.trace, asked), spell.check)
        return await asyncio.wrap_future(_submit(spell, work))
    except Exception as error:
        return _told(error, "trace")
    finally:
        spell.over.set()
