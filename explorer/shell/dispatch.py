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
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from explorer.errors import BadRequestError, PromptTooLongError
from explorer.fetching.progress import Progress
from explorer.shell.allocator import hand_back_soon
from explorer.shell.line import Line
from explorer.shell.listeners import LISTENERS
from explorer.shell.order import Stopped, find, order_of
from explorer.shell.service import Explorer
from explorer.shell.sidebar import Sidebar, sidebar_query
from explorer.shell.subjects import allow, made
from explorer.shell.told import told
from explorer.shell.wish import Wish, query_of, read_object

if TYPE_CHECKING:
    from explorer.shell.jobs import Jobs

log = logging.getLogger(__name__)


@cache
def jobs() -> Jobs:
    """The jobs of this process's server."""
    from explorer import zoo
    from explorer.fetching.cache import cache_folder
    from explorer.shell.answers import Answers
    from explorer.shell.jobs import Jobs
    from explorer.shell.settings import in_force

    return Jobs(Answers(cache_folder() / "answers"), in_force().jobs, warm=zoo.DEFAULT)


EXPLORER = Explorer(jobs)
#: one thread for all work on models: runs take turns anyway, and torch keeps one team of threads for it
_WORKER = ThreadPoolExecutor(1, "explorer-model")
#: light work: some 50 ms each, so that a full line is done in its patience
LIGHT = Line(threads=2, waiting=64, patience=10.0)
#: seconds after which the page hears again of work that says nothing, and Gradio sees whether the page is still there
NEWS = 1.0
#: seconds between two pieces of news: each costs the page a drawing, on cores that the run may need
OFTEN = 0.4
T = TypeVar("T")
_serial = itertools.count(int(time.time() * 1000))


def dispatch(request: str, *sidebar: object) -> Iterator[dict[str, Any]]:
    """Yield the stage's values: status while it runs, then the run, the views or the error."""
    action = "run"
    try:
        wish = Wish.read(request)
        action = wish.action
        yield from _work(wish, sidebar)
    except Stopped:
        yield _value(kind="error", action=action, name="Stopped", message="Stopped.", hint="", facts={})
    except Exception as error:
        yield _value(action=action, **_told(error, "dispatch"))


def _told(error: Exception, where: str) -> dict[str, Any]:
    """The error for the page; what is not a visitor's mistake goes to the log as well."""
    answer = told(error)
    if answer["name"] == "Error":
        log.error("%s failed", where, exc_info=error)
    return answer


def _value(**parts: Any) -> dict[str, Any]:
    return {"serial": next(_serial), **parts}


def _submit(stop: threading.Event, work: Callable[[], T]) -> Future[T]:
    """Do the work in the thread for models, unless it is stopped before its turn; what it freed goes to the system."""

    def unless_stopped() -> T:
        if stop.is_set():
            raise Stopped
        try:
            return work()
        finally:
            hand_back_soon()

    return _WORKER.submit(unless_stopped)


def _work(wish: Wish, sidebar: tuple[object, ...]) -> Iterator[dict[str, Any]]:
    news: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    stop = threading.Event()

    def progress(stage: str, done: int, total: int) -> None:
        if stop.is_set():
            raise Stopped
        news.put(("status", {"stage": stage, "done": done, "total": total}))

    def work() -> None:
        try:
            news.put(("done", _answer(wish, sidebar, progress)))
        except BaseException as error:
            news.put(("failed", error))

    job = _submit(stop, work)
    shown = 0.0
    last: Any = {"stage": "Begin", "done": 0, "total": 0}
    try:
        while True:
            try:
                kind, what = news.get(timeout=NEWS)
            except queue.Empty:
                kind, what = "status", last
            if kind == "status":
                last = what
                if time.monotonic() - shown > OFTEN:
                    shown = time.monotonic()
                    yield _value(kind="status", action=wish.action, **what)
            elif kind == "done":
                yield _value(action=wish.action, **what)
                return
            else:
                raise what
    finally:
        stop.set()
        job.cancel()


def _answer(wish: Wish, sidebar: tuple[object, ...], progress: Progress) -> dict[str, Any]:
    from explorer.shell.service import completed

    focus, query = wish.focus, wish.query
    if wish.action == "rest":  # the panel that the link opens needs no run
        return {"kind": "rest"}
    if wish.action == "views":
        for name in wish.views:
            if find(wish.panel, name)[1].heavy:
                raise BadRequestError("A view that is measured for seconds is a job, and not asked for here.")
        return EXPLORER.views(completed(query), wish.panel, wish.views, focus, wish.controls, progress)
    if query is None:
        query = sidebar_query(Sidebar.read(sidebar), wish.interventions, wish.order, wish.forced)
        if not wish.keep:  # a new text starts at its own last token
            focus = {k: v for k, v in focus.items() if k in ("layer", "head")}
    try:
        return EXPLORER.run(completed(query), wish.panel, focus, wish.controls, progress)
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


async def render(request: object, gone: Callable[[], Awaitable[bool]] | None = None) -> dict[str, Any]:
    """Views for which all is at hand (a new selection, another panel), answered without the queue.

    `gone` says whether the visitor has left. What would take seconds is not done here: see `Explorer.light`.
    """
    from explorer.shell.service import completed

    def work() -> dict[str, Any]:
        try:
            return EXPLORER.light(completed(wish.query), wish.panel, wish.views, wish.focus, wish.controls)
        finally:
            hand_back_soon()

    try:
        wish = Wish.read(request)
        return await LIGHT.do(work, gone)
    except Exception as error:
        return _told(error, "render")


async def look(request: object, session: str) -> AsyncIterator[dict[str, Any]]:
    """Watch the jobs of some heavy views, until they are done or the session watches others.

    Yields the state of each; an answer, or a part of it, is fetched by `render` when its version rises.
    """
    from explorer.shell.service import completed
    from explorer.tracing import TraceKey

    try:
        wish = Wish.read(request)
        query = completed(wish.query)
        allow(TraceKey.parse(query).model)
        found = [find(wish.panel, name) for name in wish.views]
        orders = [order_of(panel, view, query, wish.focus, wish.controls) for panel, view in found if view.heavy]
        watch = jobs().watch(orders, session, again=wish.again)
        async for said in watch.news(lambda: LISTENERS.present(session)):
            yield _value(kind="jobs", watch=wish.watch, jobs=said)
    except Exception as error:
        yield _value(action="look", **_told(error, "look"))


async def source(request: object, gone: Callable[[], Awaitable[bool]] | None = None) -> dict[str, Any]:
    """The source of a view: its parts, and all of it as a text."""
    from explorer.shell import service

    try:
        wish = read_object(request)
        panel, view = str(wish.get("panel")), str(wish.get("view"))

        def work() -> dict[str, Any]:
            return {"text": service.source(panel, view), "parts": service.source_parts(panel, view)}

        return await LIGHT.do(work, gone)
    except Exception as error:
        return _told(error, "source")


async def lesson(request: object, gone: Callable[[], Awaitable[bool]] | None = None) -> dict[str, Any]:
    """A lesson, or what one of its steps says of a run that is at hand."""
    from explorer.shell import lessons

    try:
        wish = lessons.LessonWish.read(request)

        def work() -> dict[str, Any]:
            try:
                return lessons.answer(wish)
            finally:
                hand_back_soon()

        return await LIGHT.do(work, gone)
    except Exception as error:
        return _told(error, "lesson")


async def trace(query: object) -> dict[str, Any]:
    """A run's tokens, next tokens and sampler steps, or its error. Given up when the caller is cancelled."""
    stop = threading.Event()

    def progress(_stage: str, _done: int, _total: int) -> None:
        if stop.is_set():
            raise Stopped

    def work() -> dict[str, Any]:
        from explorer.shell.rendering import strings
        from explorer.shell.summary import summary

        subject = made("run", asked, progress)
        run, ids = summary(*subject.traced)
        return {**run, "strings": strings(subject.model, ids)}

    try:
        asked = query_of(query)
        return await asyncio.wrap_future(_submit(stop, work))
    except Exception as error:
        return _told(error, "trace")
    finally:
        stop.set()
